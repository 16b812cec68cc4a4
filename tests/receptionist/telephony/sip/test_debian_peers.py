"""The SIP stack against what Debian brings: baresip 1.0 and sipp."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.node import node
from tests.receptionist.telephony.sip.on_the_line import invited, listened
from tests.receptionist.telephony.sip.phone import Sound, free_port, samples_of, tone, write

pytestmark = pytest.mark.integration

MODULES = Path("/usr/lib/baresip/modules")
SCENARIO = Path(__file__).with_name("sipp_call.xml")
CALLS = 20


def found(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"needs {program}: apt install {package}")
    return path


async def running(arguments: Sequence[str], folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


def softphone(folder: Path, says: Path) -> Path:
    """Writes the configuration of a Debian baresip that plays a file and keeps what it hears."""
    loaded = [f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile")]
    (folder / "config").write_text(
        "\n".join(
            [
                f"module_path {MODULES}",
                *loaded,
                "module_app account.so",
                "module_app menu.so",
                f"sip_listen 127.0.0.1:{free_port()}",
                "net_interface 127.0.0.1",
                f"audio_source aufile,{says}",
                "audio_player aubridge,nobody",
                f"snd_path {folder}",
                "rtp_ports 38000-38998",
                "",
            ]
        )
    )
    (folder / "accounts").write_text("<sip:debian@127.0.0.1>;regint=0\n")
    return folder


def kept_by(folder: Path) -> Path:
    """Returns what it has heard."""
    (heard,) = folder.glob("dump-*-dec.wav")
    return heard


async def test_debian_baresip_and_we_hear_each_other(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    program = found("baresip", "baresip-core")
    folder = softphone(tmp_path, write(tmp_path / "says.wav", tone(440, 30)))
    uri = endpoint.options.listening.uri("demo")
    peer = await running([program, "-f", str(folder), "-e", f"/dial {uri}", "-t", "30"], tmp_path)
    try:
        call = await invited(endpoint)
        await call.answer()
        heard = await listened(call, 2.5, tone(1000, 2).tobytes())
        await call.hang_up()
    finally:
        if peer.returncode is None:
            peer.terminate()
        await peer.wait()
    here = Sound.of(np.frombuffer(heard, np.int16), call.rate_hz)
    assert here.peak_hz == pytest.approx(440, abs=3)
    assert here.holes == 0
    there = Sound.of(*samples_of(kept_by(tmp_path)))
    assert there.peak_hz == pytest.approx(1000, abs=4)
    assert there.holes == 0


async def test_sipp_calls_with_audio_holds_the_line_and_hangs_up_twenty_times(
    tmp_path: Path,
) -> None:
    program = found("sipp", "sip-tester")
    (tmp_path / "tone.ul").write_bytes(bytes([0x30, 0xB0] * 8000))
    async with node() as answering:
        peer = await running(
            [
                program,
                f"127.0.0.1:{answering.port}",
                *("-sf", str(SCENARIO), "-i", "127.0.0.1"),
                *("-m", str(CALLS), "-r", "10", "-timeout", "40", "-nostdin"),
            ],
            tmp_path,
        )
        try:
            assert await asyncio.wait_for(peer.wait(), 60) == 0
        finally:
            if peer.returncode is None:
                peer.kill()
        assert (await answering.told())["calls"] == 0
