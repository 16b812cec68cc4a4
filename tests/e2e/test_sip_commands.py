"""`receptionist sip`: a running process is seen, and told to end, from another one."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.commands.sip import app
from receptionist.control import SipStatus, asked
from tests.e2e.product import bundle, environment, fake
from tests.receptionist.telephony.sip.phone import free_port
from tests.receptionist.telephony.sip.wire import Dialog, wired

pytestmark = pytest.mark.e2e
SCRIPTED = {"stt": {"*": fake("stt")}, "tts": {"*": fake("tts", ms_per_char=2)}, "llm": fake("llm")}


async def receptionist(folder: Path, *arguments: str) -> tuple[int, str]:
    """Runs a command and returns its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "receptionist", *arguments),
        env=environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@asynccontextmanager
async def serving(folder: Path, **settings: object) -> AsyncGenerator[asyncio.subprocess.Process]:
    tenant = bundle(folder, engines=SCRIPTED)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "receptionist", "serve", "--port", "0"),
        env=environment(folder, TENANT_DIR=tenant, **settings),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(120):
            await process.stderr.readuntil(b"Ready")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_process_is_seen_and_told_to_end_from_outside(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        code, said = await receptionist(tmp_path, "sip", "status", "--json")
        assert code == 0
        (status,) = json.loads(said)
        assert status["pid"] == process.pid
        assert status["calls"] == []
        assert not status["draining"]
        assert status["memory_mb"] > 50
        assert (await receptionist(tmp_path, "sip", "calls")) == (0, "No calls.\n")
        code, said = await receptionist(tmp_path, "sip", "drain", "--pid", "1")
        assert code == 2
        assert "No process 1 answers here" in said
        code, said = await receptionist(tmp_path, "sip", "drain")
        assert code == 0
        assert "1 told to end; 0 calls go on" in said
        async with asyncio.timeout(60):
            await process.communicate()
        assert process.returncode == 0
    assert not list((tmp_path / "data" / "run").glob("*.sock"))


async def test_who_calls_over_sip_is_seen_with_how_well_he_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path / "data"))
    async with (
        serving(tmp_path, SIP="on", SIP_PORT=port, RTP_PORTS="36000-36098"),
        wired(port) as wire,
    ):
        dialog = Dialog(wire=wire, caller="+441632960547")
        assert (await dialog.invite()).status == 200
        dialog.acknowledge()
        # Another process would take longer to start than a silent caller is waited for.
        (status,) = await asyncio.to_thread(asked, tmp_path / "data")
        shown = await asyncio.to_thread(CliRunner().invoke, app, ["calls"])
        dialog.again()
        wire.send(dialog.request("BYE"))
        await wire.final()
    assert status.stack == SipStatus(alive=True, calls=1, leaked=0)
    (call,) = status.calls
    assert (call.channel, call.caller, call.called) == ("sip", "…47", "demo")
    assert (call.jitter_ms, call.loss) == (0.0, 0.0)
    assert "…47" in shown.output
    assert "0547" not in shown.output


async def test_a_process_that_died_is_seen_no_more(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        assert list((tmp_path / "data" / "run").glob("*.sock"))
        process.kill()
        await process.communicate()
    code, said = await receptionist(tmp_path, "sip", "status")
    assert code == 2
    assert "No process answers on this machine" in said
