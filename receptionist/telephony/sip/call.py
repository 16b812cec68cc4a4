"""One call on the baresip stack."""

import asyncio
from contextlib import suppress

from baresip import (
    BaresipError,
    Call,
    CallState,
    Event,
    StackEvent,
    StaleHandleError,
    TransferFailed,
)
from baresip import CallStats as NativeStats
from loguru import logger

from receptionist.telephony.sip.answering import Answering
from receptionist.telephony.sip.contract import (
    CallGoneError,
    CallStats,
    DialOutcome,
    Invitation,
    SipCall,
    SipError,
)
from receptionist.telephony.sip.media import CallMedia
from receptionist.telephony.sip.outcomes import outcome_of
from receptionist.telephony.sip.refusal import Refusals, Told

MEDIA_S = 2.0
_MEDIA_POLL_S = 0.005
_KEYS = 64
"""A caller who presses more than nobody reads loses the rest."""
CANNOT_REFER = frozenset({405, 420, 489, 501})
"""Says an exchange that does not know REFER; any other status is about who was called."""
_MEDIA_LOST = "rtp stream error"
_TRANSFERRED = "Call transfered"
_HELD_TRIES = 5
_HELD_AGAIN_S = 0.1


class BaresipCall:
    """A dialog of the stack; see `SipCall`.

    Args:
        native: The stack's own call.
        inbound: Who calls whom.
        refusals: Refuse it; None where the stack's own refusal must do.

    Attributes:
        answering: How far it is answered.
    """

    def __init__(self, native: Call, inbound: Invitation, refusals: Refusals | None) -> None:
        self.id = inbound.call_id
        self.inbound = inbound
        self.keys: asyncio.Queue[str] = asyncio.Queue(_KEYS)
        self.closed = asyncio.Event()
        self.native = native
        self._refusals = refusals
        self._media: CallMedia | None = None
        self._closed_with = ""
        self._stats = NativeStats()
        self.answering = Answering(native, repr(self))
        native.on(self._heard)
        native.on_rtcp(self._reported)
        if native.state is CallState.CLOSED:
            self.closed.set()

    def __repr__(self) -> str:
        return f"<SIP call {self.id!r}>"

    # --- audio ------------------------------------------------------------------------------

    @property
    def rate_hz(self) -> int:
        """Rate of its audio; 0 before it is answered."""
        return self._media.rate_hz if self._media else 0

    @property
    def queued_ms(self) -> int:
        """Audio written and not yet sent."""
        return self._media.queued_ms if self._media else 0

    def read(self) -> bytes:
        """Returns the audio that has arrived."""
        if self._media is None or self.closed.is_set():
            return b""
        return self._media.read(held=self.held)

    def write(self, pcm: bytes) -> None:
        """Queues audio to be sent."""
        if self._media is not None:
            self._media.write(pcm)

    def flush(self) -> None:
        """Drops what is queued."""
        if self._media is not None:
            self._media.flush()

    async def media_ready(self) -> None:
        """Waits for the streams, whose rate is that of the call.

        Raises:
            CallGoneError: the call is over, or has no audio.
        """
        try:
            async with asyncio.timeout(MEDIA_S):
                while not (rate_hz := self._stream_hz()):
                    if self.closed.is_set():
                        raise CallGoneError(f"{self!r} has ended.")
                    # Nothing is reported when the streams start.
                    await asyncio.sleep(_MEDIA_POLL_S)
        except TimeoutError:
            raise CallGoneError(f"{self!r} has no audio.") from None
        self._media = CallMedia(self.native.audio, rate_hz)

    def _stream_hz(self) -> int:
        try:
            info = self.native.audio.info()
        except BaresipError:
            return 0
        return info.rx_sample_rate or info.tx_sample_rate

    # --- signalling -------------------------------------------------------------------------

    @property
    def close_reason(self) -> str:
        """Why it is over, as the stack says it."""
        return self._closed_with

    @property
    def media_lost(self) -> bool:
        """It is over because no audio came any more."""
        return self.close_reason == _MEDIA_LOST

    @property
    def handed_over(self) -> bool:
        """It is over because the other side has reached whom we referred it to."""
        return self.close_reason == _TRANSFERRED

    @property
    def held(self) -> bool:
        """The other side has put us on hold."""
        return self.native.remote_on_hold

    async def answer(self) -> None:
        """Sends 200 OK and waits for the ACK and the streams.

        Raises:
            CallGoneError: the caller has given up.
        """
        try:
            await self.answering.run()
        except CallGoneError:
            await self.hang_up()
            raise
        await self.media_ready()

    async def reject(
        self, code: int, reason: str = "", *, retry_after_s: int | None = None, contact: str = ""
    ) -> None:
        """Refuses the call; 486 where the stack can say nothing else."""
        try:
            if self._refusals is None:
                await self.native.reject()
            else:
                await self._refusals.refuse(self.id, code, reason, Told(retry_after_s, contact))
        except (StaleHandleError, CallGoneError):
            logger.debug(f"{self!r} was given up before it was refused")

    async def hang_up(self) -> None:
        """Ends it."""
        try:
            await self.native.hangup()
        except StaleHandleError:
            return
        except BaresipError as error:
            logger.error(f"{self!r} could not be ended: {error}")

    async def hold(self) -> None:
        """Puts the other side on hold."""
        await self._set_hold(True)

    async def resume(self) -> None:
        """Takes the other side off hold."""
        await self._set_hold(False)

    async def send_key(self, key: str) -> None:
        """Presses a key.

        Raises:
            ValueError: it is none.
        """
        try:
            await self.native.send_dtmf(key)
        except StaleHandleError as error:
            raise CallGoneError(f"{self!r} has ended.") from error
        except BaresipError as error:
            raise SipError(f"{self!r}: the key {key!r} was not sent: {error}") from error

    async def refer(self, to: str, *, ring_s: float) -> DialOutcome | None:
        """Asks the other side to call `to`."""
        try:
            await self.native.transfer(to, timeout=ring_s)
        except BaresipError as error:
            return self._refer_failed(error)
        return DialOutcome.ANSWERED

    async def refer_replacing(self, other: SipCall, *, ring_s: float) -> DialOutcome | None:
        """Asks the other side to take our place in `other`."""
        if not isinstance(other, BaresipCall):
            return DialOutcome.FAILED
        try:
            await self.native.attended_transfer(other.native, timeout=ring_s)
        except BaresipError as error:
            for held in (self, other):  # the stack holds both, and leaves them so when it fails
                with suppress(SipError):
                    await held.resume()
            return self._refer_failed(error)
        return DialOutcome.ANSWERED

    def stats(self) -> CallStats:
        """Returns how well its audio travels."""
        seen = self.native.final_stats or self._stats
        return CallStats(
            received=seen.rx_packets,
            sent=seen.tx_packets,
            lost=max(seen.rx_lost, seen.jbuf_lost or 0),
            lost_there=seen.tx_lost,
            jitter_ms=seen.rx_jitter_ms,
            rtt_ms=seen.rtt_ms,
            filled_ms=self._media.filled_ms if self._media else 0,
        )

    # --- inside -----------------------------------------------------------------------------

    def _refer_failed(self, error: BaresipError) -> DialOutcome | None:
        if isinstance(error, StaleHandleError) or self.closed.is_set():
            return DialOutcome.CANCELLED
        if isinstance(error, TransferFailed) and error.status:
            return None if error.status in CANNOT_REFER else outcome_of(error.status)
        timed_out = isinstance(error, TransferFailed) and "within" in str(error)
        return DialOutcome.NO_ANSWER if timed_out else DialOutcome.FAILED

    async def _set_hold(self, hold: bool) -> None:
        problem = ""
        for _ in range(_HELD_TRIES):
            try:
                await (self.native.hold() if hold else self.native.resume())
            except StaleHandleError as error:
                raise CallGoneError(f"{self!r} has ended.") from error
            except BaresipError as error:  # an answer to another re-INVITE is awaited
                problem = str(error)
                await asyncio.sleep(_HELD_AGAIN_S)
            else:
                return
        raise SipError(f"{self!r} could not be {'held' if hold else 'resumed'}: {problem}")

    def _heard(self, event: StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self._closed_with = event.text or ""
            self.closed.set()
        # Where a key ends, the stack has forgotten those pressed before it did: by INFO it lasts
        # as long as the telephone says, 160 ms or more, and the next may be sooner.
        elif event.event is Event.CALL_DTMF_START and event.text:
            self._pressed(event.text)

    def _pressed(self, key: str) -> None:
        try:
            self.keys.put_nowait(key)
        except asyncio.QueueFull:
            logger.debug(f"{self!r}: keys that nobody reads are dropped")

    def _reported(self, stats: NativeStats) -> None:
        self._stats = stats
