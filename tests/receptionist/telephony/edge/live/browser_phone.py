"""A telephone in a web page: SIP over a WebSocket (RFC 7118), and WebRTC media by aiortc."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
from aiortc import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from eval.telephony_edge import DOMAIN, until
from eval.telephony_phone import RawPhone
from eval.telephony_text import CRLF, Credentials, Dialog

RATE_HZ = 8000
FRAME_SAMPLES = 160


class WebSocketPhone(RawPhone):
    """A phone whose packets travel in a WebSocket; it has no address of its own."""

    def __init__(self, line: ClientConnection, user: str, password: str) -> None:
        super().__init__((DOMAIN, 5060), user=user, domain=DOMAIN)
        self.credentials = Credentials(user, password)
        self.protocol = "WSS"
        self.called_with_a_tone: float | None = None
        self._line = line
        self._peers: list[RTCPeerConnection] = []
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        return ("page.invalid", 5060)

    @property
    def contact(self) -> str:
        return f"<sip:{self.user}@page.invalid;transport=ws>"

    def send(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        task = asyncio.get_running_loop().create_task(self._line.send(data.decode("latin-1")))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def requested(self, text: str) -> None:
        if text.startswith("INVITE ") and self.called_with_a_tone is not None:
            task = asyncio.get_running_loop().create_task(
                self._pick_up(text, self.called_with_a_tone)
            )
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        else:
            super().requested(text)

    async def _pick_up(self, invitation: str, tone_hz: float) -> None:
        peer = RTCPeerConnection()
        self._peers.append(peer)
        offer = invitation.partition(CRLF * 2)[2]
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        peer.addTrack(Tone(tone_hz))
        await peer.setLocalDescription(await peer.createAnswer())
        self.accept(invitation, peer.localDescription.sdp)

    async def put_down(self) -> None:
        """Ends the media of calls that came."""
        for peer in self._peers:
            await peer.close()

    async def receive(self) -> None:
        """Takes what comes until the line is closed."""
        with suppress(ConnectionClosed):
            async for message in self._line:
                data = message.encode("latin-1") if isinstance(message, str) else message
                self.datagram_received(data, ("", 0))


@asynccontextmanager
async def page(
    port: int, certificate: Path, origin: str, *, user: str = "alice", password: str = "wonderland"
) -> AsyncGenerator[WebSocketPhone, None]:
    """Opens a page's phone.

    Raises:
        InvalidStatus: The edge does not talk to pages from there.
    """
    async with connect(
        f"wss://127.0.0.1:{port}",
        ssl=ssl.create_default_context(cafile=certificate),
        origin=Origin(origin),
        subprotocols=[Subprotocol("sip")],
        proxy=None,
    ) as line:
        phone = WebSocketPhone(line, user, password)
        async with asyncio.TaskGroup() as group:
            receiving = group.create_task(phone.receive())
            yield phone
            await phone.put_down()
            receiving.cancel()


class Tone(AudioStreamTrack):
    """A tone, spoken into a page's microphone."""

    def __init__(self, tone_hz: float) -> None:
        super().__init__()
        self._tone_hz = tone_hz
        self._at = 0

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(FRAME_SAMPLES / RATE_HZ)
        samples = np.arange(self._at, self._at + FRAME_SAMPLES)
        wave = (8000 * np.sin(2 * np.pi * self._tone_hz * samples / RATE_HZ)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
        frame.pts = self._at
        self._at += FRAME_SAMPLES
        return frame


async def call_with_a_tone(phone: WebSocketPhone, tone_hz: float, *, seconds: float) -> Any:
    """Calls, speaks a tone and returns the loudest tone that was heard in the end; 0 is none."""
    peer = RTCPeerConnection()
    heard: list[Any] = []
    listening: list[asyncio.Task[None]] = []

    def track_came(track: MediaStreamTrack) -> None:
        listening.append(asyncio.get_running_loop().create_task(_listen(track, heard)))

    peer.on("track", track_came)
    try:
        dialog = await _answered(phone, peer, tone_hz)
        enough = seconds * RATE_HZ
        await until(lambda: sum(map(len, heard)) >= enough, within_s=seconds + 10)
        assert (await phone.bye(dialog)).status == 200
    finally:
        await peer.close()
        for task in listening:
            task.cancel()
    last = np.concatenate(heard)[-RATE_HZ:]
    if np.abs(last.astype(np.int32)).max() < 1000:
        return 0
    return float(np.argmax(np.abs(np.fft.rfft(last))[1:]) + 1) * RATE_HZ / len(last)


async def _answered(phone: WebSocketPhone, peer: RTCPeerConnection, tone_hz: float) -> Dialog:
    peer.addTrack(Tone(tone_hz))
    await peer.setLocalDescription(await peer.createOffer())
    phone.described = peer.localDescription.sdp
    dialog = await phone.invite()
    assert dialog.answer is not None
    assert dialog.status == 200, dialog.answer.reason
    await peer.setRemoteDescription(RTCSessionDescription(dialog.answer.body, "answer"))
    return dialog


async def _listen(track: MediaStreamTrack, heard: list[Any]) -> None:
    with suppress(MediaStreamError):
        while True:
            frame = cast("AudioFrame", await track.recv())
            every = frame.sample_rate // RATE_HZ
            heard.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[::every, 0])
