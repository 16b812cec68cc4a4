"""Signing in: what is right gets a session, what is wrong tells nothing."""

import asyncio

import pytest
from sqlalchemy import text

from receptionist.admin.credentials import Credentials
from receptionist.admin.errors import (
    LinkError,
    TooOftenError,
    WeakPasswordError,
    WrongCredentialsError,
)
from receptionist.admin.link_repository import LINK_LASTS
from receptionist.admin.lockout import Lockout
from receptionist.admin.passwords import Passwords
from receptionist.admin.principals import Principal
from receptionist.admin.session_repository import Place, SessionRepository
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.users import Users
from tests.receptionist.admin.house import HERE, NEW_PASSWORD, PASSWORD, ROOT, House
from tests.receptionist.admin.signing import (
    ANNA,
    EDITOR,
    challenged,
    fails,
    sign_in,
    with_second_factor,
)

pytestmark = pytest.mark.integration


async def kinds(house: House) -> list[str]:
    async with house.context.database.read() as session:
        rows = await session.scalars(text("SELECT action FROM audit ORDER BY seq"))
        return list(rows)


async def test_the_right_password_opens_a_session(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    started = await sign_in(house)
    assert isinstance(started, Started)
    assert started.principal.id == anna.id
    async with house.context.database.read() as session:
        sessions = SessionRepository(session)
        found = await sessions.running(started.session.token, house.clock())
        assert found is not None
        assert (found.account_id, found.address, found.browser) == (
            anna.id,
            HERE.address,
            HERE.browser,
        )
        assert await sessions.running(f"{started.session.token}x", house.clock()) is None
        kept = (await session.execute(text("SELECT * FROM account_session"))).all()
    assert started.session.token not in repr(kept)
    assert "session:started" in await kinds(house)


async def test_no_answer_tells_whether_there_is_an_account(house: House) -> None:
    await house.add(ANNA, *EDITOR)
    invited = await Users(house.context).invite(ROOT, "new@example.com", "New", EDITOR)
    disabled = await house.add("gone@example.com", *EDITOR)
    await Users(house.context).set_disabled(ROOT, disabled.id, True, None)
    house.passwords.checked = 0
    answers = {
        await fails(house),
        await fails(house, PASSWORD, "nobody@example.com"),
        await fails(house, PASSWORD, invited.user.email),
        await fails(house, PASSWORD, "gone@example.com"),
    }
    assert len(answers) == 1
    assert house.passwords.checked == 4  # each took a hash
    assert (await kinds(house)).count("session:refused") == 4


async def test_accounts_that_do_not_exist_are_locked_out_too(house: House) -> None:
    await house.add(ANNA, *EDITOR)
    for email in (ANNA, "nobody@example.com"):
        for _ in range(4):
            await fails(house, "wrong", email)
        with pytest.raises(TooOftenError):
            await sign_in(house, PASSWORD, email)
    house.clock.pass_by(seconds=2)
    assert isinstance(await sign_in(house), Started)


async def test_what_was_typed_as_an_address_is_not_kept(house: House) -> None:
    await fails(house, "x", "kettle-orbit-thistle@oops")
    async with house.context.database.read() as session:
        for table in ("audit", "sign_in_attempts"):
            kept = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            assert kept
            assert "kettle" not in repr(kept)


async def test_signing_in_forgets_failures_of_the_account_but_not_of_the_address(
    house: House,
) -> None:
    await house.add(ANNA, *EDITOR)
    for _ in range(4):
        for _ in range(3):
            await fails(house)
        await sign_in(house)
    for number in range(9):
        await fails(house, "wrong", f"{number}@example.com")
    with pytest.raises(TooOftenError):
        await sign_in(house)
    elsewhere = Place(address="198.51.100.1")
    assert await SignIn(house.context).with_password(ANNA, PASSWORD, elsewhere)


async def test_a_password_whose_hash_is_cheap_gets_a_dearer_one(house: House) -> None:
    await house.add(ANNA, *EDITOR)
    house.passwords.hashing = Passwords(time_cost=2, memory_kib=16)
    house.passwords.hashed = 0
    await sign_in(house)
    await sign_in(house)
    assert house.passwords.hashed == 1


async def test_a_new_password_ends_every_session_and_every_link(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    started = await sign_in(house)
    assert isinstance(started, Started)
    reset = await Users(house.context).reset(ROOT, anna.id, second_factor=False)
    service = Credentials(house.context)
    with pytest.raises(WrongCredentialsError):
        await service.change(anna, "not it", NEW_PASSWORD, HERE)
    with pytest.raises(WeakPasswordError):
        await service.change(anna, PASSWORD, "anna@example.com", HERE)
    fresh = await service.change(anna, PASSWORD, NEW_PASSWORD, HERE)
    async with house.context.database.read() as session:
        sessions = SessionRepository(session)
        assert await sessions.running(started.session.token, house.clock()) is None
        assert await sessions.running(fresh.token, house.clock()) is not None
    with pytest.raises(LinkError):
        await service.redeem(reset.token, PASSWORD, HERE)
    await fails(house, PASSWORD)
    assert isinstance(await sign_in(house, NEW_PASSWORD), Started)


async def test_a_password_is_not_made_of_the_names_of_person_and_customer(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    for weak in ("acmeholdings2026", "Bianchi12345678"):
        with pytest.raises(WeakPasswordError):
            await Credentials(house.context).change(anna, PASSWORD, weak, HERE)


async def test_a_reset_works_once_for_an_hour_and_ends_what_was_before(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    users, service = Users(house.context), Credentials(house.context)
    await with_second_factor(house, anna)
    first = await users.reset(ROOT, anna.id, second_factor=False)
    link = await users.reset(ROOT, anna.id, second_factor=True)
    with pytest.raises(LinkError):
        await service.redeem(first.token, NEW_PASSWORD, HERE)
    with pytest.raises(WeakPasswordError):
        await service.redeem(link.token, "short", HERE)
    await service.redeem(link.token, NEW_PASSWORD, HERE)
    with pytest.raises(LinkError):
        await service.redeem(link.token, NEW_PASSWORD, HERE)
    await fails(house, PASSWORD)
    assert isinstance(await sign_in(house, NEW_PASSWORD), Started)
    late = await users.reset(ROOT, anna.id, second_factor=False)
    house.clock.at += LINK_LASTS
    with pytest.raises(LinkError):
        await service.redeem(late.token, NEW_PASSWORD, HERE)


async def test_a_link_is_used_once_also_when_it_comes_twice_at_once(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    link = await Users(house.context).reset(ROOT, anna.id, second_factor=False)
    passwords = [f"{NEW_PASSWORD}{number}" for number in range(3)]
    ended = await asyncio.gather(
        *(Credentials(house.context).redeem(link.token, one, HERE) for one in passwords),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Principal) for one in ended) == 1


async def test_a_challenge_is_no_link_and_a_link_no_challenge(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    _, codes = await with_second_factor(house, anna)
    challenge = await challenged(house)
    with pytest.raises(LinkError):
        await Credentials(house.context).redeem(challenge.token, NEW_PASSWORD, HERE)
    reset = await Users(house.context).reset(ROOT, anna.id, second_factor=False)
    with pytest.raises(WrongCredentialsError):
        await SignIn(house.context).with_code(reset.token, codes[0], HERE)


async def test_what_is_forgotten_is_deleted(house: House) -> None:
    for number in range(3):
        await fails(house, "wrong", f"{number}@example.com")
    house.clock.pass_by(days=2)
    async with house.context.write() as session:
        await Lockout(session).tidy(house.clock())
    async with house.context.database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM sign_in_attempts")) == 0
