"""Where an address names a customer or a tenant, what one may do there counts."""

from collections.abc import AsyncGenerator
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI

from receptionist.admin.entrance import permitted
from receptionist.admin.keys import Keys
from receptionist.admin.permissions import Permission, Role
from receptionist.admin.principals import Principal
from tests.receptionist.admin.house import ROOT, Browser, House, everywhere, on
from tests.receptionist.admin.over_http.answers import ANNA

pytestmark = pytest.mark.integration

CallReader = Annotated[Principal, Depends(permitted(Permission.CALL_READ))]


@pytest.fixture
async def app(house: House) -> AsyncGenerator[FastAPI]:
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/customers/{customer}/calls")
    async def of_customer(customer: str, who: CallReader) -> str:
        return f"{who.name} reads {customer}"

    @routes.get("/tenants/{tenant}/calls")
    async def of_tenant(tenant: str, who: CallReader) -> str:
        return f"{who.name} reads {tenant}"

    del of_customer, of_tenant
    async with house.served() as served:
        served.include_router(routes)
        yield served


async def asked(browser: Browser, *paths: str) -> list[int]:
    return [(await browser.ask("GET", path)).status_code for path in paths]


ACME = ("/customers/acme/calls", "/tenants/acme-desk/calls")
OTHER = ("/customers/other/calls", "/tenants/other-desk/calls")
NOWHERE = ("/customers/none/calls", "/tenants/folder/calls")


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ANALYST, 200), (Role.OWNER, 200), (Role.EDITOR, 403)]
)
async def test_a_role_counts_for_its_customer_and_his_tenants(
    house: House, app: FastAPI, role: Role, status: int
) -> None:
    await house.add(ANNA, *on("acme", role))
    browser = Browser(app)
    await browser.sign_in(ANNA)
    assert await asked(browser, *ACME) == [status] * 2
    assert await asked(browser, *OTHER, *NOWHERE) == [404] * 4


async def test_what_others_have_looks_as_if_it_were_not_there(house: House, app: FastAPI) -> None:
    await house.add(ANNA, *on("acme", Role.OWNER))
    browser = Browser(app)
    await browser.sign_in(ANNA)
    there = (await browser.ask("GET", "/tenants/other-desk/calls")).text
    nowhere = (await browser.ask("GET", "/tenants/no-desk/calls")).text
    assert there.replace("other-desk", "X") == nowhere.replace("no-desk", "X")


@pytest.mark.parametrize(("role", "status"), [(Role.ANALYST, 200), (Role.EDITOR, 403)])
async def test_the_provider_has_every_customer_and_the_folders_that_belong_to_none(
    house: House, app: FastAPI, role: Role, status: int
) -> None:
    await house.add(ANNA, *everywhere(role))
    browser = Browser(app)
    await browser.sign_in(ANNA)
    assert await asked(browser, *ACME, *OTHER, *NOWHERE) == [status] * 6


async def test_a_role_elsewhere_helps_nowhere_else(house: House, app: FastAPI) -> None:
    await house.add(ANNA, *on("acme", Role.EDITOR), *on("other", Role.ANALYST))
    browser = Browser(app)
    await browser.sign_in(ANNA)
    assert await asked(browser, *ACME, *OTHER) == [403, 403, 200, 200]


async def test_a_key_stays_on_its_scope(house: House, app: FastAPI) -> None:
    made = await Keys(house.context).make(ROOT, "CRM", "acme", {Permission.CALL_READ}, 1)
    program = Browser(app)
    program.client.headers["Authorization"] = f"Bearer {made.shown}"
    assert await asked(program, *ACME, *OTHER) == [200, 200, 404, 404]
