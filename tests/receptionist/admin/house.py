"""An installation with two customers and a clock that is moved by hand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI

from receptionist.admin.context import AdminContext
from receptionist.admin.credentials import Credentials
from receptionist.admin.customers import KeptCustomers
from receptionist.admin.door import CSRF_HEADER, Door
from receptionist.admin.opening import routes_behind
from receptionist.admin.passwords import Checked, Passwords
from receptionist.admin.permissions import INSTALLATION, Role
from receptionist.admin.principals import Principal, machine, permissions_of
from receptionist.admin.records import Grant, UserRecord
from receptionist.admin.secret_box import SecretBox
from receptionist.admin.session_repository import Place
from receptionist.admin.users import Users
from receptionist.database import Database
from receptionist.http_guard import HttpGuard
from receptionist.problems import answer_errors
from receptionist.versions.customer_repository import CustomerRepository

PASSWORD = "kettle orbit thistle 9"
NEW_PASSWORD = "marble sofa lantern 4"
PUBLIC_URL = "https://calls.example.com"
HERE = Place(address="192.0.2.7", browser="Mosaic")
ROOT = machine("root")
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)

    def monotonic_s(self) -> float:
        return self.at.timestamp()


@dataclass(slots=True)
class CountedPasswords:
    """argon2id at its cheapest; counts what takes time, and can be out of order."""

    hashing: Passwords = field(default_factory=lambda: Passwords(time_cost=1, memory_kib=8))
    hashed: int = 0
    checked: int = 0
    broken: bool = False

    async def hash(self, password: str) -> str:
        self._work()
        self.hashed += 1
        return await self.hashing.hash(password)

    async def check(self, password: str, kept: str | None) -> Checked:
        self._work()
        self.checked += 1
        return await self.hashing.check(password, kept)

    def _work(self) -> None:
        if self.broken:
            raise RuntimeError("out of order")


@dataclass(slots=True, kw_only=True)
class House:
    """An installation.

    Attributes:
        context: What its services are made of.
        clock: What it goes by.
        passwords: Count.
    """

    context: AdminContext
    clock: Clock
    passwords: CountedPasswords

    @classmethod
    async def build(cls, database: Database) -> "House":
        """Returns one with the customers `acme` and `other`, who have a receptionist each."""
        clock, passwords = Clock(), CountedPasswords()
        context = AdminContext(
            database=database,
            now=clock,
            passwords=passwords,
            box=SecretBox(lambda: bytes(32)),
            customers=KeptCustomers(database),
        )
        async with database.write() as session:
            customers = CustomerRepository(session)
            for name in ("acme", "other"):
                await customers.add(name, f"{name.title()} Holdings", at=NOON)
                await customers.add_tenant(name, f"{name}-desk", author="root", at=NOON)
        return cls(context=context, clock=clock, passwords=passwords)

    async def add(self, email: str, *grants: Grant, password: str = PASSWORD) -> Principal:
        """Returns somebody who has these roles, as he asks."""
        invited = await Users(self.context).invite(ROOT, email, "Anna Bianchi", grants)
        await Credentials(self.context).redeem(invited.link.token, password, HERE)
        return who(invited.user.id, email, *grants)

    async def seen(self, user: Principal, by: Principal = ROOT) -> UserRecord:
        """Returns somebody as `by` sees him."""
        return await Users(self.context).one(by, user.id)

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[FastAPI]:
        """Serves its routes as the product does."""

        @asynccontextmanager
        async def opening() -> AsyncGenerator[Door]:
            yield Door(self.context, self.clock.monotonic_s, PUBLIC_URL)

        app = FastAPI()
        app.add_middleware(HttpGuard)
        answer_errors(app)
        app.include_router(routes_behind(opening))
        async with app.router.lifespan_context(app):
            yield app


class Browser:
    """A browser on this machine, with a page of ours open."""

    def __init__(self, app: FastAPI, base_url: str = "http://127.0.0.1:7800") -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=base_url)
        self.csrf = ""

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Returns the answer to a page of ours."""
        headers = {CSRF_HEADER: self.csrf} if self.csrf else {}
        headers |= request.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **request)

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Signs in, and goes on with what it is told."""
        body = {"email": email, "password": password}
        answer = await self.ask("POST", "/sign-in", json=body)
        if answer.is_success:
            self.csrf = answer.json().get("csrf_token", "")
        return answer


def on(scope: str, *roles: Role) -> list[Grant]:
    """Returns roles on a customer."""
    return [Grant(role=role, scope=scope) for role in roles]


def everywhere(*roles: Role) -> list[Grant]:
    """Returns roles on the installation."""
    return on(INSTALLATION, *roles)


def who(user_id: str, email: str, *grants: Grant) -> Principal:
    """Returns somebody as he asks."""
    return Principal(kind="user", id=user_id, name=email, on=permissions_of(tuple(grants)))
