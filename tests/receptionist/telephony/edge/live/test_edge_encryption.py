"""TLS and SRTP end at the edge: a softphone's call reaches a node that knows of neither."""

import asyncio
import json
import sys
import wave
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.telephony_edge import (
    DOMAIN,
    RunningEdge,
    running_edge,
)
from tests.receptionist.telephony.edge.live.certificate import encrypted

pytestmark = pytest.mark.integration

RATE_HZ = 16_000


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    async with running_edge(tmp_path, changes={"outside": encrypted(tmp_path, "tls")}) as running:
        yield running


async def test_an_encrypted_call_hears_its_echo(edge: RunningEdge, tmp_path: Path) -> None:
    told = await softphone(edge, tmp_path, password="wonderland")
    assert told["established"], told
    assert "SRTP status: Active" in told["described"]
    assert told["over"]
    assert loudest_hz(tmp_path / "recorded.wav") == pytest.approx(440, abs=5)


async def test_an_encrypted_call_on_hold_comes_back_encrypted(
    edge: RunningEdge, tmp_path: Path
) -> None:
    told = await softphone(edge, tmp_path, password="wonderland", held=True)
    assert "SRTP status: Active" in told["described"]
    assert told["over"]
    assert loudest_hz(tmp_path / "recorded.wav") == pytest.approx(440, abs=5)


async def test_a_wrong_password_is_refused_over_tls_too(edge: RunningEdge, tmp_path: Path) -> None:
    told = await softphone(edge, tmp_path, password="guess")
    assert not told["established"]
    assert told["status"] in {401, 403, 407}


async def softphone(
    edge: RunningEdge, folder: Path, *, password: str, held: bool = False
) -> dict[str, Any]:
    """Lets PJSIP call the edge, and returns what it says of the call."""
    played, told = folder / "played.wav", folder / "told.json"
    write_tone(played, 440)
    port = edge.plan.outside.tls
    wanted = {
        "uri": f"sip:reception@127.0.0.1:{port};transport=tls",
        "identity": f"sip:alice@{DOMAIN}",
        "user": "alice",
        "password": password,
        "authority": str(edge.plan.outside.certificate),
        "codec": "PCMU",
        "seconds": 4,
        "held": held,
        "played": str(played),
        "recorded": str(folder / "recorded.wav"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.receptionist.telephony.edge.live.srtp_phone", str(told)),
        stdin=PIPE,
    )
    async with asyncio.timeout(30):
        await process.communicate(json.dumps(wanted).encode())
    assert process.returncode == 0
    return json.loads(told.read_text())


def write_tone(file: Path, tone_hz: float) -> None:
    samples = 8000 * np.sin(2 * np.pi * tone_hz * np.arange(RATE_HZ * 10) / RATE_HZ)
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE_HZ)
        opened.writeframes(samples.astype(np.int16).tobytes())


def loudest_hz(file: Path) -> float:
    """Returns the loudest tone of the last second of a recording; 0 of silence."""
    with wave.open(str(file), "rb") as opened:
        rate_hz = opened.getframerate()
        samples = np.frombuffer(opened.readframes(opened.getnframes()), np.int16)[-rate_hz:]
    if len(samples) < rate_hz or np.abs(samples.astype(np.int32)).max() < 1000:
        return 0
    return float(np.argmax(np.abs(np.fft.rfft(samples))[1:]) + 1)
