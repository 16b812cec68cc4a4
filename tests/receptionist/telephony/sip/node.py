"""Runs a process that answers every SIP call, and asks it how it is."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.receptionist.telephony.sip.phone import free_port

REPOSITORY = Path(__file__).parents[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A process that runs."""

    port: int
    process: asyncio.subprocess.Process

    async def told(self) -> dict[str, Any]:
        """Returns what it says of itself."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(b"\n")
        return json.loads(await asyncio.wait_for(self.process.stdout.readline(), 5))


@asynccontextmanager
async def node(max_calls: int = 250) -> AsyncGenerator[Node]:
    """Yields a process; it has ended after the block."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.receptionist.telephony.sip.echo_node", str(port), str(max_calls)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # the library writes a line for each bad packet
        cwd=REPOSITORY,
    )
    assert process.stdout
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield Node(port=port, process=process)
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()
