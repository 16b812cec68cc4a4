"""A chain of voices: what one of them leaves unsaid is said by the next, in order and once.

Text is kept until its audio has left the chain. Of a text that broke off, the words that fit into
the audio that did leave count as heard.
"""

import asyncio
import copy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from pipecat.frames.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    SystemFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.errors import ErrorCategory

from providers.contracts import TTSEngine, TTSOptions
from providers.fallback.chain import Chain, ChainService, Member, member
from providers.fallback.health import Health, loop_time_s
from providers.spec import Slot

REMOTE_TIMEOUT_MS = 1200
"""From a text, or the end of what is heard, to the next audio."""
S_PER_CHARACTER = 0.065
"""Speech on the telephone: about fifteen characters a second."""

_SPOKEN = (TTSStartedFrame, TTSAudioRawFrame, TTSTextFrame, TTSStoppedFrame, AggregatedTextFrame)
_TEXTS = (AggregatedTextFrame, TTSSpeakFrame, TextFrame)


@dataclass(slots=True, eq=False)
class _Item:
    """Something given to the voice in use that has not left it."""

    frame: Frame
    text: str = ""
    audio_s: float = 0.0
    words: str = ""

    @property
    def is_said(self) -> bool:
        """The words reported so far are the whole text."""
        return len(_letters(self.words)) >= len(_letters(self.text))


