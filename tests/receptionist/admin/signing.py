"""Signing in, as tests of it do."""

import pytest
from sqlalchemy import text

from receptionist.admin.errors import WrongCredentialsError
from receptionist.admin.link_repository import NewLink
from receptionist.admin.permissions import Role
from receptionist.admin.principals import Principal
from receptionist.admin.second_factor import NewSecret, SecondFactor
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.totp import STEP_S, code_of, step_at
from tests.receptionist.admin.house import HERE, PASSWORD, House, on

ANNA = "anna@example.com"
EDITOR = on("acme", Role.EDITOR)


async def sign_in(house: House, password: str = PASSWORD, email: str = ANNA) -> Started | NewLink:
    return await SignIn(house.context).with_password(email, password, HERE)


async def fails(house: House, password: str = "wrong", email: str = ANNA) -> str:
    with pytest.raises(WrongCredentialsError) as refused:
        await sign_in(house, password, email)
    return f"{refused.value.code}: {refused.value}"


async def challenged(house: House) -> NewLink:
    found = await sign_in(house)
    assert isinstance(found, NewLink)
    return found


async def with_second_factor(house: House, anna: Principal) -> tuple[bytes, tuple[str, ...]]:
    """Returns the secret of the authenticator, and the recovery codes."""
    service = SecondFactor(house.context)
    new: NewSecret = await service.prepare(anna)
    async with house.context.database.read() as session:
        sealed = await session.scalar(text("SELECT totp_secret FROM account"))
    assert new.secret not in str(sealed)
    secret = house.context.box.open(str(sealed), anna.id)
    codes = await service.confirm(anna, code_of(secret, step_at(house.clock())))
    house.clock.pass_by(seconds=STEP_S)
    return secret, codes


def code_now(house: House, secret: bytes) -> str:
    return code_of(secret, step_at(house.clock()))
