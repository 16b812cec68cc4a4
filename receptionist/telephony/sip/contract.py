"""What a SIP stack must be able to do, and what its calls get back from it.

Audio is s16le mono at the call's own rate: 8 kHz with G.711, 16 kHz with G.722. Nothing here is
resampled, and nothing here waits for audio.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from receptionist.errors import ReceptionistError
from receptionist.telephony.sip.account import Registration, SipAccount
from receptionist.telephony.sip.listening import Listening
from receptionist.tools.contract import TransferOutcome

DialOutcome = TransferOutcome
"""How ringing somebody ended: the eight ways a transfer ends."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class SipError(ReceptionistError):
    """The SIP side of this process cannot do what it was asked to."""

    code = "sip_unavailable"
    http_status = 503
    retryable = True


class DialError(SipError):
    """Nobody took the call that was dialled.

    Attributes:
        outcome: Why not; never `answered`.
        status: SIP status of the answer; None where there was none.
    """

    code = "dial_failed"

    def __init__(self, outcome: DialOutcome, detail: str = "", status: int | None = None) -> None:
        self.outcome = outcome
        self.status = status
        super().__init__(detail or outcome.value)


class CallGoneError(SipError):
    """The call has ended: whoever hangs up while the other side does meets this."""

    code = "call_gone"
    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a caller's INVITE says; every text of it is the caller's own and not to be trusted.

    Attributes:
        call_id: SIP Call-ID.
        called: User that was called: a number or a name.
        caller: User of From; "" when there is none.
        display: Name shown with it.
        asserted: User of P-Asserted-Identity (RFC 3325), which only a trusted edge may set.
        privacy: The caller wants his number withheld (RFC 3323).
        verstat: Finding of the edge about the number: `TN-Validation-Passed`; "" is unknown.
        headers: The headers that are looked at, by their names in lower case.
        source: Whence it came, as `address:port`, by its topmost Via.
    """

    call_id: str
    called: str
    caller: str = ""
    display: str = ""
    asserted: str = ""
    privacy: bool = False
    verstat: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStats:
    """How well a call's audio travels.

    Attributes:
        received: RTP packets received.
        sent: RTP packets sent.
        lost: Packets of the caller that never came.
        lost_there: Packets of ours that the caller missed, as he reports.
        jitter_ms: Of the caller's packets.
        rtt_ms: Round trip by RTCP; 0 is unknown.
        filled_ms: Audio that was made up for what was lost.
    """

    received: int = 0
    sent: int = 0
    lost: int = 0
    lost_there: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float = 0.0
    filled_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SipHealth:
    """Whether a SIP stack can still take calls.

    Attributes:
        alive: Its thread answers.
        draining: It takes no new calls.
        calls: Calls it knows, those included that the process was never told of.
        leaked: Those of them that the process does not know, or believes to be over.
    """

    alive: bool
    draining: bool
    calls: int
    leaked: int = 0


class SipCall(Protocol):
    """One dialog.

    Attributes:
        id: Unique in the process.
        inbound: The caller's INVITE; of a call we dialled, whom we called.
        keys: DTMF, by RFC 4733 and by INFO alike.
        closed: Set when it is over, whoever ended it.
    """

    id: str
    inbound: Invitation
    keys: asyncio.Queue[str]
    closed: asyncio.Event

    @property
    def rate_hz(self) -> int:
        """Rate of its audio, known once it is answered."""
        ...

    @property
    def close_reason(self) -> str:
        """Why it is over, as the stack says it."""
        ...

    @property
    def media_lost(self) -> bool:
        """It is over because no audio came any more."""
        ...

    @property
    def handed_over(self) -> bool:
        """It is over because the other side has reached whom we referred it to."""
        ...

    @property
    def held(self) -> bool:
        """The other side has put us on hold."""
        ...

    @property
    def queued_ms(self) -> int:
        """Audio written and not yet sent."""
        ...

    def read(self) -> bytes:
        """Returns the audio that has arrived, what was lost made up for; never waits."""
        ...

    def write(self, pcm: bytes) -> None:
        """Queues audio to be sent; what the queue cannot hold is dropped. Never waits."""
        ...

    def flush(self) -> None:
        """Drops what is queued."""
        ...

    async def answer(self) -> None:
        """Takes the call; returns when audio can pass.

        Raises:
            CallGoneError: the caller has given up.
        """
        ...

    async def reject(
        self, code: int, reason: str = "", *, retry_after_s: int | None = None, contact: str = ""
    ) -> None:
        """Does not take the call; `contact` is to be called instead. A stack says what it can."""
        ...

    async def hang_up(self) -> None:
        """Ends it; once it is over this does nothing."""
        ...

    async def hold(self) -> None:
        """Puts the other side on hold."""
        ...

    async def resume(self) -> None:
        """Takes the other side off hold."""
        ...

    async def send_key(self, key: str) -> None:
        """Presses a key for the other side: a digit, `*` or `#`."""
        ...

    async def refer(self, to: str, *, ring_s: float) -> DialOutcome | None:
        """Asks the other side to call the URI `to` instead of us (REFER, RFC 3515), and waits.

        Returns:
            How it ended; None when the other side does not know REFER.
        """
        ...

    async def refer_replacing(self, other: "SipCall", *, ring_s: float) -> DialOutcome | None:
        """Asks the other side to take over our place in `other` (REFER with Replaces, RFC 3891)."""
        ...

    def stats(self) -> CallStats:
        """Returns how well its audio travels."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointOptions:
    """How a stack is set up.

    Attributes:
        listening: Where it takes calls.
        max_calls: Dialogs of both directions; further callers hear that it is busy.
        outbound: `host:port` that numbers are dialled through: the edge, or a PBX; "" is none.
        jitter_ms: Least and most a packet may wait for those before it.
    """

    listening: Listening
    max_calls: int = 32
    outbound: str = ""
    jitter_ms: tuple[int, int] = (20, 100)


class Calling(Protocol):
    """Calls telephones."""

    async def dial(self, to: str, *, ring_s: float, caller_id: str = "") -> SipCall:
        """Calls `to` (a SIP URI, or a user at the edge) and returns the answered call.

        Cancelling it stops the ringing.

        Raises:
            DialError: nobody took it.
        """
        ...


class SipEndpoint(Calling, Protocol):
    """The SIP stack of this process."""

    @property
    def incoming(self) -> AsyncIterator[SipCall]:
        """Callers, as they come; ends with the endpoint."""
        ...

    def uri(self, to: str) -> str:
        """Returns the SIP URI of a number or user."""
        ...

    async def register(self, account: SipAccount) -> Registration:
        """Makes the user of `account` reachable here, and keeps him so.

        Raises:
            SipError: the registrar refuses, or does not answer.
        """
        ...

    def make_room(self) -> bool:
        """Ends the call that waits longest for its caller's ACK; returns whether there is one.

        A caller whose ACK is only slow, by up to a second, keeps his line.
        """
        ...

    async def drain(self) -> None:
        """Takes no new calls; returns when the last has ended."""
        ...

    async def close(self) -> None:
        """Frees it, unless calls are stuck: then the end of the process does."""
        ...

    async def health(self) -> SipHealth:
        """Returns whether it can still take calls."""
        ...
