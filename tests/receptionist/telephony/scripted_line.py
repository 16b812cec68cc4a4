"""A process that answers as the demo tenant with scripted engines; all else is real."""

import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.tenants import DEMO


@asynccontextmanager
async def scripted(
    folder: Path,
    *,
    heard: Sequence[str] = (),
    replies: Sequence[Any] = (),
    max_calls: int = 2,
    media_lost_ms: int = 10_000,
    reask_after_ms: int = 7000,
    phone: Mapping[str, Any] | None = None,
    hours: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncGenerator[Supervisor]:
    """Yields a supervisor with such settings; a character takes its voice 5 ms.

    `phone` and `hours` replace what the tenant says of calls and when it is open.
    """
    bundle = folder / "bundle"
    shutil.copytree(DEMO, bundle)
    shutil.rmtree(bundle / "faq")  # embedding it takes longer than these calls
    tenant = bundle / "tenant.yaml"
    config = yaml.safe_load(tenant.read_text(encoding="utf-8"))
    config["engines"] = {
        "stt": {"*": _fake("stt", transcripts=heard)},
        "tts": {"*": _fake("tts", ms_per_char=5, rate_hz=24_000)},
        "llm": _fake("llm", replies=replies, ttft_ms=50),
    }
    config["patience"] = {"media_lost_ms": media_lost_ms, "reask_after_ms": reask_after_ms}
    tenant.write_text(yaml.safe_dump(config), encoding="utf-8")
    for name, value in (("phone", phone), ("hours", hours)):
        if value is not None:
            (bundle / f"{name}.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")
    process = Settings(
        tenant_dir=bundle,
        data_dir=folder / "data",
        phrase_cache_dir=folder / "phrases",
        max_calls=max_calls,
        **settings,
    )
    supervisor = await Supervisor.start(process)
    try:
        yield supervisor
    finally:
        await supervisor.close()


def _fake(name: str, **settings: Any) -> dict[str, Any]:
    return {"id": f"fake:{name}", "settings": settings}
