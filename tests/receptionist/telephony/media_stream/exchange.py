"""The running application as carriers reach it, and their API beside it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiohttp import web
from fastapi import FastAPI

from receptionist.app import create_app
from receptionist.calls.session import CallSession
from receptionist.supervisor import Supervisor
from receptionist.web_server import WebServer, web_config
from tests.receptionist.telephony.media_stream.carrier_peers import (
    PEERS,
    TOKEN,
    Asked,
    GenesysPeer,
    Peer,
    VonagePeer,
)
from tests.receptionist.telephony.media_stream.telephone import (
    Ordered,
    Telephone,
    decoded,
    on_stream,
)
from tests.receptionist.telephony.scripted_line import scripted
from tests.waiting import until

SECRETS = {
    "CARRIER_TOKEN": TOKEN,
    "CARRIER_PEM": VonagePeer.pem,
    "CARRIER_SECRET": GenesysPeer.client_secret,
}


class Exchange:
    """Carriers on one side, the product on the other.

    Attributes:
        base: Where the product is.
        orders: What the carriers' APIs were asked to do.
        status: What they answer.
    """

    def __init__(
        self, base: str, supervisor: Supervisor, app: FastAPI, client: httpx2.AsyncClient
    ) -> None:
        self.base = base
        self.supervisor = supervisor
        self.orders: list[Ordered] = []
        self.status = 200
        self._app = app
        self._client = client
        self._ordered = asyncio.Condition()

    async def send(self, asked: Asked) -> httpx2.Response:
        """Sends a webhook."""
        return await self._client.request(
            asked.method, self.base + asked.path, content=asked.body, headers=asked.headers
        )

    async def told(self, peer: Peer, url: str, fields: dict[str, Any]) -> str:
        """Sends a webhook to an address it was given, and returns the answer."""
        assert url.startswith(self.base)
        answer = await self.send(peer.signed(url.removeprefix(self.base), fields))
        assert answer.status_code == 200, answer.text
        return answer.text

    async def order(self, request: web.Request) -> web.Response:
        """Takes a request for an API."""
        async with self._ordered:
            self.orders.append(
                Ordered(
                    request.method,
                    request.path,
                    decoded(await request.text()),
                    request.headers.get("Authorization", ""),
                )
            )
            self._ordered.notify_all()
        return web.json_response({}, status=self.status)

    async def ordered(self, wanted: Callable[[Ordered], bool]) -> Ordered:
        """Waits for a request."""
        async with asyncio.timeout(10), self._ordered:
            await self._ordered.wait_for(lambda: any(map(wanted, self.orders)))
        return next(filter(wanted, self.orders))

    async def stream_of(self, peer: Peer) -> str:
        """Announces a call and returns the address of its stream."""
        if isinstance(peer, GenesysPeer):
            return self.base.replace("http", "ws", 1) + peer.asks().path
        answer = await self.send(peer.asks())
        assert answer.status_code == 200, answer.text
        if peer.name == "telnyx":
            order = await self.ordered(
                lambda o: o.path == f"/v2/calls/{peer.call_id}/actions/answer"
            )
            assert order.body["stream_bidirectional_mode"] == "rtp"
            return order.body["stream_url"]
        return peer.stream_url(answer.text)

    @asynccontextmanager
    async def calling(self, peer: Peer) -> AsyncGenerator[Telephone]:
        """Yields a telephone on a call."""
        headers = peer.asks().headers if isinstance(peer, GenesysPeer) else None
        async with on_stream(peer, await self.stream_of(peer), headers) as telephone:
            yield telephone

    async def session(self) -> CallSession:
        """Waits for the only call and returns it."""
        await until(lambda: self.supervisor.active, 10)
        (session,) = self.supervisor.active.values()
        return session

    async def greeted(self) -> CallSession:
        """Waits until the only caller has been greeted and returns his call."""
        session = await self.session()
        talk = session.conversation
        await talk.when(lambda: talk.callers_turn)
        return session

    async def quiet(self) -> None:
        """Waits until no call is left."""
        await until(lambda: len(self._app.state.carrier_calls) == 0, 15)


@asynccontextmanager
async def exchange(folder: Path, **how: Any) -> AsyncGenerator[Exchange]:
    """Yields the application with an account at every carrier; `how` is given to `scripted`."""
    with loopback() as product, loopback() as api:
        base = f"http://127.0.0.1:{product.getsockname()[1]}"
        api_url = f"http://127.0.0.1:{api.getsockname()[1]}"
        accounts = {peer.name: peer(base).account(api_url) for peer in PEERS}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in SECRETS.items():
                environment.setenv(name, value)
            async with (
                scripted(folder, public_url=base, carriers=accounts, **how) as supervisor,
                httpx2.AsyncClient() as client,
            ):
                app = create_app(supervisor)
                ready = Exchange(base, supervisor, app, client)
                async with serving_api(ready, api), serving(app, product):
                    yield ready


def loopback() -> socket.socket:
    """Returns a socket that listens on a free port."""
    return socket.create_server(("127.0.0.1", 0))


@asynccontextmanager
async def serving(app: FastAPI, listener: socket.socket) -> AsyncGenerator[None]:
    """Serves the application as `receptionist serve` does."""
    server = WebServer(web_config(app))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def serving_api(ready: Exchange, listener: socket.socket) -> AsyncGenerator[None]:
    """Serves the carriers' APIs."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", ready.order)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await runner.cleanup()
