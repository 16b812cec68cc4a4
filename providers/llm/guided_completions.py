"""Chat completions that say only what the call's guide admits, with tools in either form."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMInvocationParams
from pipecat.frames.frames import FunctionCallFromLLM
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.base_llm import BaseOpenAILLMService

from providers.contracts import Guide
from providers.llm.json_answers import as_json_answers
from providers.llm.read_stream import ReadStream
from providers.llm.say_reader import SayReader
from providers.llm.written_calls import WrittenCalls

ToolMode = Literal["native", "json", "auto"]


class ToolHabits:
    """How a model is asked for tools; what one call learns of it, the others know.

    Args:
        mode: `native` uses tool calls, `json` JSON answers; `auto` begins with the first and
            changes to the second for a model that writes its calls among its words.
    """

    def __init__(self, mode: ToolMode) -> None:
        self._mode = mode
        self._writes = False

    @property
    def in_json(self) -> bool:
        """Whether answers are asked for in JSON."""
        return self._mode == "json" or (self._mode == "auto" and self._writes)

    def wrote_a_call(self) -> None:
        """Notes that the model has written a call among its words."""
        self._writes = True


class GuidedCompletions(BaseOpenAILLMService):
    """Put before a service class.

    Attributes:
        guide: Keeps the model to what is known; None lets it say what it likes.
        habits: How it is asked for tools.
        budget_tokens: Longest conversation it is given to read.
    """

    guide: Guide | None = None
    habits = ToolHabits("native")
    budget_tokens = 6000

    async def get_chat_completions(self, context: LLMContext) -> Any:
        """Asks the model and returns its answer with written tool calls made real."""
        asked = self._briefed(context) if self.guide else context
        in_json, names = self.habits.in_json, _names(context)
        stream = await super().get_chat_completions(asked)
        reader = SayReader() if in_json else WrittenCalls(names)
        return ReadStream(
            stream,
            reader,
            silence_allowed=not _caller_waits(context),
            wrote=self.habits.wrote_a_call,
            over=lambda: self.guide is not None and self.guide.over,
        )

    def build_chat_completion_params(
        self, params_from_context: OpenAILLMInvocationParams
    ) -> dict[str, Any]:
        """Returns the parameters of the request in the form the model is used to."""
        params = cast("dict[str, Any]", super().build_chat_completion_params(params_from_context))
        return as_json_answers(params) if self.habits.in_json else params

    def _briefed(self, context: LLMContext) -> LLMContext:
        assert self.guide
        brief = self.guide.brief(_messages(context), budget_tokens=self.budget_tokens)
        self._settings.system_instruction = brief.instructions
        messages: Any = list(brief.messages)
        tools: Any = context.tools
        choice: Any = context.tool_choice
        return LLMContext(messages, tools=tools, tool_choice=choice)

    async def _push_llm_text(self, text: str) -> None:
        said = self.guide.admit(text) if self.guide else text
        if said:
            await super()._push_llm_text(said)

    async def run_function_calls(self, function_calls: Sequence[FunctionCallFromLLM]) -> None:
        """Says what came before the tools, then runs them."""
        await self._say_rest(acts=bool(function_calls))
        await super().run_function_calls(function_calls)

    async def _process_context(self, context: LLMContext) -> None:
        await super()._process_context(context)
        await self._say_rest(acts=False)

    async def _say_rest(self, *, acts: bool) -> None:
        rest = self.guide.finish(acts=acts) if self.guide else ""
        if rest:
            await super()._push_llm_text(rest)


def _names(context: LLMContext) -> frozenset[str]:
    if not isinstance(context.tools, ToolsSchema):
        return frozenset()
    return frozenset(tool.name for tool in context.tools.standard_tools)


def _messages(context: LLMContext) -> list[Mapping[str, Any]]:
    messages: list[Any] = list(context.get_messages())
    return [message for message in messages if isinstance(message, Mapping)]


def _caller_waits(context: LLMContext) -> bool:
    messages = _messages(context)
    return bool(messages) and messages[-1].get("role") == "user"
