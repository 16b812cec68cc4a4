"""The WebRTC side of a browser's call: one audio track each way and a channel for messages.

This side offers the addresses of its machine only; the browser's may be relayed. No video.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aioice.ice
from aiortc import RTCIceCandidate
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from loguru import logger
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import (
    AUDIO_TRANSCEIVER_INDEX,
    SmallWebRTCConnection,
    SmallWebRTCTrack,
)
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

from receptionist.errors import OfferError

# It warns of every hang-up; what matters of a connection is logged by the call.
logger.disable("pipecat.transports.smallwebrtc")

RATE_IN_HZ = 16000
CHUNK_MS = 20
CONNECT_S = 10
"""A browser on the same network needs well under a second."""
PART_S = 1.0
"""Time for the browser to read the last messages and hang up itself."""
CONSENT_S, CONSENT_FAILURES = 0.8, 3
"""A browser that vanishes is asked three times and missed after 3.3 to 4.4 s; aioice takes 30 s."""
_SEQUENCE = 1 << 16
_LATE = 100
"""Up to so many packets (two seconds) behind the newest, the newest itself included, is late."""


def _host_addresses(*, use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return _aioice_addresses(use_ipv4, use_ipv6) or ["127.0.0.1"]


_aioice_addresses = aioice.ice.get_host_addresses
# aioice never offers loopback: on a machine without a network no call would come about.
aioice.ice.get_host_addresses = _host_addresses
aioice.ice.CONSENT_INTERVAL = CONSENT_S
aioice.ice.CONSENT_FAILURES = CONSENT_FAILURES


class PromptPackets(JitterBuffer):
    """Hands every packet of speech on as it arrives; one that comes late is dropped.

    aiortc holds four packets back (80 ms), and one lost packet adds 300 ms to the rest of the call.
    Nobody listens to this audio: a recogniser bears a missing 20 ms better than a caller the wait.
    """

    def __init__(self) -> None:
        super().__init__(capacity=1)
        self._newest: int | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Returns no request for a picture, and the packet's speech unless it comes late."""
        number = packet.sequence_number
        if self._newest is not None and (self._newest - number) % _SEQUENCE < _LATE:
            return False, None
        self._newest = number
        speech: Any = packet
        return False, JitterFrame(data=speech._data, timestamp=packet.timestamp)


class BrowserConnection(SmallWebRTCConnection):
    """A browser's peer connection; it outlives the media by the call's last messages.

    Attributes:
        here: Set when audio and messages can pass.
        gone: Set when the browser has closed the connection, or it has failed.
        lost: True when it failed instead of being closed: the browser has vanished.
    """

    def __init__(self) -> None:
        super().__init__()
        self.here = asyncio.Event()
        self.gone = asyncio.Event()
        self.lost = False
        self._ear: SmallWebRTCTrack | None = None
        self.pc.on("connectionstatechange", self._state_changed)

    @classmethod
    async def answering(cls, sdp: str) -> "BrowserConnection":
        """Answers the offer `sdp`; `answer_sdp` is what to send back.

        Raises:
            OfferError: it is no offer of one audio track.
        """
        connection = cls()
        try:
            await connection.initialize(sdp=sdp, type="offer")
            kinds = [transceiver.kind for transceiver in connection.pc.getTransceivers()]
            if kinds != ["audio"]:
                raise OfferError(f"The offer must have one audio track; it has {kinds or 'none'}.")
        except OfferError:
            await connection.part()
            raise
        except Exception as error:
            # aiortc raises whatever its parser stumbles over; all of it is the sender's mistake.
            await connection.part()
            raise OfferError(f"The session description cannot be read: {error!r}") from error
        return connection

    async def candidate(self, candidate: RTCIceCandidate | None) -> None:
        """Takes a further address of the browser; None after the last.

        Raises:
            OfferError: it belongs to no part of the session.
        """
        try:
            await self.pc.addIceCandidate(candidate)
        except Exception as error:
            # As above: aiortc raises whatever it stumbles over.
            raise OfferError(f"The candidate cannot be used: {error!r}") from error

    @property
    def answer_sdp(self) -> str:
        """The session description to send back."""
        return self.pc.localDescription.sdp

    def audio_input_track(self) -> SmallWebRTCTrack | None:
        """Returns the caller's audio, without aiortc's delay."""
        if self._ear is None:
            receiver: Any = self.pc.getTransceivers()[AUDIO_TRANSCEIVER_INDEX].receiver
            receiver._RTCRtpReceiver__jitter_buffer = PromptPackets()
            self._ear = super().audio_input_track()
        return self._ear

    def replace_audio_track(self, track: Any) -> None:
        """Sends `track`, 20 ms at a time: at its own 10 ms every frame costs twice."""
        track._samples_per_10ms *= CHUNK_MS // 10
        track._bytes_per_10ms *= CHUNK_MS // 10
        super().replace_audio_track(track)

    def video_input_track(self) -> None:
        """Returns None: there is no video, and nothing to warn about."""

    def screen_video_input_track(self) -> None:
        """Returns None, as `video_input_track`."""

    def on_message(self, take: Callable[[Any], None]) -> None:
        """Gives every message of the page to `take`."""

        def received(_: SmallWebRTCConnection, message: Any) -> None:
            take(message)

        self.add_event_handler("app-message", received)

    async def disconnect(self) -> None:
        """Does nothing: the pipeline ends before the call's last messages are sent; see `part`."""

    async def part(self) -> None:
        """Leaves the browser a moment to hang up, then closes and frees everything."""
        if self.here.is_set():
            await _within(PART_S, self.gone.wait)
        await super().disconnect()
        await self.cleanup()

    def _state_changed(self) -> None:
        state = self.pc.connectionState
        if state == "connected":
            self.here.set()
        elif state in ("closed", "failed"):
            # Whoever hangs up says so (DTLS), which closes ICE; a browser that vanished fails it.
            self.lost = "failed" in (state, self._ice_state())
            self.gone.set()

    def _ice_state(self) -> str:
        transceivers = self.pc.getTransceivers()
        return transceivers[0].receiver.transport.transport.state if transceivers else ""


def transport_for(connection: BrowserConnection, rate_out_hz: int) -> SmallWebRTCTransport:
    """Returns the transport of a call: 16 kHz in, the voice's own rate out, 20 ms at a time."""
    return SmallWebRTCTransport(
        connection,
        TransportParams(
            audio_in_enabled=True,
            audio_in_sample_rate=RATE_IN_HZ,
            audio_out_enabled=True,
            audio_out_sample_rate=rate_out_hz,
            audio_out_10ms_chunks=CHUNK_MS // 10,
            audio_out_end_silence_secs=0,
        ),
    )


async def _within(seconds: float, what: Callable[[], Awaitable[Any]]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await what()
    except TimeoutError:
        logger.debug(f"not within {seconds} s: {what}")
