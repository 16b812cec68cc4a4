"""`receptionist edge` as an operator uses it."""

import asyncio
import json
import os
import pwd
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import yaml

from eval.telephony_edge import (
    TRUNK_ADDRESS,
    Node,
    plan_for,
    start_node,
)
from eval.telephony_phone import RawPhone
from receptionist.telephony.edge.rendering import render

pytestmark = pytest.mark.e2e

START_S = 30.0


@pytest.fixture
async def node(tmp_path: Path) -> AsyncGenerator[Node, None]:
    started = await start_node(tmp_path)
    yield started
    await started.end()


async def test_an_edge_is_run_shown_drained_and_ended(tmp_path: Path, node: Node) -> None:
    plan = plan_for(tmp_path, [node.target])
    file, folder = tmp_path / "plan.yaml", tmp_path / "running"
    file.write_text(yaml.safe_dump(json.loads(plan.model_dump_json(by_alias=True))))
    process = await command("run", str(file), "--folder", str(folder))
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            assert b"takes calls" in await process.stdout.readline()
        assert await states(folder) == {f"sip:{node.target}": "active"}
        await said("drain", node.target, "--folder", str(folder))
        assert await states(folder) == {f"sip:{node.target}": "drained"}
        await said("resume", node.target, "--folder", str(folder))
        async with await RawPhone.at(
            ("127.0.0.1", plan.outside.udp or 0), address=TRUNK_ADDRESS
        ) as trunk:
            call = await trunk.invite()
            assert call.status == 200
            assert (await trunk.bye(call)).status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_S):
            await process.wait()
    assert process.returncode == 0
    assert still_running(folder) == []


def test_what_kamailio_was_given_to_read_stays_its_own_when_written_again(tmp_path: Path) -> None:
    """As whoever may install packages, who runs this test."""
    plan = plan_for(tmp_path, ["127.0.0.1:5060"])
    render(plan, tmp_path / "edge")
    tables, user = tmp_path / "edge" / "tables", pwd.getpwnam("kamailio")
    os.chown(tables, user.pw_uid, user.pw_gid)
    render(plan, tmp_path / "edge")
    owners = {(file.stat().st_uid, file.stat().st_mode & 0o777) for file in tables.iterdir()}
    assert owners == {(user.pw_uid, 0o600)}


async def test_an_edge_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    process = await command("nodes", "--folder", str(tmp_path))
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"is it running?" in errors


async def test_an_edge_whose_port_is_taken_says_what_kamailio_says(
    tmp_path: Path, node: Node
) -> None:
    taken = {"outside": {"udp": node.port, "tcp": node.port}}
    plan = plan_for(tmp_path, [node.target], taken)
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(json.loads(plan.model_dump_json(by_alias=True))))
    process = await command("run", str(file), "--folder", str(tmp_path / "running"))
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"Address already in use" in errors
    assert still_running(tmp_path) == []


async def states(folder: Path) -> dict[str, str]:
    listed = json.loads(await said("nodes", "--json", "--folder", str(folder)))
    return {node["uri"]: node["state"] for node in listed}


async def said(*arguments: str) -> str:
    process = await command(*arguments)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


async def command(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "receptionist", "edge", *arguments),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


def still_running(folder: Path) -> list[str]:
    """Returns the processes that run from a folder."""
    found: list[str] = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found
