"""A chat-completions server on loopback that answers from a script."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Endpoint:
    """A chat-completions server that answers from a script."""

    answers: list[Answer]
    base_url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    peers: list[Any] = field(default_factory=list[Any])
    model_lists: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.keys.append(request.headers["Authorization"])
        self._note_peer(request)
        answer = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        try:
            return await answer(request)
        except (asyncio.CancelledError, ConnectionResetError):
            self.gone.set()
            raise

    async def models(self, request: web.Request) -> web.StreamResponse:
        self.model_lists += 1
        self._note_peer(request)
        return web.json_response({"object": "list", "data": []})

    def _note_peer(self, request: web.Request) -> None:
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername"))


@asynccontextmanager
async def serving(*answers: Answer) -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint(list(answers))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.complete)
    app.router.add_get("/v1/models", endpoint.models)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield endpoint
    finally:
        await runner.cleanup()


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }
    return f"data: {json.dumps(body)}\n\n"


def call(index: int, name: str, arguments: str) -> dict[str, Any]:
    return {
        "index": index,
        "id": f"call_{index}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop") + "data: [DONE]\n\n"
HANG = "hang"
DROP = "drop"


def words(text: str) -> str:
    return "".join(chunk({"content": word + " "}) for word in text.split())


def stream(*parts: str | bytes) -> Answer:
    """Sends the parts; HANG waits for the client to go, DROP cuts the connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for part in parts:
            if part == HANG:
                await asyncio.Event().wait()
            elif part == DROP:
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError
            else:
                await response.write(part.encode() if isinstance(part, str) else part)
        return response

    return answer


def status(code: int, error_code: str = "x", retry_after: str = "60") -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        body = {"error": {"message": "no", "type": "t", "code": error_code}}
        return web.json_response(body, status=code, headers={"Retry-After": retry_after})

    return answer


async def never(request: web.Request) -> web.StreamResponse:
    del request
    await asyncio.Event().wait()
    raise AssertionError
