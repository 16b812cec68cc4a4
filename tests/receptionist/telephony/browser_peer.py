"""A browser without a screen: the page's side of a call, on aiortc."""

import asyncio
import fractions
import json
from typing import Any, Self

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack
from av import AudioFrame

MIC_HZ = 16_000
FRAME_S = 0.02
LOUD = 1000
WAIT_S = 8.0


class Microphone(AudioStreamTrack):
    """Says what it is given, silence otherwise, in real time."""

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()
        self._samples = 0
        self._start_s = 0.0

    def say(self, pcm: bytes) -> None:
        """Appends s16le @ 16 kHz."""
        self._pending += pcm

    async def recv(self) -> AudioFrame:
        """Returns the next 20 ms when they are due."""
        loop = asyncio.get_running_loop()
        self._start_s = self._start_s or loop.time()
        await asyncio.sleep(self._start_s + self._samples / MIC_HZ - loop.time())
        size = int(MIC_HZ * FRAME_S)
        piece = bytes(self._pending[: size * 2]).ljust(size * 2, b"\0")
        del self._pending[: size * 2]
        frame = AudioFrame.from_ndarray(np.frombuffer(piece, np.int16)[None, :], layout="mono")
        frame.sample_rate, frame.pts = MIC_HZ, self._samples
        frame.time_base = fractions.Fraction(1, MIC_HZ)
        self._samples += size
        return frame


class BrowserPeer:
    """Calls, listens and follows the messages.

    Args:
        configuration: Servers that help it, and which of its addresses it offers.

    Attributes:
        microphone: What the caller says.
        messages: Everything the page was told.
        loud_s: Seconds of sound that were heard.
        closed: Set when the other side has closed the connection.
    """

    def __init__(self, configuration: RTCConfiguration | None = None) -> None:
        self.microphone = Microphone()
        self.messages: list[dict[str, Any]] = []
        self.loud_s = 0.0
        self.closed = asyncio.Event()
        self._changed = asyncio.Condition()
        self._pc = RTCPeerConnection(configuration)
        self._channel = self._pc.createDataChannel("call")
        self._sender: RTCRtpSender = self._pc.addTrack(self.microphone)
        self._listening: asyncio.Task[None] | None = None
        self._channel.on("message", self._told)
        self._channel.on("close", self.closed.set)
        self._pc.on("track", self._heard)

    async def __aenter__(self) -> Self:
        """Returns the browser."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leaves as a closed tab does."""
        await self.close()

    async def offer(self) -> str:
        """Returns the offer to send."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp

    async def connect(self, answer_sdp: str) -> None:
        """Connects with the answer; returns when messages can pass."""
        opened = asyncio.Event()
        self._channel.on("open", opened.set)
        await self._pc.setRemoteDescription(RTCSessionDescription(answer_sdp, "answer"))
        async with asyncio.timeout(WAIT_S):
            await opened.wait()

    def send(self, message: object) -> None:
        """Sends a message as the page does."""
        self._channel.send(message if isinstance(message, str) else json.dumps(message))

    async def told(self, kind: str, **fields: object) -> dict[str, Any]:
        """Waits for the first message of this type with these fields and returns it."""

        def found() -> dict[str, Any] | None:
            for message in self.messages:
                if message["type"] == kind and fields.items() <= message.items():
                    return message
            return None

        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        message = found()
        assert message is not None
        return message

    def stop_sending(self) -> None:
        """Sends no more sound, without a word: a laptop that fell asleep."""
        self._sender.replaceTrack(None)

    def vanish(self) -> None:
        """Is gone without a word: the machine has lost its power."""
        dtls: Any = self._sender.transport

        def nothing(*_: object) -> None:
            """Takes nothing, sends nothing."""

        for protocol in dtls.transport._connection._protocols:
            protocol.datagram_received = protocol.send_stun = nothing
            protocol.transport.sendto = nothing

    async def close(self) -> None:
        """Closes the connection."""
        if self._listening:
            self._listening.cancel()
        await self._pc.close()

    async def _told(self, data: str) -> None:
        async with self._changed:
            self.messages.append(json.loads(data))
            self._changed.notify_all()

    def _heard(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            samples = frame.to_ndarray()
            if np.abs(samples.astype(np.int32)).max() > LOUD:
                self.loud_s += frame.samples / frame.sample_rate
