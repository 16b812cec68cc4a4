"""Runs a process with the product's SIP stack, and talks with it."""

import asyncio
import json
import random
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

READY_S = 60.0
ANSWER_S = 30.0
END_S = 20.0


def free_port() -> int:
    """Returns a port free for UDP and TCP, below those that the kernel hands out by itself."""
    while True:
        port = random.randrange(10_000, 20_000, 2)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A process that runs; see eval/telephony_echo.py.

    Attributes:
        port: Where it takes calls.
    """

    port: int
    process: asyncio.subprocess.Process

    @property
    def address(self) -> tuple[str, int]:
        """Where it takes calls."""
        return ("127.0.0.1", self.port)

    async def do(self, what: str, **how: Any) -> dict[str, Any]:
        """Tells it to do something; returns what it says."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": what, **how}).encode() + b"\n")
        return json.loads(await asyncio.wait_for(self.process.stdout.readline(), ANSWER_S))

    async def health(self) -> dict[str, Any]:
        """Returns how it is, and how its loop was since this was asked last."""
        return await self.do("health")


@asynccontextmanager
async def node(max_calls: int = 250, *, first_rtp_port: int = 20_000) -> AsyncGenerator[Node]:
    """Yields a process; it has ended after the block."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "eval.telephony_echo", str(port), str(first_rtp_port), str(max_calls)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # the library writes a line for each bad packet
    )
    assert process.stdout
    try:
        if await asyncio.wait_for(process.stdout.readline(), READY_S) != b"ready\n":
            raise RuntimeError("the node did not start")
        yield Node(port=port, process=process)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()
            await process.wait()
