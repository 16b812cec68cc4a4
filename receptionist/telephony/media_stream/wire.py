"""One WebSocket of a carrier: audio, keys and marks in, audio, marks and orders out."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from receptionist.telephony.media_stream.contract import Carrier, Opened, StreamError, message_of

START_S = 10.0
"""Carriers open the stream at once; whoever connects and says nothing is cut off."""
BEFORE_START = 5
"""Messages that may come before the one that opens the stream."""
SEND_S = 5.0
"""A carrier that takes nothing for so long is gone."""
MOST_BYTES = 65536
"""A chunk of 100 ms is 5 kB; larger messages end the stream (see `commands/serve.py`)."""
MOST_GARBAGE = 50
"""Messages that cannot be read, until the stream is given up."""
NORMAL, GOING_AWAY, ABNORMAL, POLICY, BUSY = 1000, 1001, 1006, 1008, 1013
"""Codes of RFC 6455, section 7.4.1, and of its registry."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio of the caller, s16le mono at the carrier's rate."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark that has come back."""

    name: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed.

    Attributes:
        code: Why (RFC 6455, section 7.4).
    """

    code: int


async def receive(socket: WebSocket) -> str | bytes | Closed:
    """Returns the next message, or that there will be no more."""
    try:
        event = await socket.receive()
    except RuntimeError:  # it was closed from here
        return Closed(ABNORMAL)
    if event["type"] != "websocket.receive":
        return Closed(int(event.get("code") or ABNORMAL))
    text = event.get("text")
    return text if text is not None else event.get("bytes", b"")


async def opening(carrier: Carrier, socket: WebSocket) -> tuple[Opened, str | bytes]:
    """Waits for the message that opens a stream; returns what it tells and itself.

    Raises:
        StreamError: none comes, or its audio is not understood.
    """
    try:
        async with asyncio.timeout(START_S):
            for _ in range(BEFORE_START):
                raw = await receive(socket)
                if isinstance(raw, Closed):
                    raise StreamError("the stream ended before it began")
                if len(raw) <= MOST_BYTES and (opened := carrier.opened(message_of(raw))):
                    return opened, raw
    except TimeoutError:
        raise StreamError(f"the stream did not begin within {START_S:.0f} s") from None
    raise StreamError("the stream began with something else")


class Wire:
    """The stream of a call.

    Args:
        socket: Accepted.
        carrier: Whose it is.
        opened: What its first message has told.
        first: That message; a carrier may want an answer to it.

    Attributes:
        stopped: The carrier has ended it, in its own words or by closing the socket.
    """

    def __init__(
        self, socket: WebSocket, carrier: Carrier, opened: Opened, first: str | bytes
    ) -> None:
        self.carrier = carrier
        self.stopped = False
        self._socket = socket
        self._opened = opened
        self._first = first
        self._serializer = carrier.serializer(opened)
        self._sending = asyncio.Lock()
        self._garbage = 0
        self._gone = False

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Tells the serializer the rates of the pipeline."""
        await self._serializer.setup(setup)

    # --- in ---------------------------------------------------------------------------------

    async def heard(self) -> AsyncGenerator[Sound | Key | Marked]:
        """Yields what comes from the carrier, until the stream ends.

        Raises:
            StreamError: it sends what cannot be read.
        """
        raw: str | bytes | Closed = self._first
        while not isinstance(raw, Closed):
            if len(raw) > MOST_BYTES:
                raise StreamError(f"a message has {len(raw)} bytes")
            message = message_of(raw) if isinstance(raw, str) or raw[:1] == b"{" else {}
            if name := self.carrier.marked(message):
                yield Marked(name)
            elif event := await self._event(raw):
                yield event
            if self.carrier.stopped(message):
                self.stopped = True
                return
            raw = await receive(self._socket)
        self.stopped = raw.code in (NORMAL, GOING_AWAY)

    async def _event(self, raw: str | bytes) -> Sound | Key | None:
        """Returns what one message is; answers it where the carrier wants that."""
        try:
            frame = await self._serializer.deserialize(raw)
        except Exception as error:
            # pipecat's parsers raise whatever they stumble over; all of it is the sender's mistake.
            self._garbage += 1
            if self._garbage > MOST_GARBAGE:
                raise StreamError(f"messages that cannot be read: {error!r}") from error
            return None
        if isinstance(frame, InputAudioRawFrame):
            return Sound(frame.audio[: len(frame.audio) & ~1])
        if isinstance(frame, InputDTMFFrame):
            return Key(frame.button.value)
        if isinstance(frame, OutputTransportMessageUrgentFrame):
            await self._send(await self._serializer.serialize(frame))
        return None

    # --- out --------------------------------------------------------------------------------

    async def play(self, frame: OutputAudioRawFrame, mark: str) -> None:
        """Sends audio, and a mark behind it unless that is empty."""
        await self._send(await self._serializer.serialize(frame))
        if mark:
            await self._send(self.carrier.mark(self._opened, mark))

    async def clear(self) -> None:
        """Has the carrier throw away what it has not played."""
        await self._send(await self._serializer.serialize(InterruptionFrame()))

    async def finish(self) -> None:
        """Says that the stream is over, where the carrier wants that said."""
        await self._send(await self._serializer.serialize(EndFrame()))

    def hand_over(self, number: str) -> None:
        """Has `finish` tell whom to ring."""
        self.carrier.hand_over(self._serializer, number)

    async def close(self, code: int = NORMAL) -> None:
        """Closes the socket."""
        self._gone = True
        await close(self._socket, code)

    async def _send(self, message: str | bytes | None) -> None:
        if not message or self._gone:
            return
        try:
            async with self._sending, asyncio.timeout(SEND_S):
                if isinstance(message, str):
                    await self._socket.send_text(message)
                else:
                    await self._socket.send_bytes(message)
        except (RuntimeError, OSError, TimeoutError, WebSocketDisconnect) as error:
            # Whoever reads from the socket notices as well, and ends the call.
            self._gone = True
            logger.debug(f"the stream takes nothing more: {error!r}")


async def close(socket: WebSocket, code: int) -> None:
    """Closes a socket that may be closed."""
    if socket.client_state is WebSocketState.DISCONNECTED:
        return
    try:
        async with asyncio.timeout(SEND_S):
            await socket.close(code)
    except (RuntimeError, OSError, TimeoutError, WebSocketDisconnect) as error:
        logger.debug(f"the socket was closed already: {error!r}")
