"""Chat completions that never hang and never fail twice, for every OpenAI-compatible service."""

import asyncio
from collections.abc import Sequence
from typing import Any

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError
from pipecat.frames.frames import FunctionCallFromLLM
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.base_llm import BaseOpenAILLMService
from pipecat.utils.errors import ErrorCategory

from providers.llm.watched_stream import LateAnswerError, Patience, WatchedStream


class WatchedCompletions(BaseOpenAILLMService):
    """Put before a service class: whatever goes wrong is one ErrorFrame in one ended response.

    What was said before stays said.

    Attributes:
        patience: How long to wait.
    """

    patience = Patience(first_token_s=4, stall_s=3, total_s=30)

    async def get_chat_completions(self, context: LLMContext) -> Any:
        """Asks the model and returns its answer as a watched stream."""
        started_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(started_s + self.patience.first_token_s):
                stream = await self._open(context)
        except TimeoutError as error:
            waited_ms = self.patience.first_token_s * 1000
            raise LateAnswerError(f"no answer within {waited_ms:.0f} ms") from error
        return WatchedStream(
            stream,
            patience=self.patience,
            started_s=started_s,
            silence_allowed=not _caller_waits(context),
        )

    async def _open(self, context: LLMContext) -> Any:
        try:
            return await super().get_chat_completions(context)
        except APITimeoutError:
            raise
        except APIConnectionError:
            # The server may have closed the idle connection at this very moment.
            return await super().get_chat_completions(context)

    async def run_function_calls(self, function_calls: Sequence[FunctionCallFromLLM]) -> None:
        """Runs the tools; pipecat has already dropped calls whose arguments are no JSON."""
        if not function_calls:
            await self.push_error(
                "The model called a tool with arguments that are no JSON.",
                category=ErrorCategory.SERVER,
            )
            return
        await super().run_function_calls(function_calls)

    def _classify_error(self, exception: Exception) -> ErrorCategory | None:
        match exception:
            case APIStatusError(code="insufficient_quota"):
                return ErrorCategory.QUOTA
            case APIStatusError():
                return None
            case APIConnectionError():
                return ErrorCategory.CONNECTIVITY
            case APIError() | ValueError():
                return ErrorCategory.SERVER
            case _:
                return None


def _caller_waits(context: LLMContext) -> bool:
    messages: list[Any] = list(context.get_messages())
    return bool(messages) and isinstance(messages[-1], dict) and messages[-1].get("role") == "user"
