"""A caller's telephone behind a carrier: speaks, hears at the speed of sound, presses keys."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.receptionist.telephony.media_stream.carrier_peers import (
    Audio,
    Clear,
    GenesysPeer,
    Mark,
    Peer,
)

LOUD = 500
WAIT_S = 10.0


class Telephone:
    """One end of a stream.

    Attributes:
        loud_s: Seconds of sound that were heard.
        cleared: How often what was not yet heard was thrown away.
        dropped_s: Seconds that were thrown away.
        closed: Set when the stream is over.
    """

    def __init__(self, peer: Peer, socket: ClientConnection) -> None:
        self.peer = peer
        self.socket = socket
        self.loud_s = 0.0
        self.cleared = 0
        self.dropped_s = 0.0
        self.closed = asyncio.Event()
        self.deaf = False
        self._mouth = bytearray()
        self._speaker: list[Audio | Mark] = []
        self._said = asyncio.Event()
        self._said.set()
        self.changed = asyncio.Condition()

    def say(self, pcm: bytes) -> None:
        """Says something, s16le at the carrier's rate."""
        self._mouth += pcm

    async def press(self, digits: str) -> None:
        """Presses keys."""
        for digit in digits:
            await self.socket.send(self.peer.key(digit))

    async def hears(self, seconds: float) -> None:
        """Waits until so much sound has been heard."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(lambda: self.loud_s >= seconds)

    async def is_cleared(self) -> None:
        """Waits until something was thrown away."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(lambda: self.cleared > 0)

    async def over(self) -> int:
        """Waits for the end of the stream and returns its code."""
        async with asyncio.timeout(WAIT_S):
            await self.closed.wait()
        return self.socket.close_code or 0

    async def hang_up(self) -> None:
        """Puts the receiver down."""
        if stop := self.peer.stop():
            await self.socket.send(stop)
        await self.socket.close()

    async def speak(self) -> None:
        """Sends what is said, and silence, in real time."""
        loop, size = asyncio.get_running_loop(), self.peer.rate_hz * self.peer.frame_ms // 500
        due_s = loop.time()
        with suppress(ConnectionClosed):
            while True:
                piece = bytes(self._mouth[:size]).ljust(size, b"\0")
                del self._mouth[:size]
                await self.socket.send(self.peer.media(piece))
                due_s += self.peer.frame_ms / 1000
                await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def listen(self) -> None:
        """Takes what is sent."""
        with suppress(ConnectionClosed):
            async for message in self.socket:
                await self._take(self.peer.read(message))
        self.closed.set()

    async def _take(self, sent: Audio | Mark | Clear | None) -> None:
        if isinstance(sent, Clear):
            async with self.changed:
                self.cleared += 1
                dropped = [one for one in self._speaker if isinstance(one, Audio)]
                self.dropped_s += sum(len(one.pcm) for one in dropped) / 2 / self.peer.rate_hz
                # As carriers do: the marks of what is thrown away come back at once.
                marks = [one for one in self._speaker if isinstance(one, Mark)]
                self._speaker.clear()
                self.changed.notify_all()
            for mark in marks:
                await self.socket.send(self.peer.mark_back(mark.name))
        elif sent is not None:
            self._speaker.append(sent)

    async def play(self) -> None:
        """Hears what was sent, in real time, and sends the marks back."""
        loop = asyncio.get_running_loop()
        free_s = loop.time()
        with suppress(ConnectionClosed):
            while True:
                if not self._speaker:
                    await asyncio.sleep(0.005)
                    continue
                sent = self._speaker.pop(0)
                if isinstance(sent, Mark):
                    if not self.deaf:
                        await self.socket.send(self.peer.mark_back(sent.name))
                    continue
                free_s = max(free_s, loop.time()) + len(sent.pcm) / 2 / self.peer.rate_hz
                await asyncio.sleep(free_s - loop.time())
                await self._hear(sent.pcm)

    async def _hear(self, pcm: bytes) -> None:
        samples = np.abs(np.frombuffer(pcm, np.int16).astype(np.int32))
        async with self.changed:
            if samples.max(initial=0) > LOUD:
                self.loud_s += len(pcm) / 2 / self.peer.rate_hz
            self.changed.notify_all()


@asynccontextmanager
async def begun(
    peer: Peer, url: str, headers: dict[str, str] | None = None
) -> AsyncGenerator[ClientConnection]:
    """Yields a stream that has begun."""
    async with connect(url, additional_headers=headers, compression=None) as socket:
        for message in peer.opening():
            await socket.send(message)
        yield socket


@asynccontextmanager
async def on_stream(
    peer: Peer, url: str, headers: dict[str, str] | None = None
) -> AsyncGenerator[Telephone]:
    """Yields a telephone whose stream has begun; leaves as a cut cable does."""
    async with begun(peer, url, headers) as socket:
        telephone = Telephone(peer, socket)
        async with asyncio.TaskGroup() as group:
            duties = [
                group.create_task(duty)
                for duty in (telephone.speak(), telephone.listen(), telephone.play())
            ]
            try:
                yield telephone
            finally:
                for duty in duties:
                    duty.cancel()


@dataclass(frozen=True, slots=True)
class Ordered:
    """A request that reached the carrier's API."""

    method: str
    path: str
    body: dict[str, Any]
    authorization: str


def disconnects(peer: GenesysPeer) -> list[dict[str, Any]]:
    """What Genesys was told at the end."""
    return [told["parameters"] for told in peer.told if told["type"] == "disconnect"]


def attribute(xml: str, name: str) -> str:
    """The value of the first attribute of that name."""
    return xml.partition(f' {name}="')[2].partition('"')[0]


def decoded(body: str) -> dict[str, Any]:
    """The JSON of a body, or the fields of a form."""
    return json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
