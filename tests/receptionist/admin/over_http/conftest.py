"""What tests of accounts over HTTP share; it is the same on each kind of database."""

from collections.abc import AsyncGenerator

import pytest
from fastapi import FastAPI

from receptionist.admin.permissions import Role
from receptionist.database import Database
from tests.receptionist.admin.house import Browser, House, on
from tests.receptionist.admin.over_http.answers import ANNA


@pytest.fixture
async def house(sqlite: Database) -> House:
    """An installation."""
    return await House.build(sqlite)


@pytest.fixture
async def app(house: House) -> AsyncGenerator[FastAPI]:
    """Its routes, served."""
    async with house.served() as served:
        yield served


@pytest.fixture
async def browser(house: House, app: FastAPI) -> Browser:
    """A browser in which the owner of acme is signed in."""
    await house.add(ANNA, *on("acme", Role.OWNER))
    signed_in = Browser(app)
    assert (await signed_in.sign_in(ANNA)).is_success
    return signed_in
