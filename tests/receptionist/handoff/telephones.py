"""Telephones that play a part, on the virtual clock."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eval.clock import run_virtual
from receptionist.calls.events import TurnEnded
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.contract import Heard, RingError
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.transfers import FollowedCall, Transfers
from receptionist.telephony.caller import CallerIdentity
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import NUMBERS, mill

WORD_S = 0.3
"""What a voice takes for a word."""
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
QUIET = Heard()


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a telephone does.

    Attributes:
        outcome: How ringing ends.
        rings_s: How long it rings.
        hears: What comes from it, one after the other; then silence.
        gone_after_s: It hangs up so long after it was answered.
        breaks: Ringing raises something nobody expects.
        hangs: It rings for ever.
    """

    outcome: TransferOutcome = TransferOutcome.ANSWERED
    rings_s: float = 3.0
    hears: Sequence[Heard] = ()
    gone_after_s: float | None = None
    breaks: bool = False
    hangs: bool = False


class PlayedLeg:
    """A telephone that was answered."""

    def __init__(self, number: str, part: Part) -> None:
        self.number = number
        self.rate_hz = 8000
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.told: list[str] = []
        self.languages: set[str] = set()
        self.joined = self.left = False
        self._hears = deque(part.hears)
        if part.gone_after_s is not None:
            asyncio.get_running_loop().call_later(part.gone_after_s, self.closed.set)

    async def say(self, text: str, language: str) -> None:
        assert not self.closed.is_set()
        self.told.append(text)
        self.languages.add(language)
        await asyncio.sleep(WORD_S * len(text.split()))

    async def hear(self, timeout_s: float, language: str) -> Heard:
        self.languages.add(language)
        if not self._hears:
            await asyncio.sleep(timeout_s)
            return QUIET
        await asyncio.sleep(1.0)
        return self._hears.popleft()

    async def hang_up(self) -> None:
        self.closed.set()


class PlayedLine:
    """The line of a caller (a `Dialler`).

    Args:
        parts: What the telephones do, by number; others are busy.
        refers: How a REFER ends, by number; the line cannot where there is none.
    """

    def __init__(
        self,
        parts: Mapping[str, Part],
        refers: Mapping[str, TransferOutcome] | None = None,
    ) -> None:
        self._parts = parts
        self._refers = refers or {}
        self.rung: list[str] = []
        self.ringing: set[str] = set()
        self.most_at_once = 0
        self.referred: list[str] = []
        self.legs: list[PlayedLeg] = []
        self.hung_up = asyncio.Event()

    async def ring(self, number: str, *, ring_s: float) -> PlayedLeg:
        part = self._parts.get(number, Part(outcome=TransferOutcome.BUSY))
        self.rung.append(number)
        self.ringing.add(number)
        self.most_at_once = max(self.most_at_once, len(self.ringing))
        try:
            if part.hangs:
                await asyncio.Event().wait()
            if part.breaks:
                raise OSError("the socket is gone")
            if part.rings_s > ring_s:
                await asyncio.sleep(ring_s)
                raise RingError(TransferOutcome.NO_ANSWER)
            await asyncio.sleep(part.rings_s)
            if part.outcome is not TransferOutcome.ANSWERED:
                raise RingError(part.outcome)
        finally:
            self.ringing.discard(number)
        leg = PlayedLeg(number, part)
        self.legs.append(leg)
        return leg

    async def join(self, leg: PlayedLeg, *, leave: bool = False) -> None:
        leg.joined, leg.left = True, leave
        await self.hung_up.wait()

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        outcome = self._refers.get(number)
        if outcome is not None:
            self.referred.append(number)
            await asyncio.sleep(1.0)
        return outcome

    @property
    def left_open(self) -> list[str]:
        """Numbers of the telephones nobody has hung up."""
        return [leg.number for leg in self.legs if not leg.closed.is_set()]


@dataclass(kw_only=True)
class Called:
    """A call whose caller is put through, and what came of it."""

    snapshot: TenantSnapshot
    line: PlayedLine
    caller: CallerIdentity | None = None
    language: str = "en"
    turns: Sequence[TurnEnded] = ()
    now: datetime = MONDAY_TEN
    urgent: bool = False
    hourly: HourlyCount = field(default_factory=HourlyCount)
    second_leg: bool = True
    at_once: bool = True
    events: list[TransferEnded] = field(default_factory=list[TransferEnded])

    def __post_init__(self) -> None:
        self.transfers = Transfers(
            self.line, self.hourly, second_leg=self.second_leg, at_once=self.at_once
        )
        self.transfers.follows(self.followed)

    @property
    def followed(self) -> FollowedCall:
        return FollowedCall(
            snapshot=self.snapshot,
            caller=self.caller,
            language=lambda: self.language,
            turns=lambda: self.turns,
            now=lambda: self.now,
            now_s=lambda: asyncio.get_running_loop().time(),
            urgent=lambda: self.urgent,
            emit=self.events.append,
        )

    async def first(self, identifier: str) -> TransferOutcome:
        """Rings a person before there is a call."""
        target = self.snapshot.destination(identifier)
        assert target is not None
        return await self.transfers.first(self.followed, target, reason="a tap")

    async def to(self, identifier: str, reason: str = "") -> TransferOutcome:
        target = self.snapshot.destination(identifier)
        assert target is not None
        return await self.transfers.transfer(target, reason=reason)

    def ends(self, identifier: str) -> TransferOutcome:
        """Puts the caller through on a clock of its own, and returns how that ended."""
        return run_virtual(self.to(identifier))

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Whose telephones were rung, and how that ended, in the order it did."""
        return [(event.rung, event.outcome) for event in self.events]


def said(text: str, index: int = 0) -> TurnEnded:
    return TurnEnded(index=index, speaker="caller", text=text, start_s=0.0, end_s=1.0)


def called(
    parts: dict[str, Part],
    transfer: Mapping[str, Any] | None = None,
    numbers: dict[str, str] | None = None,
    refers: Mapping[str, TransferOutcome] | None = None,
    **of_call: Any,
) -> Called:
    line = PlayedLine({NUMBERS[name]: part for name, part in parts.items()}, refers)
    return Called(snapshot=mill(transfer, numbers), line=line, **of_call)
