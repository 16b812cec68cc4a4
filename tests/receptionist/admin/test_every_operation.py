"""Every operation below /api/v1 lets in whom it declares, and nobody else.

What is expected is computed from the table of permissions; who adds an operation adds nothing here.
"""

from collections.abc import AsyncGenerator, Iterable

import httpx2 as httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, Depends, FastAPI

from receptionist.admin.door import CSRF_HEADER, Door
from receptionist.admin.entrance import Anyone, Permitted, SignedIn, permitted
from receptionist.admin.keys import Keys
from receptionist.admin.permissions import (
    INSTALLATION,
    INSTALLATION_ONLY,
    PEOPLE_ONLY,
    Permission,
    Role,
    granted,
)
from receptionist.app import create_app
from receptionist.database import Database
from tests.receptionist.admin.house import ROOT, Browser, House, everywhere, on
from tests.receptionist.admin.operations import Operation, body_of, operations
from tests.receptionist.telephony.scripted_line import scripted

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

WIDGET_SITE = "https://www.example.com"
"""It shows the call button, and may ask for nothing else."""
REFUSED = {"not_signed_in", "forbidden", "csrf", "too_often"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def built(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[tuple[FastAPI, House]]:
    """The product's own application, with a clock that is moved by hand."""
    folder = tmp_path_factory.mktemp("line")
    async with (
        scripted(folder, widget_origins=[WIDGET_SITE]) as line,
        await Database.open("", folder / "data") as database,
    ):
        app = create_app(line)
        house = await House.build(database)
        async with app.router.lifespan_context(app):
            app.state.door = Door(house.context, house.clock.monotonic_s, "")
            yield app, house


@pytest.fixture
def app(built: tuple[FastAPI, House]) -> FastAPI:
    return built[0]


@pytest.fixture
def house(built: tuple[FastAPI, House]) -> House:
    built[1].clock.pass_by(hours=1)  # buckets of requests are full again
    return built[1]


class Walk:
    """Asks for one operation after the other, with what it takes."""

    def __init__(self, app: FastAPI, house: House, subject: str) -> None:
        self._app, self._house = app, house
        self._values = {"customer": "acme", "tenant": "acme-desk", "user_id": subject}

    async def ask(self, browser: Browser, operation: Operation, **headers: str) -> tuple[int, str]:
        """Returns status and code of the answer."""
        self._house.clock.pass_by(seconds=2)
        names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
        path = operation.path
        for name in names:
            path = path.replace(f"{{{name}}}", self._values.get(name, "0" * 32))
        sent = {"If-Match": '"x"', **headers}
        answer = await browser.ask(
            operation.method,
            path.removeprefix("/api/v1"),
            json=body_of(self._app, operation),
            headers=sent,
        )
        return answer.status_code, _code(answer)


def _code(answer: httpx.Response) -> str:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json()["code"]) if is_problem else ""


async def walking(app: FastAPI, house: House, name: str) -> Walk:
    """Returns a walk, with somebody of acme whom it is about."""
    subject = await house.add(f"subject-{name}@example.com", *on("acme", Role.EDITOR))
    return Walk(app, house, subject.id)


async def entering(app: FastAPI, house: House, email: str) -> Browser:
    """Returns a browser in which somebody has just signed in."""
    browser = Browser(app)
    answer = await browser.sign_in(email)
    assert answer.is_success, answer.text
    return browser


async def test_every_operation_declares_exactly_once_who_may_ask_for_it(app: FastAPI) -> None:
    found = operations(app)
    assert {"GET /api/v1/users", "POST /api/v1/sign-in"} <= set(map(str, found))
    assert [str(one) for one in found if len(one.declared) != 1] == []
    shown = {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path.startswith("/api/v1")
    }
    assert shown == set(map(str, found))


async def test_only_these_are_open_to_everybody(app: FastAPI) -> None:
    is_open = {str(one) for one in operations(app) if isinstance(one.declared[0], Anyone)}
    assert is_open == {
        "POST /api/v1/sign-in",
        "POST /api/v1/sign-in/code",
        "POST /api/v1/links",
    }


async def test_an_operation_that_declares_nothing_is_found() -> None:
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/forgotten")
    async def forgotten() -> None: ...

    @routes.get("/hidden", include_in_schema=False)
    async def hidden() -> None: ...

    @routes.get("/declared", dependencies=[Depends(permitted(Permission.CALL_READ))])
    async def declared() -> None: ...

    del forgotten, hidden, declared
    app, outer = FastAPI(), APIRouter()
    outer.include_router(routes)
    app.include_router(outer)
    bare = {one.path for one in operations(app) if not one.declared}
    assert bare == {"/api/v1/forgotten", "/api/v1/hidden"}


async def test_nobody_gets_in_who_is_not_known(app: FastAPI, house: House) -> None:
    walk = await walking(app, house, "nobody")
    for operation in operations(app):
        status, code = await walk.ask(Browser(app), operation)
        if isinstance(operation.declared[0], Anyone):
            assert code not in REFUSED, operation
        else:
            assert (status, code) == (401, "not_signed_in"), operation


async def test_a_session_that_is_over_opens_nothing(app: FastAPI, house: House) -> None:
    walk = await walking(app, house, "expired")
    await house.add("expired@example.com", *everywhere(Role.OWNER))
    browser = await entering(app, house, "expired@example.com")
    house.clock.pass_by(hours=13)
    for operation in operations(app):
        if not isinstance(operation.declared[0], Anyone):
            assert await walk.ask(browser, operation) == (401, "not_signed_in"), operation


async def test_no_change_is_made_without_the_token_of_the_session_or_by_another_site(
    app: FastAPI, house: House
) -> None:
    walk = await walking(app, house, "csrf")
    await house.add("csrf@example.com", *everywhere(Role.OWNER))
    browser = await entering(app, house, "csrf@example.com")
    changing = [one for one in operations(app) if one.changes]
    assert changing
    for operation in changing:
        for site in ("https://evil.example", WIDGET_SITE):
            assert await walk.ask(browser, operation, Origin=site) == (403, "csrf"), operation
        if not isinstance(operation.declared[0], Anyone):
            for wrong in ("", "0" * 64):
                asked = await walk.ask(browser, operation, **{CSRF_HEADER: wrong})
                assert asked == (403, "csrf"), operation


async def test_no_page_of_another_site_may_read_an_answer(app: FastAPI) -> None:
    client = Browser(app).client
    for operation in operations(app):
        asking = {"Origin": WIDGET_SITE, "Access-Control-Request-Method": operation.method}
        for method in ("OPTIONS", operation.method):
            answer = await client.request(method, operation.path, headers=asking)
            assert "access-control-allow-origin" not in answer.headers, operation
    asking = {"Origin": WIDGET_SITE, "Access-Control-Request-Method": "POST"}
    answer = await client.options("/api/calls/offer", headers=asking)
    assert answer.headers["access-control-allow-origin"] == WIDGET_SITE


async def test_somebody_of_another_customer_finds_nothing_there(app: FastAPI, house: House) -> None:
    walk = await walking(app, house, "other")
    await house.add("elsewhere@example.com", *on("other", Role.OWNER))
    browser = await entering(app, house, "elsewhere@example.com")
    for operation in operations(app):
        declared = operation.declared[0]
        if isinstance(declared, Permitted):
            status, code = await walk.ask(browser, operation)
            if operation.on_customer or (
                "{" in operation.path and declared.permission not in INSTALLATION_ONLY
            ):
                assert (status, code) == (404, "not_found"), operation


@pytest.mark.parametrize("scope", ["acme", INSTALLATION])
@pytest.mark.parametrize("role", Role)
async def test_each_role_may_what_the_table_says(
    app: FastAPI, house: House, role: Role, scope: str
) -> None:
    name = f"{role}-{scope.strip('@')}"
    walk = await walking(app, house, name)
    email = f"{name}@example.com"
    await house.add(email, *on(scope, role))
    browser = await entering(app, house, email)
    for operation in operations(app):
        declared = operation.declared[0]
        if isinstance(declared, Permitted):
            status, code = await walk.ask(browser, operation)
            if declared.permission in granted(role, scope):
                assert code not in REFUSED, operation
                assert (status, code) != (404, "not_found") or "{" in operation.path, operation
            else:
                assert (status, code) == (403, "forbidden"), operation


async def test_a_key_may_what_its_scopes_say(app: FastAPI, house: House) -> None:
    walk = await walking(app, house, "key")
    possible = set(Permission) - PEOPLE_ONLY
    for operation in operations(app):
        declared = operation.declared[0]
        if isinstance(declared, Anyone):
            continue
        wanted = declared.permission if isinstance(declared, Permitted) else None
        without = await _bearer(house, possible - {wanted})
        status, code = await walk.ask(Browser(app), operation, Authorization=without)
        if declared == SignedIn(programs=True):
            assert code not in REFUSED, operation
            continue
        assert (status, code) == (403, "forbidden"), operation
        if wanted in possible:
            having = await _bearer(house, {wanted})
            _, code = await walk.ask(Browser(app), operation, Authorization=having)
            assert code not in REFUSED, operation


async def test_somebody_without_a_role_may_nothing(app: FastAPI, house: House) -> None:
    walk = await walking(app, house, "bare")
    await house.add("bare@example.com")
    browser = await entering(app, house, "bare@example.com")
    for operation in operations(app):
        if isinstance(operation.declared[0], Permitted):
            refused = (404, "not_found") if operation.on_customer else (403, "forbidden")
            assert await walk.ask(browser, operation) == refused, operation


async def test_callers_need_not_sign_in(app: FastAPI) -> None:
    browser = Browser(app)
    for path in ("/", "/health", "/api/tenant", "/api/calls/ice", "/metrics", "/call/call.js"):
        assert (await browser.client.get(path)).status_code == 200, path


async def _bearer(house: House, permissions: Iterable[Permission | None]) -> str:
    named = {one for one in permissions if one is not None}
    made = await Keys(house.context).make(ROOT, "walk", INSTALLATION, named, 1)
    return f"Bearer {made.shown}"