class VoiceChainService(ChainService):
    """The voices of one call."""

    slot = Slot.TTS

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(members)
        self._unsaid: list[_Item] = []
        self._context_id: str | None = None
        self._replying = False
        self._audible = False
        self._sign_s = 0.0
        self._fault = ""
        self._failed: set[int] = set()
        self._changed = asyncio.Event()

    # --- frames -----------------------------------------------------------------------------

    async def _give(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, SystemFrame) or direction is FrameDirection.UPSTREAM:
            self._notice(frame)
            await super()._give(frame, direction)
        elif isinstance(frame, EndFrame):
            if not self._fault:
                await super()._give(frame, direction)
        else:
            await self._give_in_order(frame)

    def _notice(self, frame: Frame) -> None:
        if isinstance(frame, InterruptionFrame):
            self._unsaid = [item for item in self._unsaid if not item.frame.interruptible]
            self._replying = False
            self.in_use.health.breaker.abandoned()
        elif isinstance(frame, BotStartedSpeakingFrame | BotStoppedSpeakingFrame):
            self._audible = isinstance(frame, BotStartedSpeakingFrame)
            self._sign_s = loop_time_s()
            self._changed.set()

    async def _give_in_order(self, frame: Frame) -> None:
        if not self._unsaid and not self._replying:
            await self._prefer_the_best()
        text = frame.text if isinstance(frame, _TEXTS) else ""
        if text and not any(item.text for item in self._unsaid):
            self._sign_s = loop_time_s()
        self._unsaid.append(_Item(copy.copy(frame) if text else frame, text))
        self._changed.set()
        if not self._fault:
            await self._service.queue_frame(frame)

    async def _prefer_the_best(self) -> None:
        """Goes back to a voice that is well again, between two utterances."""
        self._failed.clear()
        index = self._first_admitted()
        if index != self._at:
            with suppress(Exception):  # the one in use goes on then
                await self._use(index)
        self.in_use.health.breaker.begin()

    async def _take(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame) and frame.category is not ErrorCategory.APPLICATION:
            self.in_use.health.failed()
            self._fault = self._fault or frame.error
            self._changed.set()
            return
        owed = next((item for item in self._unsaid if item.frame is frame), None)
        if self._fault and (owed or isinstance(frame, _SPOKEN)):
            return
        if owed:
            self._unsaid.remove(owed)
            self._replying = isinstance(frame, LLMFullResponseStartFrame) or (
                self._replying and not isinstance(frame, LLMFullResponseEndFrame)
            )
        elif isinstance(frame, _SPOKEN):
            self._note(frame)
        await self.push_frame(frame, direction)

    def _note(self, frame: Frame) -> None:
        """Keeps account of what has left."""
        self._sign_s = loop_time_s()
        said = next((item for item in self._unsaid if item.text), None)
        if isinstance(frame, TTSStartedFrame):
            self._context_id = frame.context_id
        elif isinstance(frame, TTSAudioRawFrame) and said:
            said.audio_s += len(frame.audio) / 2 / frame.sample_rate
        elif isinstance(frame, TTSTextFrame) and said:
            said.words += frame.text
            if said.is_said:
                self._said(said)
        elif isinstance(frame, TTSStoppedFrame):
            self._context_id = None
            if said and said.audio_s:
                self._said(said)

    def _said(self, item: _Item) -> None:
        self._unsaid.remove(item)
        self.in_use.health.worked()
        self._changed.set()

    # --- watching ---------------------------------------------------------------------------

    async def _attend(self) -> None:
        while True:
            self._changed.clear()
            if not self._fault:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(self._due_s()):
                        await self._changed.wait()
            due_s = self._due_s()
            if not self._fault and due_s is not None and loop_time_s() >= due_s:
                self.in_use.health.failed()
                self._fault = f"no audio for {self.in_use.timeout_s * 1000:.0f} ms"
            if self._fault:
                await self._say_anew()

    def _due_s(self) -> float | None:
        """Returns when the voice in use has failed; None while nobody waits for it."""
        waits = not self._audible and any(item.text for item in self._unsaid)
        return self._sign_s + self.in_use.timeout_s if waits else None

    async def _say_anew(self) -> None:
        reason = self._fault
        change = await self._replace(self._failed, reason)
        await self._close_context()
        self._fault, self._sign_s = "", loop_time_s()
        if change is None:
            await self._give_up(reason)
            return
        await self.push_frame(change, FrameDirection.UPSTREAM)
        if self._replying:
            await self._hand(LLMFullResponseStartFrame())
        for item in list(self._unsaid):
            await self._service.queue_frame(copy.copy(item.frame) if item.text else item.frame)
        await self._give_end()

    async def _close_context(self) -> None:
        """Ends what is being said where it broke off; the rest of its text stays unsaid."""
        said = next((item for item in self._unsaid if item.text and item.audio_s), None)
        if said:
            heard, rest = _split(said.text, said.audio_s)
            if heard and not said.words:
                words = TTSTextFrame(heard, getattr(said.frame, "text_type", "sentence"))
                words.context_id = self._context_id
                words.will_be_spoken = True
                words.append_to_context = (
                    getattr(said.frame, "append_to_context", None) is not False
                )
                await self.push_frame(words)
            said.text, said.audio_s, said.words = rest, 0.0, ""
            assert isinstance(said.frame, _TEXTS)
            said.frame.text = rest
            if not rest:
                self._unsaid.remove(said)
        if self._context_id is not None:
            await self.push_frame(TTSStoppedFrame(context_id=self._context_id))
            self._context_id = None

    async def _give_up(self, reason: str) -> None:
        """No voice is left: the text is lost, what else was waiting goes on."""
        unsaid, self._unsaid = self._unsaid, []
        await self.push_error(f"no voice speaks: {reason}", category=ErrorCategory.SERVER)
        for item in unsaid:
            if not item.text:
                await self.push_frame(item.frame)
        if self._ending:
            await self.push_frame(self._ending)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _split(text: str, audio_s: float) -> tuple[str, str]:
    """Returns the words of `text` that fit into `audio_s`, and the rest."""
    end = min(len(text), int(audio_s / S_PER_CHARACTER))
    if end < len(text):
        end = text.rfind(" ", 0, end + 1) + 1
    return text[:end].strip(), text[end:].strip()


class VoiceChain(Chain, TTSEngine):
    """Voices in order of preference, at the rate of the first."""

    def __init__(self, healths: Sequence[Health]) -> None:
        super().__init__(healths)
        self.rate_hz = _voice(healths[0]).rate_hz

    def service(self, options: TTSOptions) -> VoiceChainService:
        """Returns the chain of one call."""
        return VoiceChainService(
            [
                member(health, partial(_voice(health).service, options), REMOTE_TIMEOUT_MS)
                for health in self.healths
            ]
        )

    async def prepare(self, texts: Sequence[str], options: TTSOptions) -> None:
        """Prepares the preferred voice."""
        await _voice(self.healths[0]).prepare(texts, options)


def _voice(health: Health) -> TTSEngine:
    assert isinstance(health.engine, TTSEngine)
    return health.engine
