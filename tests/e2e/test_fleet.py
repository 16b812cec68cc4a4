"""Several workers of one machine: who dies is replaced, and all end together."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from pathlib import Path

import httpx2 as httpx
import pytest

from receptionist.database import DEFAULT_FILE
from receptionist.workers.canary import call
from tests.e2e.product import bundle, environment, fake

pytestmark = pytest.mark.e2e
SCRIPTED = {"stt": {"*": fake("stt")}, "tts": {"*": fake("tts", ms_per_char=2)}, "llm": fake("llm")}
WORKERS = 2


def free_ports(count: int) -> int:
    """Returns the first of `count` ports in a row that are free."""
    for first in range(21000, 29000, count):
        with ExitStack() as held, suppress(OSError):
            for port in range(first, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no free ports")


@asynccontextmanager
async def fleet(
    folder: Path, port: int, **settings: object
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Yields the process that looks after two workers that answer."""
    tenant = bundle(folder, engines=SCRIPTED)
    told = environment(folder, PORT=port, WORKERS=WORKERS, TENANT_DIR=tenant, **settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "receptionist", "serve", env=told, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(60):
                await process.communicate()


async def answering(port: int) -> None:
    """Returns when a worker takes calls at `port`.

    Another process tells nobody; asking without `await` would keep this loop from reading the
    fleet's output, and a worker that hangs would hold up the test.
    """
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(120):
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/health")).is_success:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.1)


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children(process: asyncio.subprocess.Process) -> set[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(pid) for pid in listed.split()}


async def test_a_worker_that_is_killed_is_replaced_and_all_end_together(tmp_path: Path) -> None:
    port = free_ports(2 * WORKERS)
    async with fleet(tmp_path, port) as process:
        await asyncio.gather(answering(port), answering(port + 1))
        first = children(process)
        assert len(first) == WORKERS
        os.kill(min(first), signal.SIGKILL)
        await answering(port + 1)
        await answering(port)
        after = children(process)
        assert len(after) == WORKERS
        assert len(after & first) == 1
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, said = await process.communicate()
    assert process.returncode == 0
    assert re.search(rb"worker \d ended with -9; another is started", said)
    assert b"Traceback" not in said, said.decode()
    assert not list(filter(runs, first | after))


def calls_kept(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "data" / DEFAULT_FILE)) as database:
        return database.execute("SELECT COUNT(*) FROM call").fetchone()[0]


async def test_telephones_reach_every_worker_and_one_that_hangs_is_replaced(
    tmp_path: Path,
) -> None:
    port = free_ports(4 * WORKERS)
    sip = port + 2 * WORKERS
    telephones = {"SIP": "on", "SIP_PORT": sip, "RTP_PORTS": "37000-37798"}
    async with fleet(tmp_path, port, **telephones) as process:
        await asyncio.gather(answering(port), answering(port + 1))
        for slot in range(WORKERS):
            assert await call("127.0.0.1", sip + slot, timeout_s=10) > 0
        assert calls_kept(tmp_path) == 0
        hangs = min(children(process))
        os.kill(hangs, signal.SIGSTOP)
        try:
            await answering(port + WORKERS)
            assert await call("127.0.0.1", sip + WORKERS, timeout_s=10) > 0
            assert runs(hangs)  # its calls, if it has any, are not cut off
        finally:
            os.kill(hangs, signal.SIGCONT)
