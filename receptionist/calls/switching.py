"""A turn in another language: the call goes over to it, then the turn is answered."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pipecat.frames.frames import Frame, InterruptionFrame, LLMContextFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from receptionist.calls.language import LanguageWatch
from receptionist.tools.calling import told
from receptionist.tools.contract import ToolContext
from receptionist.tools.registry import ToolRunner
from receptionist.tools.switch_language import SwitchLanguage, SwitchOutcome

Messages = Sequence[Mapping[str, Any]]


class LanguageGuard:
    """Goes over to the language of a turn before the turn is answered.

    It does so with the tool the brains have for it, so that the record shows one kind of switch
    and a brain reads from its context what happened.

    Args:
        watch: Judges the turns.
        tools: Runs the tool.
        context: Knows the language of the call.
    """

    def __init__(self, watch: LanguageWatch, tools: ToolRunner, context: ToolContext) -> None:
        self._watch = watch
        self._tools = tools
        self._context = context
        self._switches = 0

    def wanted(self, text: str) -> str | None:
        """Returns the language a turn asks to go over to; None stays. Asked once per turn."""
        return self._watch.turn_ended(text, self._context.language)

    async def go_over(self, language: str) -> Messages:
        """Switches and returns what the context is to say of it; nothing when it failed."""
        arguments = {"language": language}
        result = await self._tools.run(SwitchLanguage.name, arguments)
        if result["outcome"] != SwitchOutcome.SWITCHED:
            return ()
        self._switches += 1
        identifier = f"language-{self._switches}"
        return told(SwitchLanguage.name, arguments, result, identifier)


class LanguageGate(FrameProcessor):
    """Before the brain: a turn in another language waits until the call has gone over to it.

    The switch is written into the context in front of the turn. A caller who speaks on meanwhile
    is answered all at once, when it is done.
    """

    def __init__(self, guard: LanguageGuard) -> None:
        super().__init__()
        self._guard = guard
        self._held: LLMContextFrame | None = None
        self._switching: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Holds a turn back, or passes on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._held = None
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            await self._take(frame)
        else:
            await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Gives up a switch that is under way."""
        if self._switching:
            await self.cancel_task(self._switching)
            self._switching = None
        await super().cleanup()

    async def _take(self, frame: LLMContextFrame) -> None:
        language = None if self._switching else self._guard.wanted(last_turn(frame.context))
        if language:
            self._switching = self.create_task(self._go_over(language, frame.context), "language")
        if self._switching:
            self._held = frame
        else:
            await self.push_frame(frame)

    async def _go_over(self, language: str, context: LLMContext) -> None:
        """Switches, then lets the turn that waits go on."""
        messages = await self._guard.go_over(language)
        put_before_turn(context, messages)
        held, self._held, self._switching = self._held, None, None
        if held:
            await self.push_frame(held)


def last_turn(context: LLMContext) -> str:
    """Returns what the caller said last, "" when somebody else had the last word."""
    messages = _messages(context)
    content = messages[-1].get("content") if messages else None
    is_turn = bool(messages) and messages[-1].get("role") == "user"
    return content if is_turn and isinstance(content, str) else ""


def put_before_turn(context: LLMContext, messages: Messages) -> None:
    """Writes `messages` in front of what the caller said last."""
    before: list[Any] = _messages(context)
    turn: list[Any] = []
    while before and before[-1].get("role") == "user":
        turn.insert(0, before.pop())
    written: list[Any] = [*before, *messages, *turn]
    context.set_messages(written)


def _messages(context: LLMContext) -> list[Any]:
    return [message for message in context.get_messages() if isinstance(message, Mapping)]
