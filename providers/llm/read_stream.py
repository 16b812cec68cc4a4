"""A model's stream with the tool calls it wrote as text turned into real ones."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)

from providers.llm.say_reader import AnswerReader, AskedTool
from providers.llm.watched_stream import GarbledAnswerError

_TOOL_S = 0.7
"""How long a tool call is waited for behind words that are not said: the caller hears nothing."""


class ReadStream:
    """Passes on the chunks of `stream`, their text as `reader` reads it.

    Args:
        stream: Chunks with at most one tool call each.
        reader: Tells words and calls apart.
        silence_allowed: An answer without words or tools is no fault.
        wrote: Told when a call was among the words.
        over: Says that no more words are wanted; a tool is waited for a little longer.
    """

    def __init__(
        self,
        stream: Any,
        reader: AnswerReader,
        *,
        silence_allowed: bool,
        wrote: Callable[[], None],
        over: Callable[[], bool],
    ) -> None:
        self._stream = stream
        self._reader = reader
        self._silence_allowed = silence_allowed
        self._wrote = wrote
        self._over = over
        self._over_s: float | None = None
        self._native: set[int] = set()
        self._words = False

    async def __aiter__(self) -> AsyncGenerator[ChatCompletionChunk, None]:
        """Yields chunks.

        Raises:
            GarbledAnswerError: there is neither a word nor a call in the answer.
        """
        last: ChatCompletionChunk | None = None
        async with aclosing(aiter(self._stream)) as chunks:
            async for chunk in chunks:
                last = chunk
                yield self._read(chunk)
                if self._enough():
                    break
        text, calls = self._reader.finish()
        if calls:
            self._wrote()
        if last is not None and text.strip():
            self._words = True
            yield _chunk(last, ChoiceDelta(content=text))
        for number, call in enumerate(calls, start=len(self._native)):
            if last is not None:
                yield _chunk(last, ChoiceDelta(tool_calls=[_call(number, call)]))
        if not (self._words or calls or self._native or self._silence_allowed):
            raise GarbledAnswerError("the answer holds nothing to say or do")

    async def close(self) -> None:
        """Gives the connection back."""
        await self._stream.close()

    def _enough(self) -> bool:
        """Whether what is still to come is nothing to wait for."""
        if self._native or not self._over():
            return False
        now_s = asyncio.get_running_loop().time()
        self._over_s = self._over_s or now_s
        return now_s - self._over_s > _TOOL_S

    def _read(self, chunk: ChatCompletionChunk) -> ChatCompletionChunk:
        delta = chunk.choices[0].delta if chunk.choices else None
        if delta is None:
            return chunk
        if getattr(delta, "tool_calls", None):
            self._native |= {call.index for call in delta.tool_calls or []}
            return chunk
        if not delta.content:
            return chunk
        text = self._reader.feed(delta.content)
        self._words = self._words or bool(text.strip())
        read = chunk.model_copy(deep=True)
        read.choices[0].delta.content = text
        return read


def _call(index: int, call: AskedTool) -> ChoiceDeltaToolCall:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return ChoiceDeltaToolCall(
        index=index,
        id=f"written_{index}",
        type="function",
        function=ChoiceDeltaToolCallFunction(name=call.name, arguments=arguments),
    )


def _chunk(like: ChatCompletionChunk, delta: ChoiceDelta) -> ChatCompletionChunk:
    choice = Choice(index=0, delta=delta, finish_reason=None)
    return ChatCompletionChunk(
        id=str(getattr(like, "id", "")),
        choices=[choice],
        created=0,
        model=like.model,
        object="chat.completion.chunk",
    )
