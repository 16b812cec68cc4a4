"""Opens what accounts need, and puts their routes together."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from fastapi import APIRouter, FastAPI, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from providers.errors import ProviderError
from providers.secrets import SecretResolver
from receptionist.admin.context import AdminContext
from receptionist.admin.cookies import NAME
from receptionist.admin.customers import KeptCustomers
from receptionist.admin.door import Door
from receptionist.admin.key_endpoints import key_routes
from receptionist.admin.me_endpoints import me_routes
from receptionist.admin.passwords import Passwords
from receptionist.admin.secret_box import SecretBox, box_in, box_of
from receptionist.admin.sign_in_endpoints import sign_in_routes
from receptionist.admin.user_endpoints import user_routes
from receptionist.database import Database
from receptionist.errors import from_provider
from receptionist.settings import Settings

PREFIX = "/api/v1"

_COOKIE = APIKeyCookie(
    name=NAME,
    auto_error=False,
    scheme_name="session",
    description="A session; its name begins with `__Host-` where TLS is used. Changes need the"
    " header `X-CSRF-Token` too.",
)
_KEY = HTTPBearer(
    auto_error=False, scheme_name="key", bearerFormat="rk_<id>_<secret>", description="A key."
)
SHOWN = [Security(_COOKIE), Security(_KEY)]
"""Tells in OpenAPI how one shows who one is; for every router below /api/v1 but that of signing in.
Who is let in is declared by each operation; see entrance.py."""


@asynccontextmanager
async def open_context(settings: Settings) -> AsyncGenerator[AdminContext]:
    """Opens the database of the accounts.

    Raises:
        ReceptionistError: the database or the key of the installation cannot be used.
    """
    async with await Database.open(settings.database_url, settings.data_dir) as database:
        yield AdminContext(
            database=database,
            now=lambda: datetime.now(UTC),
            passwords=await asyncio.to_thread(Passwords),
            box=_box(settings),
            customers=KeptCustomers(database),
        )


@asynccontextmanager
async def open_door(settings: Settings) -> AsyncGenerator[Door]:
    """Opens the door of an application.

    Raises:
        ReceptionistError: the database or the key of the installation cannot be used.
    """
    async with open_context(settings) as context:
        yield Door(context, time.monotonic, settings.public_url)


def account_routes(settings: Settings) -> APIRouter:
    """Returns the routes about accounts; while they are served, the application has its door."""
    return routes_behind(lambda: open_door(settings))


def routes_behind(opening: Callable[[], AbstractAsyncContextManager[Door]]) -> APIRouter:
    """Returns the routes about accounts behind the door that `opening` opens."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[None]:
        async with opening() as door:
            app.state.door = door
            yield

    routes = APIRouter(prefix=PREFIX, lifespan=opened)
    routes.include_router(sign_in_routes())
    for known in (me_routes(), user_routes(), key_routes()):
        routes.include_router(known, dependencies=SHOWN)
    return routes


def _box(settings: Settings) -> SecretBox:
    if not settings.secret_key:
        return box_in(settings.data_dir)
    try:
        secret = SecretResolver(os.environ)("the accounts", settings.secret_key)
    except ProviderError as error:
        raise from_provider(error) from error
    return box_of(secret)
