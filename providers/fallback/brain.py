"""A chain of brains: a turn that one of them fails is answered by the next, from the same context.

Tools that have run are in the context, so they are not run again. The caller hears one reply: the
failed one's end and the next one's beginning are kept inside. Words that were already being said
stay said; whoever speaks them is told that they will not go on (`ReplyBrokenFrame`).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.errors import ErrorCategory

from providers.contracts import LLMEngine, LLMOptions
from providers.fallback.chain import Chain, ChainService, Member, member
from providers.fallback.frames import ReplyBrokenFrame, StillWaitingFrame
from providers.fallback.health import Health, loop_time_s
from providers.spec import Slot

REMOTE_TIMEOUT_MS = 1500
"""For the first token. With the last resort's 30 ms and the first audio
of a local voice, a caller whose brain hangs has an answer within 2.5 s."""

STALL_SHARE = 2 / 3
"""Of the time-out, for a pause between two tokens: one that has begun to speak goes on soon."""

_REPLY = (LLMFullResponseStartFrame, LLMTextFrame, LLMFullResponseEndFrame)
_TOOLS = (
    FunctionCallsStartedFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallCancelFrame,
)


@dataclass(slots=True)
class _Turn:
    """One inference, over all the engines that try it."""

    frame: LLMContextFrame
    sign_s: float
    failed: set[int] = field(default_factory=set[int])
    fault: str = ""
    began: bool = False
    spoke: bool = False
    hinted: bool = False
    end: LLMFullResponseEndFrame | None = None


class BrainChainService(ChainService):
    """The brains of one call."""

    slot = Slot.LLM
    passes_from_the_bench = _TOOLS

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(members)
        self._turns: deque[_Turn] = deque()
        self._changed = asyncio.Event()

    @property
    def _turn(self) -> _Turn | None:
        """The turn being answered; a service answers one after the other."""
        return self._turns[0] if self._turns else None

    # --- frames -----------------------------------------------------------------------------

    async def _give(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, LLMContextFrame):
            await self._begin(frame)
            return
        if isinstance(frame, InterruptionFrame) and self._turn:
            self.in_use.health.breaker.abandoned()
            self._turns.clear()
            self._changed.set()
        await super()._give(frame, direction)

    async def _begin(self, frame: LLMContextFrame) -> None:
        """Gives a turn to the first engine that is well."""
        index = self._first_admitted()
        if index != self._at and not self._turns:
            with suppress(Exception):  # the one in use answers then
                await self._use(index)
        self.in_use.health.breaker.begin()
        self._turns.append(_Turn(frame, loop_time_s()))
        self._changed.set()
        await self._service.queue_frame(frame)

    async def _take(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame) and frame.category is not ErrorCategory.APPLICATION:
            self._fail(frame)
        elif isinstance(frame, _REPLY) and (turn := self._turn):
            if not turn.fault:
                await self._take_reply(turn, frame)
        else:
            await self.push_frame(frame, direction)

    async def _take_reply(self, turn: _Turn, frame: Frame) -> None:
        if turn.end:  # of the next turn
            await self._end(turn)
            await self._take(frame, FrameDirection.DOWNSTREAM)
            return
        turn.sign_s = loop_time_s()
        if isinstance(frame, LLMFullResponseEndFrame):
            # A service that crashes ends its reply first and reports the crash right behind.
            turn.end = frame
            self._changed.set()
            return
        if isinstance(frame, LLMFullResponseStartFrame):
            if turn.began:
                return
            turn.began = True
        turn.spoke = turn.spoke or isinstance(frame, LLMTextFrame)
        await self.push_frame(frame)

    async def _end(self, turn: _Turn) -> None:
        """Lets the end of a reply out, once: the turn is answered."""
        if turn is not self._turn or not turn.end:
            return
        self._next_turn()
        self.in_use.health.worked()
        await self.push_frame(turn.end)

    def _next_turn(self) -> None:
        self._turns.popleft()
        if self._turn:
            self._turn.sign_s = loop_time_s()
        self._changed.set()

    def _fail(self, frame: ErrorFrame) -> None:
        self.in_use.health.failed()
        if self._turn and not self._turn.fault:
            self._turn.fault = frame.error
            self._changed.set()

    # --- watching ---------------------------------------------------------------------------

    async def _attend(self) -> None:
        while True:
            self._changed.clear()
            turn = self._turn
            if turn is None:
                await self._changed.wait()
            elif turn.fault:
                await self._answer_anew(turn)
            elif turn.end:
                await self._end(turn)
            else:
                await self._await_sign(turn)

    async def _await_sign(self, turn: _Turn) -> None:
        """Returns when something changed or fell due."""
        limit_s = self.in_use.timeout_s * (STALL_SHARE if turn.spoke else 1.0)
        hint_s = turn.sign_s + limit_s / 2
        due_s = turn.sign_s + limit_s
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due_s if turn.hinted or turn.spoke else hint_s):
                await self._changed.wait()
        now_s = loop_time_s()
        if turn is not self._turn or turn.fault:
            return
        if now_s >= turn.sign_s + limit_s:
            self.in_use.health.failed()
            turn.fault = f"no sign of an answer for {limit_s * 1000:.0f} ms"
        elif now_s >= hint_s and not (turn.hinted or turn.spoke):
            turn.hinted = True
            await self.push_frame(StillWaitingFrame(), FrameDirection.UPSTREAM)

    async def _answer_anew(self, turn: _Turn) -> None:
        """Has the next engine answer; says that all failed when there is none left."""
        reason = turn.fault
        change = await self._replace(turn.failed, reason)
        if change:
            await self.push_frame(change, FrameDirection.UPSTREAM)
        if turn is not self._turn:  # the caller interrupted meanwhile
            return
        if not change:
            self._next_turn()
            await self.push_error(f"no brain answers: {reason}", category=ErrorCategory.SERVER)
            await self.push_frame(LLMFullResponseEndFrame())
        else:
            if turn.spoke:
                await self.push_frame(ReplyBrokenFrame())
            turn.fault, turn.end, turn.spoke, turn.sign_s = "", None, False, loop_time_s()
            for waiting in self._turns:
                await self._service.queue_frame(waiting.frame)
        await self._give_end()


class BrainChain(Chain, LLMEngine):
    """Brains in order of preference."""

    def prepare(self, options: LLMOptions) -> None:
        """Prepares every brain of the chain."""
        for health in self.healths:
            _brain(health).prepare(options)

    def service(self, options: LLMOptions) -> BrainChainService:
        """Returns the chain of one call."""
        return BrainChainService(
            [
                member(health, partial(_brain(health).service, options), REMOTE_TIMEOUT_MS)
                for health in self.healths
            ]
        )


def _brain(health: Health) -> LLMEngine:
    assert isinstance(health.engine, LLMEngine)
    return health.engine
