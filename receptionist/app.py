"""The web application: the page callers talk on, and what it asks for."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import httpx2
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from providers.secrets import SecretResolver
from receptionist.admin.opening import account_routes
from receptionist.http_guard import HttpGuard
from receptionist.metrics import CONTENT_TYPE
from receptionist.problems import answer_errors
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.telephony.browser import BrowserCalls
from receptionist.telephony.browser_endpoints import browser_routes
from receptionist.telephony.ice import IceServers
from receptionist.telephony.media_stream.accounts import carriers_of
from receptionist.telephony.media_stream.calls import CarrierCalls
from receptionist.telephony.media_stream.endpoints import carrier_routes
from receptionist.telephony.widget import WidgetCors, WidgetGate

CALL_PAGE = Path(__file__).parents[1] / "web" / "call"
WIDGET = CALL_PAGE.with_name("widget")
VERSION = version("receptionist")


class Health(BaseModel):
    """Whether calls can be taken."""

    status: Literal["ok", "busy"]
    calls: int = Field(description="Calls that run or are connecting.")
    max_calls: int
    version: str


class Tenant(BaseModel):
    """Whom a caller reaches here."""

    tenant: str
    company: str
    languages: list[str] = Field(description="ISO 639-1 codes; the first is the default.")
    version: str = Field(description="Hash of configuration and texts.")


def create_app(supervisor: Supervisor) -> FastAPI:
    """Returns the application of a process; `supervisor` is started, and closed by its owner.

    Whoever ends the application closes the supervisor first: calls that still run are cut off.

    Raises:
        ConfigurationError: what is set for callers from outside cannot be used.
    """
    settings, client = supervisor.settings, httpx2.AsyncClient()
    secret = SecretResolver(os.environ)
    carriers = carriers_of(settings.carriers, settings.public_url, secret, client)
    servers, gate = _for_browsers(settings, secret)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with client, asyncio.TaskGroup() as group:
            app.state.calls = calls = BrowserCalls(supervisor, group)
            app.state.carrier_calls = of_carriers = CarrierCalls(
                supervisor, group, carriers, settings.public_url
            )
            yield
            calls.close()
            of_carriers.close()

    app = FastAPI(
        title="Receptionist",
        version=VERSION,
        lifespan=lifespan,
        # The pages of documentation load scripts from another host; the description itself stays.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(HttpGuard)
    app.add_middleware(WidgetCors, origins=gate.origins)
    answer_errors(app)
    _add_routes(app, supervisor)
    app.include_router(browser_routes(lambda: app.state.calls, servers, gate))
    app.include_router(carrier_routes(lambda: app.state.carrier_calls))
    app.include_router(account_routes(settings))
    app.mount("/widget", StaticFiles(directory=WIDGET), name="widget")
    app.mount("/call", StaticFiles(directory=CALL_PAGE), name="call")
    return app


def _for_browsers(settings: Settings, secret: SecretResolver) -> tuple[IceServers, WidgetGate]:
    """Returns what browsers are told, and which pages may call."""
    turn = settings.turn_secret and secret("turn", settings.turn_secret)
    signing = settings.widget_secret and secret("widget", settings.widget_secret)
    return (
        IceServers(settings.stun_urls, settings.turn_urls, turn),
        WidgetGate(settings.widget_origins, settings.public_url, signing, time.time),
    )


def _add_routes(app: FastAPI, supervisor: Supervisor) -> None:
    def calls() -> BrowserCalls:
        running: BrowserCalls = app.state.calls
        return running

    def carrier_calls() -> CarrierCalls:
        running: CarrierCalls = app.state.carrier_calls
        return running

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(CALL_PAGE / "index.html")

    @app.get("/health")
    async def health() -> Health:
        """Says whether calls can be taken."""
        running, most = len(calls()) + len(carrier_calls()), supervisor.settings.max_calls
        return Health(
            status="ok" if running < most else "busy",
            calls=running,
            max_calls=most,
            version=VERSION,
        )

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Returns what an operator watches, as Prometheus reads it."""
        return Response(supervisor.metrics.page(), media_type=CONTENT_TYPE)

    @app.get("/api/tenant")
    async def tenant() -> Tenant:
        """Says whom a caller reaches."""
        config = supervisor.snapshot.config
        return Tenant(
            tenant=config.tenant,
            company=config.company,
            languages=list(config.languages),
            version=supervisor.snapshot.version,
        )
