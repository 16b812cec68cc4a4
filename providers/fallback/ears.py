"""A chain of recognisers: what the caller said is kept until it is understood, for the next one.

Audio goes past the services, so that one that hangs holds up neither voice activity nor the call.
"""

import asyncio
import copy
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.errors import ErrorCategory

from providers.contracts import STTEngine, STTOptions
from providers.fallback.chain import Chain, ChainService, Member, member
from providers.fallback.frames import EngineChangedFrame
from providers.fallback.health import Health, loop_time_s
from providers.spec import Slot

REMOTE_TIMEOUT_MS = 1200
"""From the end of the caller's speech to the transcript. The next recogniser needs its time too,
and the turn is taken for a cough 2.5 s after the last sound."""
PRE_ROLL_FRAMES = 30
"""0.6 s in frames of 20 ms: speech is noticed 100-300 ms late."""
KEPT_FRAMES = 3000
"""A minute; of a longer utterance the end counts."""


class EarsChainService(ChainService):
    """The recognisers of one call."""

    slot = Slot.STT

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(members)
        self._recent: deque[Frame] = deque(maxlen=PRE_ROLL_FRAMES)
        self._unheard: deque[Frame] = deque(maxlen=KEPT_FRAMES)
        self._due_s: float | None = None
        self._failed: set[int] = set()
        self._suspect: tuple[int, EngineChangedFrame] | None = None
        self._fault = ""
        self._changed = asyncio.Event()

    # --- frames -----------------------------------------------------------------------------

    async def _give(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)
            (self._unheard if self._unheard else self._recent).append(frame)
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            await self._speech_began(frame)
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._unheard:
            self._unheard.append(frame)
            self._due_s = loop_time_s() + self.in_use.timeout_s
            self._changed.set()
        if not (self._fault and frame in self._unheard):  # else the next one is given it
            await super()._give(frame, direction)

    async def _speech_began(self, frame: Frame) -> None:
        if self._unheard:
            self._due_s = None
        else:
            self._failed.clear()
            await self._prefer_the_best()
            self._unheard.extend(self._recent)
            self._recent.clear()
        self._unheard.append(frame)

    async def _prefer_the_best(self) -> None:
        """Goes back to an engine that is well again, between two utterances."""
        index = self._first_admitted()
        if index != self._at:
            with suppress(Exception):  # the one in use listens on then
                await self._use(index)
                for frame in self._recent:
                    await self._hand(copy.copy(frame))
        self.in_use.health.breaker.begin()

    async def _take(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame):
            if frame.category is not ErrorCategory.APPLICATION:  # else it is this utterance
                self.in_use.health.failed()
            self._fault = self._fault or frame.error
            self._changed.set()
        elif isinstance(frame, InterimTranscriptionFrame | TranscriptionFrame):
            if not self._fault:
                await self._take_words(frame, direction)
        elif not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)

    async def _take_words(
        self, frame: InterimTranscriptionFrame | TranscriptionFrame, direction: FrameDirection
    ) -> None:
        if isinstance(frame, TranscriptionFrame):
            self._forget_heard()
            await self._judge(heard=bool(frame.text.strip()))
        await self.push_frame(frame, direction)

    def _forget_heard(self) -> None:
        """Drops the stretch of speech that a final transcript answers."""
        start = next((f for f in self._unheard if _is_start(f)), None)
        while self._unheard:
            if isinstance(self._unheard.popleft(), VADUserStoppedSpeakingFrame):
                break
        else:  # he goes on speaking, and some recognisers give finals meanwhile
            if start:
                self._unheard.append(start)
        if not any(_is_start(frame) for frame in self._unheard):
            self._recent.extend(self._unheard)
            self._unheard.clear()
        if not any(isinstance(f, VADUserStoppedSpeakingFrame) for f in self._unheard):
            self._due_s = None

    async def _judge(self, *, heard: bool) -> None:
        """After a final: whose fault was it, if this is the second opinion on a silence?"""
        suspect, self._suspect = self._suspect, None
        if suspect is None:
            if heard:
                self.in_use.health.worked()
            else:
                self.in_use.health.breaker.abandoned()
        elif heard:
            index, change = suspect
            self.members[index].health.failed()
            self.in_use.health.worked()
            await self.push_frame(change, FrameDirection.UPSTREAM)
        else:  # there was nothing to hear
            self.members[suspect[0]].health.breaker.abandoned()
            await self._use(suspect[0])

    # --- watching ---------------------------------------------------------------------------

    async def _attend(self) -> None:
        while True:
            self._changed.clear()
            if not self._fault:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(self._due_s):
                        await self._changed.wait()
            if self._fault:
                await self._listen_anew(self._fault, sure=True)
            elif self._due_s is not None and loop_time_s() >= self._due_s:
                limit_ms = self.in_use.timeout_s * 1000
                await self._listen_anew(f"no transcript within {limit_ms:.0f} ms", sure=False)

    async def _listen_anew(self, reason: str, *, sure: bool) -> None:
        """Has the next engine listen to what is not understood yet.

        Args:
            reason: What went wrong.
            sure: It failed; otherwise there may have been nothing to hear.
        """
        suspect = self._at
        self._fault, self._due_s = reason, None
        change = await self._replace(self._failed, reason)
        self._fault = ""
        if change is None:
            self._unheard.clear()
            await self.push_error(f"no recogniser hears: {reason}", category=ErrorCategory.SERVER)
            return
        if sure:
            await self.push_frame(change, FrameDirection.UPSTREAM)
        else:
            self._suspect = (suspect, change)
        waits = False
        for frame in [*self._recent, *self._unheard]:
            waits = isinstance(frame, VADUserStoppedSpeakingFrame) or waits
            await self._hand(copy.copy(frame))
        self._due_s = loop_time_s() + self.in_use.timeout_s if waits else None
        await self._give_end()


class EarsChain(Chain, STTEngine):
    """Recognisers in order of preference."""

    def service(self, options: STTOptions) -> EarsChainService:
        """Returns the chain of one call."""
        return EarsChainService(
            [
                member(health, partial(_ears(health).service, options), REMOTE_TIMEOUT_MS)
                for health in self.healths
            ]
        )


def _is_start(frame: Frame) -> bool:
    return isinstance(frame, VADUserStartedSpeakingFrame)


def _ears(health: Health) -> STTEngine:
    assert isinstance(health.engine, STTEngine)
    return health.engine
