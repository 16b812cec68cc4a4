"""Scripted brain."""

import copy
import re
from asyncio import Event, sleep
from typing import Any, Self

from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from providers.contracts import Capabilities, LLMEngine, LLMOptions, LoadContext
from providers.fakes.scripts import Calls, Fails, Garbage, Hangs, LLMScript, Reply, ToolCall
from providers.spec import ProviderSpec

GARBAGE = '\ufffd\x00{"choices":[{"delta"<<<|im_end|>'
"""What a broken endpoint streams instead of words."""


class FakeLLMService(LLMService[Any]):
    """Says and calls what the script says.

    Attributes:
        contexts: The messages of every inference, as they were when it began.
    """

    def __init__(self, script: LLMScript, *, instructions: str = "") -> None:
        super().__init__(
            settings=LLMSettings(
                model="fake",
                system_instruction=instructions or None,
                temperature=None,
                max_tokens=None,
                top_p=None,
                top_k=None,
                frequency_penalty=None,
                presence_penalty=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
            )
        )
        self._script = script
        self.contexts: list[list[Any]] = []

    def can_generate_metrics(self) -> bool:
        """Says that it reports its time to the first token."""
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Gives the next reply to every context."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        try:
            await self._reply(frame.context)
        finally:
            await self.push_frame(LLMFullResponseEndFrame())

    async def _reply(self, context: LLMContext) -> None:
        index = len(self.contexts)
        self.contexts.append(copy.deepcopy(list(context.get_messages())))
        await self.start_ttfb_metrics()
        await sleep(self._script.ttft_ms / 1000)
        if self._script.fails(index):
            await self.push_error("scripted failure", category=self._script.fail_category)
            return
        match self._reply_for(index):
            case str(text):
                await self._say(text)
            case Garbage():
                await self._say(GARBAGE)
            case Calls(calls=calls, text=text):
                await self._say(text)
                await self._call(calls, context, index)
            case Hangs(text=text):
                await self._say(text)
                await Event().wait()
            case Fails(error=message, category=category, text=text):
                await self._say(text)
                if category is None:
                    raise RuntimeError(message)
                await self.push_error(message, category=category)

    def _reply_for(self, index: int) -> Reply:
        if index < len(self._script.replies):
            return self._script.replies[index]
        return Fails(
            error=f"the script has {len(self._script.replies)} replies, number {index + 1} is asked"
        )

    async def _say(self, text: str) -> None:
        for number, token in enumerate(re.findall(r"\s*\S+\s*", text)):
            if number:
                await sleep(self._script.per_token_ms / 1000)
            else:
                await self.stop_ttfb_metrics()
            await self._push_llm_text(token)

    async def _call(self, calls: tuple[ToolCall, ...], context: LLMContext, index: int) -> None:
        await self.run_function_calls(
            [
                FunctionCallFromLLM(
                    function_name=call.name,
                    tool_call_id=f"call_{index}_{number}",
                    arguments=dict(call.arguments),
                    context=context,
                )
                for number, call in enumerate(calls)
            ]
        )


class FakeLLM(LLMEngine):
    """Scripted brain; its settings are an `LLMScript`."""

    capabilities = Capabilities(streaming=True)

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(spec)
        self.script = LLMScript.of(spec)
        self.last: FakeLLMService | None = None
        """The service of the newest call."""

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Reads the script."""
        del context
        return cls(spec)

    def service(self, options: LLMOptions) -> FakeLLMService:
        """Returns a brain at the top of the script."""
        self.last = FakeLLMService(self.script, instructions=options.instructions)
        return self.last
