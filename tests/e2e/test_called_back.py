"""A real process calls somebody back who has asked for it; a recogniser hears what he heard."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from eval.speech import CallerVoices
from providers.models.store import ModelStore
from receptionist.callbacks.records import CallbackRecord, CallbackState
from receptionist.callbacks.repository import CallbackRepository
from receptionist.database import Database
from tests.e2e.test_sip_call import always_open, serving
from tests.receptionist.telephony.sip.phone import needs_pjsua, plugged, samples_of, write

pytestmark = [pytest.mark.e2e, needs_pjsua]

TOLD_S = 10.0


async def promised(folder: Path) -> None:
    now = datetime.now(UTC)
    record = CallbackRecord(
        id="c1",
        tenant="demo",
        call_id="call",
        contact_id="reception",
        caller_name="Zoe Miller",
        callback_number="+441632960555",
        about="a broken lawn mower",
        due_from=now + timedelta(hours=1),  # nobody dials it unless he is asked to
        due_until=now + timedelta(hours=2),
        created_at=now,
    )
    async with await Database.open("", folder / "data") as database:
        await CallbackRepository(database, "demo").save(record)


async def reached(folder: Path) -> None:
    """Waits until it is kept that he was reached."""
    async with await Database.open("", folder / "data") as database:
        attempts = CallbackRepository(database, "demo").attempts
        for _ in range(400):
            if (await attempts.callback("c1")).state is CallbackState.DONE:
                return
            await asyncio.sleep(0.05)
    raise AssertionError("he was not reached")


async def test_whoever_asked_for_it_is_called_and_hears_first_who_calls_and_why(
    tmp_path: Path, voices: CallerVoices, models: ModelStore
) -> None:
    hello = np.frombuffer(voices.say("hibari:default", "Hello?", rate_hz=8000), np.int16)
    silence = np.zeros(8000 * 60, np.int16)
    says = write(tmp_path / "hello.wav", np.concatenate([silence[:6000], hello, silence]))
    tenant = always_open(tmp_path)
    rules = {
        "callbacks": {"dial": True, "hours": yaml.safe_load((tenant / "hours.yaml").read_text())}
    }
    (tenant / "phone.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    await promised(tmp_path)
    async with (
        plugged(tmp_path, says=says, name="callee") as callee,
        serving(
            tmp_path, TENANT_DIR=str(tenant), SIP_OUTBOUND=callee.uri.partition("@")[2]
        ) as served,
    ):
        said = await asyncio.to_thread(served.run, "callbacks", "dial", "c1")
        assert "try 1" in said
        await callee.told("state", within_s=10, state="CONFIRMED")
        await callee.has_recorded(TOLD_S)
        samples, rate_hz = samples_of(callee.recording)
        await callee.do("hang_up")
        kept = await served.kept()
        await reached(tmp_path)
        assert '"answered"' in served.run("callbacks", "tries", "c1", "--json")
    assert (kept["direction"], kept["called"]) == ("outbound", "+441632960555")
    levels = np.abs(samples[: int(TOLD_S * rate_hz)].astype(float)) > 300
    assert levels.any()
    assert int(levels.argmax()) / rate_hz < 6
    words = heard(samples, rate_hz, models)
    first = words.find("automated assistant")
    assert 0 < first < words.find("call you back") < words.find("lawn mower")


def heard(samples: Any, rate_hz: int, models: ModelStore) -> str:
    from faster_whisper import WhisperModel

    assert rate_hz == 16_000
    whisper: Any = WhisperModel(
        str(models.folder("whisper-base")), device="cpu", compute_type="int8", cpu_threads=2
    )
    found, _ = whisper.transcribe(samples.astype(np.float32) / 32768, language="en")
    return " ".join(part.text for part in found).lower()
