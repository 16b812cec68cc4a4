"""People are let in by those who may, and nobody gets further than that."""

import asyncio

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
from receptionist.admin.permissions import Role
from receptionist.admin.principals import Principal
from receptionist.admin.records import Grant, UserRecord
from receptionist.admin.sign_in import SignIn
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


async def give(house: House, who: Principal, user: Principal, *grants: Grant) -> UserRecord:
    current = await house.seen(user, who)
    return await Users(house.context).set_roles(who, user.id, grants, current.etag)


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
        etag = (await house.seen(above, admin)).etag
        with pytest.raises(ForbiddenError):
            await users.reset(admin, above.id, second_factor=False)
        with pytest.raises(ForbiddenError):
            await users.set_disabled(admin, above.id, True, etag)
        with pytest.raises(ForbiddenError):
            await users.end_sessions(admin, above.id)
    owner = await house.seen(await house.add("o2@example.com", *on("acme", Role.OWNER)), admin)
    with pytest.raises(ForbiddenError):
        await users.set_roles(admin, owner.id, [], owner.etag)


async def test_a_customers_people_see_their_own_alone(house: House) -> None:
    admin = await house.add(BOB, *on("acme", Role.ADMIN))
    other = await house.add(ANNA, *on("other", Role.EDITOR))
    both = await house.add("c@example.com", *on("other", Role.EDITOR), *on("acme", Role.EDITOR))
    users = Users(house.context)
    assert {user.email for user in await users.all(admin)} == {BOB, "c@example.com"}
    assert (await house.seen(both, admin)).roles == tuple(on("acme", Role.EDITOR))
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
    grants = (await house.seen(both)).roles
    assert set(grants) == {*on("other", Role.OWNER), *on("acme", Role.ANALYST)}
    gone = await give(house, admin, both)
    assert gone.roles == ()
    with pytest.raises(NotFoundError):
        await house.seen(both, admin)


async def test_a_customer_nobody_knows_gets_no_role(house: House) -> None:
    with pytest.raises(NotFoundError):
        await Users(house.context).invite(ROOT, ANNA, "Anna", on("no-such", Role.EDITOR))


async def test_a_change_names_what_it_was_made_on(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    etag = (await house.seen(anna)).etag
    await give(house, ROOT, anna, *on("acme", Role.ANALYST))
    users = Users(house.context)
    with pytest.raises(ChangedMeanwhileError):
        await users.set_roles(ROOT, anna.id, on("acme", Role.EDITOR), etag)
    with pytest.raises(ChangedMeanwhileError):
        await users.set_disabled(ROOT, anna.id, True, etag)


async def test_of_two_changes_at_once_one_is_told(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    users, etag = Users(house.context), (await house.seen(anna)).etag
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
        await house.seen(anna, admin)
    assert (await house.seen(anna, auditor)).email == ANNA
