"""Invitations: a link that works once, and tells nothing about who has an account."""

import pytest
from sqlalchemy import text

from receptionist.admin.account_repository import AccountRepository
from receptionist.admin.credentials import Credentials
from receptionist.admin.errors import (
    ConflictError,
    LinkError,
    WrongCredentialsError,
)
from receptionist.admin.link_repository import LINK_LASTS
from receptionist.admin.permissions import Permission, Role
from receptionist.admin.principals import Principal, permissions_of
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.users import Users
from tests.receptionist.admin.house import (
    HERE,
    NEW_PASSWORD,
    PASSWORD,
    ROOT,
    House,
    everywhere,
    on,
)

pytestmark = pytest.mark.integration

ANNA, BOB = "anna@example.com", "bob@example.com"


async def as_he_is(house: House, user: Principal) -> Principal:
    """Returns somebody with what he may do by now."""
    grants = (await house.seen(user)).roles
    return Principal(kind="user", id=user.id, name=user.name, on=permissions_of(grants))


async def test_an_invitation_is_taken_up_once_within_an_hour(house: House) -> None:
    users, service = Users(house.context), Credentials(house.context)
    invited = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    assert (invited.user.state, invited.user.name) == ("invited", "")
    house.clock.at += LINK_LASTS
    with pytest.raises(LinkError):
        await service.redeem(invited.link.token, PASSWORD, HERE)
    again = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    await service.redeem(again.link.token, PASSWORD, HERE)
    with pytest.raises(LinkError):
        await service.redeem(again.link.token, NEW_PASSWORD, HERE)
    user = await users.one(ROOT, invited.user.id)
    assert (user.state, user.name, user.roles) == ("active", "Anna", tuple(on("acme", Role.EDITOR)))


async def test_a_second_invitation_ends_the_first(house: House) -> None:
    users, service = Users(house.context), Credentials(house.context)
    first = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    second = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    with pytest.raises(LinkError):
        await service.redeem(first.link.token, PASSWORD, HERE)
    assert await service.redeem(second.link.token, PASSWORD, HERE)


async def test_who_has_an_account_is_invited_as_if_he_had_none_and_shows_its_password(
    house: House,
) -> None:
    await house.add("known@example.com", *on("other", Role.OWNER))
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    users, service = Users(house.context), Credentials(house.context)
    known = await users.invite(admin, "known@example.com", "K", on("acme", Role.EDITOR))
    new = await users.invite(admin, "new@example.com", "N", on("acme", Role.EDITOR))
    hidden = {"id": "", "email": ""}
    assert known.user.model_copy(update=hidden) == new.user.model_copy(update=hidden)
    listed = [one for one in await users.all(admin) if one.state == "invited"]
    assert [(one.name, one.roles) for one in listed] == [("", tuple(on("acme", Role.EDITOR)))] * 2
    with pytest.raises(WrongCredentialsError):
        await service.redeem(known.link.token, NEW_PASSWORD, HERE)
    await service.redeem(known.link.token, PASSWORD, HERE)
    user = await users.one(ROOT, known.user.id)
    assert {grant.scope for grant in user.roles} == {"acme", "other"}
    signed_in = await SignIn(house.context).with_password("known@example.com", PASSWORD, HERE)
    assert isinstance(signed_in, Started)


async def test_a_role_counts_once_the_invitation_is_taken_up(house: House) -> None:
    anna = await house.add(ANNA, *on("other", Role.EDITOR))
    await Users(house.context).invite(ROOT, BOB, "Bob", on("acme", Role.OWNER))
    await Users(house.context).invite(
        await house.add("c@example.com", *on("acme", Role.OWNER)), ANNA, "A", on("acme", Role.OWNER)
    )
    async with house.context.database.read() as session:
        query = "SELECT count(*) FROM membership WHERE invitation IS NULL AND scope = 'acme'"
        assert await session.scalar(text(query)) == 1
    assert len((await house.seen(anna)).roles) == 2


async def test_an_invitation_is_not_taken_up_with_that_of_somebody_else(house: House) -> None:
    owner = await house.add("o@example.com", *on("acme", Role.OWNER))
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    users = Users(house.context)
    await users.invite(owner, ANNA, "Anna", on("acme", Role.OWNER))
    weak = await users.invite(admin, ANNA, "Anna", on("acme", Role.EDITOR))
    anna = await Credentials(house.context).redeem(weak.link.token, PASSWORD, HERE)
    async with house.context.database.read() as session:
        query = "SELECT role FROM membership WHERE invitation IS NULL AND account_id = :id"
        assert list(await session.scalars(text(query), {"id": anna.id})) == ["editor"]


async def test_who_is_here_is_not_invited_again(house: House) -> None:
    await house.add(ANNA, *on("acme", Role.EDITOR))
    with pytest.raises(ConflictError):
        await Users(house.context).invite(ROOT, ANNA, "Anna", on("acme", Role.OWNER))


async def test_roles_of_somebody_who_is_invited_wait_with_the_invitation(house: House) -> None:
    users = Users(house.context)
    invited = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    await users.set_roles(
        ROOT, invited.user.id, on("acme", Role.EDITOR, Role.ANALYST), invited.user.etag
    )
    anna = await Credentials(house.context).redeem(invited.link.token, PASSWORD, HERE)
    assert (await as_he_is(house, anna)).may(Permission.ANALYTICS_READ, "acme")


async def test_an_invitation_that_was_taken_back_gives_nothing(house: House) -> None:
    users = Users(house.context)
    invited = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    await users.set_roles(ROOT, invited.user.id, [], invited.user.etag)
    anna = await Credentials(house.context).redeem(invited.link.token, PASSWORD, HERE)
    assert (await house.seen(anna)).roles == ()


async def test_a_role_given_without_a_link_waits_for_one_of_its_own(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    users, service = Users(house.context), Credentials(house.context)
    invited = await users.invite(ROOT, ANNA, "Anna", on("acme", Role.EDITOR))
    gone = await users.set_roles(ROOT, invited.user.id, [], invited.user.etag)
    await users.set_roles(ROOT, invited.user.id, everywhere(Role.OWNER), gone.etag)
    weak = await users.invite(admin, ANNA, "Anna", on("acme", Role.EDITOR))
    anna = await service.redeem(weak.link.token, PASSWORD, HERE)
    async with house.context.database.read() as session:
        assert await AccountRepository(session).grants(anna.id) == tuple(on("acme", Role.EDITOR))
