"""Where carriers turn to: webhooks over HTTP, streams over WebSockets."""

import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from receptionist.errors import NotFoundError
from receptionist.problems import documented
from receptionist.telephony.media_stream.calls import CarrierCalls
from receptionist.telephony.media_stream.contract import Reply, Webhook
from receptionist.telephony.media_stream.wire import POLICY, close

REPLY: dict[str, Any] = {
    "description": "What the carrier is to do, in its own language.",
    "content": {"application/xml": {}, "application/json": {}},
}

RESPONSES: dict[int | str, dict[str, Any]] = {200: REPLY, **documented(403, 404, 413)}


def carrier_routes(calls: Callable[[], CarrierCalls]) -> APIRouter:
    """Returns the routes; `calls` gives the calls of the running application."""
    routes = APIRouter(prefix="/carriers/{carrier}", tags=["carriers"])
    announced = {**RESPONSES, **documented(503)}

    @routes.get(
        "/answer", response_class=Response, responses=announced, operation_id="carrier_asks"
    )
    @routes.post(
        "/answer", response_class=Response, responses=announced, operation_id="carrier_posts"
    )
    async def answer(carrier: str, request: Request) -> Response:
        """Answers a call that a carrier announces; the request carries the carrier's signature."""
        running = calls()
        webhook = await webhook_of(request, running)
        return _response(await running.arrive(running.carrier(carrier), webhook))

    _add_transfers(routes, calls)
    _add_streams(routes, calls)
    return routes


def _add_transfers(routes: APIRouter, calls: Callable[[], CarrierCalls]) -> None:
    @routes.post("/transfers/{token}/dial", response_class=Response, responses=RESPONSES)
    async def dial(carrier: str, token: str, request: Request) -> Response:
        """Tells a carrier whom to ring for a caller who is put through."""
        running = calls()
        webhook = await webhook_of(request, running)
        return _response(running.dial(running.carrier(carrier), webhook, token))

    @routes.post("/transfers/{token}/ask", response_class=Response, responses=RESPONSES)
    async def ask(carrier: str, token: str, request: Request) -> Response:
        """Tells a carrier what to say to whoever has answered for a caller."""
        running = calls()
        webhook = await webhook_of(request, running)
        return _response(await running.ask(running.carrier(carrier), webhook, token))

    @routes.post("/transfers/{token}/result", response_class=Response, responses=RESPONSES)
    async def result(carrier: str, token: str, request: Request) -> Response:
        """Takes from a carrier how the ringing ended."""
        running = calls()
        webhook = await webhook_of(request, running)
        return _response(running.result(running.carrier(carrier), webhook, token))


def _add_streams(routes: APIRouter, calls: Callable[[], CarrierCalls]) -> None:
    @routes.websocket("/streams/{token}")
    @routes.websocket("/stream")
    async def stream(carrier: str, socket: WebSocket) -> None:
        running = calls()
        try:
            known = running.carrier(carrier)
        except NotFoundError:
            await close(socket, POLICY)
            return
        if token := socket.path_params.get("token"):
            await running.stream(known, token, socket)
        else:
            await running.signed_stream(known, _asked(socket, running, b"", "GET"), socket)


async def webhook_of(request: Request, calls: CarrierCalls) -> Webhook:
    """Returns a request as its carrier has sent it, whatever stands in between."""
    return _asked(request, calls, await request.body(), request.method)


def _asked(connection: HTTPConnection, calls: CarrierCalls, body: bytes, method: str) -> Webhook:
    scope = connection.scope
    path = scope.get("raw_path", connection.url.path.encode()).decode("ascii", "replace")
    query = scope.get("query_string", b"").decode("ascii", "replace")
    headers = Headers(scope=scope)
    return Webhook(
        method=method,
        url=calls.public(path.partition("?")[0]) + (f"?{query}" if query else ""),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        now_s=time.time(),
    )


def _response(reply: Reply) -> Response:
    return Response(reply.content, media_type=reply.media_type)
