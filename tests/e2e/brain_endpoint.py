"""A language model's endpoint on loopback that works, fails in a chosen way, or is not there."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum

from aiohttp import web

from tests.providers.llm.endpoint import (
    DROP,
    HANG,
    ROLE,
    STOP,
    Answer,
    call,
    chunk,
    never,
    status,
    stream,
    words,
)

ANSWER = "We open at nine."
BEGINNING = "Well, let me think about it, we open at"
"""Its first clause is spoken before the sentence breaks off."""


class Mood(StrEnum):
    """What the endpoint does with a question."""

    ANSWERS = "answers"
    SILENT = "silent"
    GARBAGE = "garbage"
    DROPS = "drops"
    STALLS = "stalls"
    DROPS_IN_A_TOOL_CALL = "drops in a tool call"
    DROPS_AFTER_A_TOOL = "drops after a tool"
    SILENT_AFTER_A_TOOL = "silent after a tool"
    BROKEN = "broken"
    BUSY = "busy"
    REFUSES = "refuses"
    ABSENT = "absent"


async def _web_page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>It works!</html>", content_type="text/html")


def _after_a_tool(then: Answer) -> Answer:
    """Looks up the opening hours first."""
    asks = {"tool_calls": [call(0, "check_hours", '{"when": "on Monday"}')]}
    calls = stream(ROLE, chunk(asks), chunk({}, "tool_calls"), "data: [DONE]\n\n")

    async def answer(request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        has_result = any(message["role"] == "tool" for message in messages)
        return await (then if has_result else calls)(request)

    return answer


_HALF_A_CALL = chunk({"tool_calls": [call(0, "check_hours", '{"da')]})

_DOES: Mapping[Mood, Answer] = {
    Mood.ANSWERS: stream(ROLE, words(ANSWER), STOP),
    Mood.SILENT: never,
    Mood.GARBAGE: _web_page,
    Mood.DROPS: stream(ROLE, words(BEGINNING), DROP),
    Mood.STALLS: stream(ROLE, words(BEGINNING), HANG),
    Mood.DROPS_IN_A_TOOL_CALL: stream(ROLE, _HALF_A_CALL, DROP),
    Mood.DROPS_AFTER_A_TOOL: _after_a_tool(stream(ROLE, DROP)),
    Mood.SILENT_AFTER_A_TOOL: _after_a_tool(never),
    Mood.BROKEN: status(500),
    Mood.BUSY: status(429),
    Mood.REFUSES: status(401),
}


class BrainEndpoint:
    """Answers every question as its mood is; not there before the first `turn`."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self._port}/v1"
        self.mood = Mood.ABSENT
        self.asked = 0
        self.probed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def turn(self, mood: Mood) -> None:
        """Changes what it does; going away closes its connections."""
        self.mood = mood
        if mood is Mood.ABSENT and self._runner:
            await self._runner.cleanup()
            self._runner = None
        elif mood is not Mood.ABSENT and self._runner is None:
            app = web.Application()
            app.router.add_post("/v1/chat/completions", self._complete)
            app.router.add_post("/v1/audio/transcriptions", self._complete)
            app.router.add_post("/v1/audio/speech", self._complete)
            app.router.add_get("/v1/models", self._models)
            app.on_response_prepare.append(_close_after)
            self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "application/json" and (await request.json()).get("max_tokens"):
            self.probed.set()
        else:
            self.asked += 1
        return await _DOES[self.mood](request)

    async def _models(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": []})


async def _close_after(_request: web.Request, response: web.StreamResponse) -> None:
    """A connection kept for the next call would look like one this call has leaked."""
    response.force_close()


@asynccontextmanager
async def brain_endpoint() -> AsyncGenerator[BrainEndpoint]:
    """Yields an endpoint that answers."""
    endpoint = BrainEndpoint()
    await endpoint.turn(Mood.ANSWERS)
    try:
        yield endpoint
    finally:
        await endpoint.turn(Mood.ABSENT)
