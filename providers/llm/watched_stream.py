"""A language model's answer, chunk by chunk, each within its time and of the right shape."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from openai.types.chat import ChatCompletionChunk

_AFTER_FINISH_S = 0.25
"""How long the token count may lag behind the last word; tools wait for the stream's end."""


class LateAnswerError(TimeoutError):
    """The answer did not begin, go on or end in time."""


class BrokenAnswerError(ConnectionError):
    """The stream ended before the answer did."""


class GarbledAnswerError(ValueError):
    """What came is no chat completion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for the first token, between two chunks and for the whole answer."""

    first_token_s: float
    stall_s: float
    total_s: float


class WatchedStream:
    """Passes on the chunks of `stream` and raises when they stop coming or make no sense.

    Args:
        stream: What the endpoint sends.
        patience: How long to wait.
        started_s: When the request was made, on the loop's clock.
        silence_allowed: An answer without words or tools is no fault.
    """

    def __init__(
        self, stream: Any, *, patience: Patience, started_s: float, silence_allowed: bool
    ) -> None:
        self._stream = stream
        self._patience = patience
        self._started_s = started_s
        self._silence_allowed = silence_allowed
        self._spoke = False
        self._finished = False

    async def __aiter__(self) -> AsyncGenerator[ChatCompletionChunk, None]:
        """Yields chunks with at most one tool call each.

        Raises:
            LateAnswerError: nothing came in time.
            BrokenAnswerError: the stream ended in the middle of the answer.
            GarbledAnswerError: something came that is no answer.
        """
        chunks: AsyncIterator[Any] = aiter(self._stream)
        while (chunk := await self._receive(chunks)) is not None:
            for part in _parts(chunk):
                self._note(part)
                yield part
        self._check_end()

    async def close(self) -> None:
        """Gives the connection back."""
        await self._stream.close()

    async def _receive(self, chunks: AsyncIterator[Any]) -> Any:
        try:
            async with asyncio.timeout_at(self._deadline_s()):
                return await anext(chunks, None)
        except TimeoutError as error:
            if self._finished:
                return None
            waited_s = asyncio.get_running_loop().time() - self._started_s
            what = "the answer stalled" if self._spoke else "no first token"
            raise LateAnswerError(f"{what}, {waited_s * 1000:.0f} ms after the request") from error

    def _deadline_s(self) -> float:
        end_s = self._started_s + self._patience.total_s
        if not self._spoke and not self._finished:
            return min(end_s, self._started_s + self._patience.first_token_s)
        wait_s = _AFTER_FINISH_S if self._finished else self._patience.stall_s
        return min(end_s, asyncio.get_running_loop().time() + wait_s)

    def _note(self, chunk: ChatCompletionChunk) -> None:
        for choice in chunk.choices:
            if choice.delta and (choice.delta.content or choice.delta.tool_calls):
                self._spoke = True
            if choice.finish_reason:
                self._finished = True

    def _check_end(self) -> None:
        if not self._finished:
            if self._spoke:
                raise BrokenAnswerError("the stream ended in the middle of the answer")
            raise GarbledAnswerError("the stream ended without an answer")
        if not self._spoke and not self._silence_allowed:
            raise GarbledAnswerError("the answer is empty")


def _parts(chunk: Any) -> Iterator[ChatCompletionChunk]:
    """Checks a chunk and splits it where it holds several tool calls.

    The SDK builds chunks without checking them, and pipecat reads the first tool call of each.
    """
    if not isinstance(chunk, ChatCompletionChunk) or not _well_formed(chunk):
        raise GarbledAnswerError("the stream holds something that is no chat completion")
    calls = chunk.choices[0].delta.tool_calls if chunk.choices and chunk.choices[0].delta else None
    if not calls or len(calls) < 2:
        yield chunk
        return
    for call in calls:
        part = chunk.model_copy(deep=True)
        part.choices[0].delta.tool_calls = [call]
        yield part


def _well_formed(chunk: ChatCompletionChunk) -> bool:
    for name in ("choices", "usage", "model"):
        if not hasattr(chunk, name):
            return False
    choices: Any = chunk.choices
    if not isinstance(choices, list):
        return False
    return all(_choice_well_formed(choice) for choice in choices)


def _choice_well_formed(choice: Any) -> bool:
    if not hasattr(choice, "delta") or not hasattr(choice, "finish_reason"):
        return False
    delta = choice.delta
    if delta is None:
        return True
    content = getattr(delta, "content", None)
    calls = getattr(delta, "tool_calls", None)
    if not isinstance(content, str | None) or not isinstance(calls, list | None):
        return False
    return all(isinstance(getattr(call, "index", None), int) for call in calls or [])
