"""People are let in by those who may, and nobody gets further than that."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from receptionist.admin.credentials import Credentials
from receptionist.admin.errors import (
    ChangedMeanwhileError,
    ConflictError,
    ForbiddenError,
    LinkError,
    WrongCredentialsError,
)
from receptionist.admin.link_repository import LINK_LASTS
from receptionist.admin.permissions import INSTALLATION, Permission, Role
from receptionist.admin.principals import Principal, permissions_of
from receptionist.admin.records import Grant, UserRecord
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.users import Users
from receptionist.errors import NotFoundError, ReceptionistError
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


async def seen(house: House, user: Principal, who: Principal = ROOT) -> UserRecord:
    return await Users(house.context).one(who, user.id)


async def give(house: House, who: Principal, user: Principal, *grants: Grant) -> UserRecord:
    current = await seen(house, user, who)
    return await Users(house.context).set_roles(who, user.id, grants, current.etag)


async def as_he_is(house: House, user: Principal) -> Principal:
    """Returns somebody with what he may do by now."""
    grants = (await seen(house, user)).roles
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
    assert len((await seen(house, anna)).roles) == 2


async def test_an_invitation_is_not_taken_up_with_that_of_somebody_else(house: House) -> None:
    """Whoever may invite to little cannot take up what somebody else has invited to."""
    owner = await house.add("o@example.com", *on("acme", Role.OWNER))
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    users = Users(house.context)
    await users.invite(owner, ANNA, "Anna", on("acme", Role.OWNER))
    weak = await users.invite(admin, ANNA, "Anna", on("acme", Role.EDITOR))
    anna = await Credentials(house.context).redeem(weak.link.token, PASSWORD, HERE)
    async with house.context.database.read() as session:
        query = "SELECT role FROM membership WHERE invitation IS NULL AND account_id = :id"
        assert list(await session.scalars(text(query), {"id": anna.id})) == ["editor"]


async def test_nobody_gives_a_role_that_may_more_than_he(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    users = Users(house.context)
    for grant in [*on("acme", Role.OWNER, Role.APPROVER), *everywhere(Role.AUDITOR)]:
        with pytest.raises(ForbiddenError):
            await users.invite(admin, "new@example.com", "New", [grant])
        with pytest.raises(ForbiddenError):
            await give(house, admin, anna, grant)
        with pytest.raises(ForbiddenError):
            await give(house, admin, admin, *on("acme", Role.ADMIN), grant)
    changed = await give(house, admin, anna, *on("acme", Role.ADMIN))
    assert changed.roles == tuple(on("acme", Role.ADMIN))


async def test_nobody_reaches_somebody_who_may_more_than_he(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    users = Users(house.context)
    for email, grants in {
        "owner@example.com": on("acme", Role.OWNER),
        "both@example.com": [*on("acme", Role.EDITOR), *on("other", Role.ADMIN)],
        "root@example.com": [*on("acme", Role.EDITOR), *everywhere(Role.ANALYST)],
    }.items():
        above = await house.add(email, *grants)
        etag = (await seen(house, above, admin)).etag
        with pytest.raises(ForbiddenError):
            await users.reset(admin, above.id, second_factor=False)
        with pytest.raises(ForbiddenError):
            await users.set_disabled(admin, above.id, True, etag)
        with pytest.raises(ForbiddenError):
            await users.end_sessions(admin, above.id)
    owner = await seen(house, await house.add("o2@example.com", *on("acme", Role.OWNER)), admin)
    with pytest.raises(ForbiddenError):
        await users.set_roles(admin, owner.id, [], owner.etag)


async def test_a_customers_people_see_their_own_alone(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    other = await house.add(ANNA, *on("other", Role.EDITOR))
    both = await house.add("c@example.com", *on("other", Role.EDITOR), *on("acme", Role.EDITOR))
    users = Users(house.context)
    assert {user.email for user in await users.all(admin)} == {BOB, "c@example.com"}
    assert (await seen(house, both, admin)).roles == tuple(on("acme", Role.EDITOR))
    for act in (
        users.one(admin, other.id),
        users.set_roles(admin, other.id, on("acme", Role.EDITOR), None),
        users.set_disabled(admin, other.id, True, None),
        users.reset(admin, other.id, second_factor=True),
        users.end_sessions(admin, other.id),
        users.invite(admin, "x@example.com", "X", on("other", Role.EDITOR)),
        users.invite(admin, "x@example.com", "X", on("no-such", Role.EDITOR)),
        users.set_roles(admin, both.id, on("other", Role.EDITOR), None),
    ):
        with pytest.raises(NotFoundError):
            await act


async def test_roles_elsewhere_stay_as_they_are(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    both = await house.add(ANNA, *on("other", Role.OWNER), *on("acme", Role.EDITOR))
    await give(house, admin, both, *on("acme", Role.ANALYST))
    grants = (await seen(house, both)).roles
    assert set(grants) == {*on("other", Role.OWNER), *on("acme", Role.ANALYST)}
    gone = await give(house, admin, both)
    assert gone.roles == ()
    with pytest.raises(NotFoundError):
        await seen(house, both, admin)


async def test_a_customer_nobody_knows_gets_no_role(house: House) -> None:
    with pytest.raises(NotFoundError):
        await Users(house.context).invite(ROOT, ANNA, "Anna", on("no-such", Role.EDITOR))


async def test_a_change_names_what_it_was_made_on(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    etag = (await seen(house, anna)).etag
    await give(house, ROOT, anna, *on("acme", Role.ANALYST))
    users = Users(house.context)
    with pytest.raises(ChangedMeanwhileError):
        await users.set_roles(ROOT, anna.id, on("acme", Role.EDITOR), etag)
    with pytest.raises(ChangedMeanwhileError):
        await users.set_disabled(ROOT, anna.id, True, etag)


async def test_of_two_changes_at_once_one_is_told(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    users, etag = Users(house.context), (await seen(house, anna)).etag
    ended = await asyncio.gather(
        *(
            users.set_roles(ROOT, anna.id, on("acme", role), etag)
            for role in (Role.ANALYST, Role.OPERATOR, Role.AUDITOR)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, UserRecord) for one in ended) == 1
    assert sum(isinstance(one, ChangedMeanwhileError) for one in ended) == 2


async def test_the_installation_always_has_an_owner(house: House) -> None:
    owner = await house.add(ANNA, *everywhere(Role.OWNER))
    with pytest.raises(ConflictError):
        await give(house, owner, owner)
    with pytest.raises(ConflictError):
        await Users(house.context).set_disabled(ROOT, owner.id, True, None)
    await Users(house.context).invite(ROOT, BOB, "Bob", everywhere(Role.OWNER))
    with pytest.raises(ConflictError):  # an invited one is none yet
        await give(house, owner, owner)
    await house.add("c@example.com", *everywhere(Role.OWNER))
    assert (await give(house, ROOT, owner)).roles == ()


async def test_two_owners_cannot_remove_each_other_at_once(house: House) -> None:
    anna = await house.add(ANNA, *everywhere(Role.OWNER))
    bob = await house.add(BOB, *everywhere(Role.OWNER))
    ended = await asyncio.gather(
        give(house, anna, bob), give(house, bob, anna), return_exceptions=True
    )
    assert sum(isinstance(one, UserRecord) for one in ended) == 1
    assert sum(isinstance(one, ReceptionistError) for one in ended) == 1


async def test_who_is_disabled_is_out_at_once_and_links_do_not_help(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    users, sign_in = Users(house.context), SignIn(house.context)
    await sign_in.with_password(ANNA, PASSWORD, HERE)
    link = await users.reset(ROOT, anna.id, second_factor=False)
    assert (await users.set_disabled(ROOT, anna.id, True, None)).state == "disabled"
    async with house.context.database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM account_session")) == 0
    with pytest.raises(LinkError):
        await Credentials(house.context).redeem(link.token, NEW_PASSWORD, HERE)
    with pytest.raises(WrongCredentialsError):
        await sign_in.with_password(ANNA, PASSWORD, HERE)
    with pytest.raises(ConflictError):
        await users.reset(ROOT, anna.id, second_factor=False)
    assert (await users.set_disabled(ROOT, anna.id, False, None)).state == "active"
    assert await sign_in.with_password(ANNA, PASSWORD, HERE)


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
    assert (await seen(house, anna)).roles == ()


async def test_sessions_are_ended_by_who_may(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    for _ in range(2):
        await SignIn(house.context).with_password(ANNA, PASSWORD, HERE)
    assert await Users(house.context).end_sessions(admin, anna.id) == 2


async def test_somebody_without_a_role_is_seen_by_the_provider_alone(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    await give(house, ROOT, anna)
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    auditor = await house.add("c@example.com", *everywhere(Role.AUDITOR))
    with pytest.raises(NotFoundError):
        await seen(house, anna, admin)
    assert (await seen(house, anna, auditor)).email == ANNA
    house.clock.at += timedelta(days=1)
    assert not (await as_he_is(house, anna)).may(Permission.TENANT_READ, INSTALLATION)
