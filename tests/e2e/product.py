"""The product as a process has it, for a tenant of the test's own."""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from receptionist.calls.records import CallRecord
from receptionist.calls.repository import CallRepository
from receptionist.database import DEFAULT_FILE, Database
from receptionist.errors import NotFoundError
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.tenants import DEMO


def fake(name: str, **settings: Any) -> dict[str, Any]:
    """Returns a scripted engine as it stands in a tenant file."""
    return {"id": f"fake:{name}", "settings": settings}


def bundle(folder: Path, *, topics: bool = False, **changes: Any) -> Path:
    """Returns a copy of the demo tenant with `changes` in its tenant.yaml.

    Embedding its topics takes longer than most calls here; they are left out unless asked for.
    """
    copy = folder / "bundle"
    shutil.copytree(DEMO, copy)
    if not topics:
        shutil.rmtree(copy / "faq")
    tenant = copy / "tenant.yaml"
    written = yaml.safe_load(tenant.read_text(encoding="utf-8"))
    tenant.write_text(yaml.safe_dump(written | changes), encoding="utf-8")
    return copy


def settings(folder: Path, tenant: Path, **changes: Any) -> Settings:
    """Returns the settings of a process that keeps everything below `folder`.

    It takes no calls over SIP unless asked to: processes side by side want the same port.
    """
    own: dict[str, Any] = {
        "data_dir": folder / "data",
        "phrase_cache_dir": folder / "phrases",
        "sip": False,
    }
    return Settings(tenant_dir=tenant, **(own | changes))


@asynccontextmanager
async def started(settings: Settings, **how: Any) -> AsyncGenerator[Supervisor]:
    """Yields a process that answers."""
    supervisor = await Supervisor.start(settings, **how)
    try:
        yield supervisor
    finally:
        await supervisor.close()


async def kept(settings: Settings, call_id: str) -> CallRecord:
    """Returns a call that is over as another program finds it in the database."""
    async with await Database.open("", settings.data_dir) as database, asyncio.timeout(10):
        while True:
            with suppress(NotFoundError):
                async with database.read() as session:
                    calls = CallRepository(session, "demo")
                    found = await calls.get(call_id, now=datetime.now(UTC))
                if found.ended_at is not None:
                    return found
            await asyncio.sleep(0.05)


def file(settings: Settings) -> Path:
    """Returns where the calls are kept."""
    return settings.data_dir / DEFAULT_FILE


def environment(folder: Path, **settings: object) -> Mapping[str, str]:
    """Returns the environment of a process as `settings` has it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RECEPT")}
    own = {"DATA_DIR": folder / "data", "PHRASE_CACHE_DIR": folder / "phrases", "SIP": "off"}
    return plain | {f"RECEPTIONIST_{name}": str(value) for name, value in (own | settings).items()}


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds: running tasks by name, open files by what they are."""

    tasks: Counter[str]
    files: Counter[str]

    def beyond(self, before: "Held") -> list[str]:
        """Returns what was not held before."""
        return [*(self.tasks - before.tasks).elements(), *(self.files - before.files).elements()]


def held() -> Held:
    """Returns what this process holds."""
    tasks = Counter(task.get_name().partition("-")[0] for task in asyncio.all_tasks())
    files = Counter[str]()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            files[str(descriptor.readlink()).partition(":")[0]] += 1
    return Held(tasks, files)


async def settled_to(before: Held) -> None:
    """Lets the loop finish what it has begun, then checks that no more is held than before."""
    for _ in range(40):
        if not held().beyond(before):
            return
        await asyncio.sleep(0.05)
    left = held().beyond(before)
    assert not left, left
