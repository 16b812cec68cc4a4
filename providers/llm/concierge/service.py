"""The concierge in a pipeline: contexts in, text and tool calls out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
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

from providers.llm.concierge.concierge import Concierge

_CLAUSE = re.compile(r"\S.*?(?:[,;:.?!]+(?=\s)\s*|$)", re.DOTALL)


class ConciergeService(LLMService[Any]):
    """One call's brain as a pipecat service."""

    def __init__(self, concierge: Concierge) -> None:
        super().__init__(
            settings=LLMSettings(
                model="concierge",
                system_instruction=None,
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
        self._concierge = concierge

    def can_generate_metrics(self) -> bool:
        """Tells that times to the first text are measured."""
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; passes everything else on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self._answer(frame.context)
        else:
            await self.push_frame(frame, direction)

    async def _answer(self, context: LLMContext) -> None:
        await self.push_frame(LLMFullResponseStartFrame())
        try:
            await self.start_processing_metrics()
            await self.start_ttfb_metrics()
            reply = self._concierge.respond(_messages(context), _tools(context))
            await self.stop_ttfb_metrics()
            for clause in clauses(reply.text):
                await self._push_llm_text(clause)
            await self.run_function_calls(
                [
                    FunctionCallFromLLM(
                        function_name=call.name,
                        tool_call_id=call.identifier,
                        arguments=call.arguments,
                        context=context,
                    )
                    for call in reply.calls
                ]
            )
        finally:
            await self.stop_processing_metrics()
            await self.push_frame(LLMFullResponseEndFrame())


def clauses(text: str) -> list[str]:
    """Splits text behind its punctuation, so that the first clause can be spoken at once."""
    return [found[0] for found in _CLAUSE.finditer(text)]


def _messages(context: LLMContext) -> Sequence[Mapping[str, Any]]:
    return [
        cast("Mapping[str, Any]", message)
        for message in context.get_messages()
        if isinstance(message, Mapping)
    ]


def _tools(context: LLMContext) -> frozenset[str]:
    if not isinstance(context.tools, ToolsSchema):
        return frozenset()
    return frozenset(tool.name for tool in context.tools.standard_tools)
