"""What a spoken call hears, speaks and says by itself with, in the language it is in."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from loguru import logger

from receptionist.calls.clauses import OwnLine
from receptionist.calls.conversation import Conversation
from receptionist.calls.events import CallEvent, LanguageSwitched
from receptionist.calls.pipeline import (
    CallEngines,
    CallPipeline,
    brain_options,
    hearing,
    speaking,
)
from receptionist.calls.plan import CallPlan, in_language

FLOOR_S = 8.0
"""Longest wait for a caller who speaks on while his language is being changed."""

EnginesIn = Callable[[str], Awaitable[CallEngines]]
"""Returns the engines of a language, loading them if they are not."""


def always(engines: CallEngines) -> EnginesIn:
    """Returns what gives the same engines for every language."""

    async def given(_language: str) -> CallEngines:
        return engines

    return given


class CallSpeech:
    """Speaks for the session, and takes the call over to another language.

    Args:
        plan: How the call is answered.
        built: Its pipeline.
        conversation: Follows it.
        engines_in: Gives the engines of a language.
        emit: Is told of every change.

    Attributes:
        plan: How the call is answered, in the language it is in now.
    """

    def __init__(
        self,
        plan: CallPlan,
        built: CallPipeline,
        conversation: Conversation,
        engines_in: EnginesIn,
        emit: Callable[[CallEvent], None],
    ) -> None:
        self.plan = plan
        self._built = built
        self._conversation = conversation
        self._engines_in = engines_in
        self._emit = emit
        self._changing = asyncio.Lock()

    async def greet(self) -> None:
        """Says the first words of the call."""
        await self.disclose("opening")
        await self._built.speech.queue_frame(OwnLine(self.plan.greeting))
        if self.plan.choices:
            await self._offer_languages(self.plan)

    async def say(self, occasion: str, *, last: bool = False) -> None:
        """Says a line; the `last` one is not barged into."""
        text = self.plan.line(occasion, len(self._conversation.transcript.turns))
        frame = OwnLine(text, append_to_context=occasion not in ("filler", "ringing"))
        frame.interruptible = not last
        await self._built.speech.queue_frame(frame)

    async def switch(self, language: str) -> None:
        """Hears and speaks another language; the caller is told anew whom he is talking to.

        Raises:
            Exception: an engine cannot be had; the call stays as it was.
        """
        async with self._changing:
            plan, before = in_language(self.plan, language), self.plan
            engines = await self._engines_in(language)
            await asyncio.to_thread(engines.llm.prepare, brain_options(plan))
            await self._hear_with(plan)
            try:
                await self._speak_with(plan)
            except Exception:
                await self._hear_with(before)
                raise
            self.plan = plan
            at_s = round(self._conversation.timeline.now_s, 3)
            self._emit(LanguageSwitched(at_s=at_s, language=language, before=before.language))
            await self.disclose("language")

    async def disclose(self, occasion: str) -> None:
        """Tells the caller what he is talking to; nothing cuts that off.

        Args:
            occasion: Of `DisclosurePlayed`.
        """
        plan = self.plan
        said = plan.line("disclosure_return") if occasion == "return" else plan.disclosure
        self._conversation.disclosures.announced(said, plan.language, occasion)
        disclosure = OwnLine(said)
        disclosure.interruptible = False
        await self._built.speech.queue_frame(disclosure)

    async def disclose_again(self) -> None:
        """The caller comes back from a person."""
        await self.disclose("return")

    async def _offer_languages(self, plan: CallPlan) -> None:
        """Invites to each language in its own voice, until the caller says something."""
        conversation = self._conversation
        async with self._changing:
            try:
                for language, text in plan.choices.items():
                    if conversation.caller_speaking or conversation.caller_turns:
                        break
                    await self._speak_with(in_language(plan, language))
                    await self._built.speech.queue_frame(OwnLine(text))
            except Exception as error:
                logger.error(f"call {plan.call_id}: not every language was offered: {error!r}")
            await self._speak_with(plan)

    async def _hear_with(self, plan: CallPlan) -> None:
        """Changes the ears, not in the middle of what the caller says."""
        conversation = self._conversation
        with suppress(TimeoutError):
            async with asyncio.timeout(FLOOR_S):
                await conversation.when(lambda: not conversation.caller_has_floor)
        engines = await self._engines_in(plan.language)
        options = hearing(plan, self._conversation.timeline)
        await self._built.ears.put(engines.stt.service(options))

    async def _speak_with(self, plan: CallPlan) -> None:
        """Changes the voice; the one before finishes what it was given."""
        engines = await self._engines_in(plan.language)
        options = speaking(plan, self._conversation.timeline)
        await self._built.voice.put(engines.tts.service(options), drain=True)
