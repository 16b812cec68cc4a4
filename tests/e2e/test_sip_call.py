"""Calls by telephone to a real process, with embedded engines and the demo tenant."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from eval.speech import CallerVoices
from tests.e2e import product
from tests.receptionist.telephony.sip.phone import (
    Sound,
    free_port,
    needs_pjsua,
    plugged,
    samples_of,
    tone,
    write,
)

pytestmark = [pytest.mark.e2e, needs_pjsua]

REPOSITORY = Path(__file__).parents[2]
GREETING_S = 9
"""The caller listens so long before asking."""
QUESTION = "What time do you open on Saturday?"
SERVE = "from receptionist.cli import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `receptionist serve`."""

    uri: str
    process: asyncio.subprocess.Process
    environment: dict[str, str]

    async def kept(self) -> dict[str, Any]:
        """The last call, once it is over."""
        for _ in range(20):
            calls = json.loads(self.run("calls", "list", "--json"))
            if calls and calls[0]["disposition"]:
                return calls[0]
            await asyncio.sleep(0.05)
        raise AssertionError("no call is kept")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SERVE, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@asynccontextmanager
async def serving(folder: Path, **settings: str) -> AsyncGenerator[Served]:
    environment = os.environ | {
        "RECEPTIONIST_DATA_DIR": str(folder / "data"),
        "RECEPTIONIST_PORT": "0",
        "RECEPTIONIST_SIP_PORT": str(free_port()),
        "RECEPTIONIST_RTP_PORTS": "37000-37998",
        **{f"RECEPTIONIST_{name}": value for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", SERVE, "serve"),
        cwd=REPOSITORY,
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr
        said = ""
        async with asyncio.timeout(120):
            while not (found := re.search(r"(sip:\S+?);", said)):
                line = await process.stderr.readline()
                assert line, said
                said += line.decode()
        yield Served(uri=found[1], process=process, environment=environment)
        process.terminate()
        rest = (await asyncio.wait_for(process.stderr.read(), 60)).decode()
        assert (await process.wait(), rest) == (0, "")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def spoken(path: Path, voices: CallerVoices) -> Path:
    """What the caller says: nothing while he is greeted, then a question, then nothing."""
    question = np.frombuffer(voices.say("hibari:default", QUESTION, rate_hz=8000), np.int16)
    silence = np.zeros(8000, np.int16)
    return write(path, np.concatenate([*[silence] * GREETING_S, question, *[silence] * 60]))


async def test_a_spoken_question_over_sip_is_answered_heard_and_kept(
    tmp_path: Path, voices: CallerVoices
) -> None:
    says = spoken(tmp_path / "question.wav", voices)
    async with serving(tmp_path) as served, plugged(tmp_path, says=says) as phone:
        await phone.call(served.uri)
        await phone.connected()
        await phone.has_recorded(GREETING_S + 9)
        await phone.do("hang_up")
        await phone.over()
        kept = await served.kept()
        shown = json.loads(served.run("calls", "show", kept["call_id"], "--json"))
    assert (kept["channel"], kept["disposition"]) == ("sip", "caller_hung_up")
    texts = {speaker: [t["text"] for t in shown["turns"] if t["speaker"] == speaker]
             for speaker in ("caller", "assistant")}  # fmt: skip
    assert "Saturday" in texts["caller"][0]
    assert "half past twelve" in " ".join(texts["assistant"][2:])
    samples, rate_hz = samples_of(phone.recording)
    after = samples[(GREETING_S + 2) * rate_hz :]
    assert Sound.of(after, rate_hz).active_s > 1.5


def always_open(folder: Path) -> Path:
    """Returns a copy of the demo tenant that is open day and night."""
    tenant = product.bundle(folder)
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {"week": {day: ["00:00-23:59"] for day in days}}
    (tenant / "hours.yaml").write_text(yaml.safe_dump(week), encoding="utf-8")
    return tenant


async def test_a_caller_who_presses_0_is_put_through_and_the_person_hears_him(
    tmp_path: Path,
) -> None:
    says = write(tmp_path / "caller.wav", tone(440, 120))
    tenant = always_open(tmp_path)
    async with (
        plugged(tmp_path, name="person") as person,
        serving(
            tmp_path, TENANT_DIR=str(tenant), SIP_OUTBOUND=person.uri.partition("@")[2]
        ) as served,
        plugged(tmp_path, says=says, name="caller") as caller,
    ):
        await caller.call(served.uri)
        await caller.connected()
        await caller.has_recorded(GREETING_S)
        await caller.do("keys", keys="0")
        await person.told("state", within_s=30, state="CONFIRMED")
        await person.has_recorded(3)
        await person.do("hang_up")
        kept = await served.kept()
        shown = json.loads(served.run("calls", "show", kept["call_id"], "--json"))
    assert kept["disposition"] == "transferred"
    assert "answered" in json.dumps(shown)
    assert Sound.recorded(person.recording).peak_hz == pytest.approx(440, abs=3)
