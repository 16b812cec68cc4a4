"""Keys of programs: shown once, no more able than who made them, and ended at once."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from receptionist.admin.errors import ForbiddenError, UnusableError
from receptionist.admin.key_repository import KeyRepository
from receptionist.admin.keys import Keys
from receptionist.admin.permissions import INSTALLATION, Permission, Role
from receptionist.admin.tokens import KeyParts, read_key
from receptionist.errors import NotFoundError
from tests.receptionist.admin.house import ROOT, House, everywhere, on

pytestmark = pytest.mark.integration

READS_CALLS = {Permission.CALL_READ}


async def is_good(house: House, shown: str) -> bool:
    key = read_key(shown)
    assert key is not None
    async with house.context.database.read() as session:
        return await KeyRepository(session).good(key, house.clock()) is not None


async def test_a_key_is_shown_once_and_works_until_its_end(house: House) -> None:
    made = await Keys(house.context).make(ROOT, "CRM", "acme", READS_CALLS, 30)
    assert made.shown.startswith("rk_")
    async with house.context.database.read() as session:
        for table in ("api_key", "audit"):
            kept = (await session.execute(text(f"SELECT * FROM {table}"))).all()
            assert kept
            assert made.shown.rpartition("_")[2] not in repr(kept)
    assert await is_good(house, made.shown)
    house.clock.at += timedelta(days=30) - timedelta(seconds=1)
    assert await is_good(house, made.shown)
    house.clock.pass_by(seconds=1)
    assert not await is_good(house, made.shown)


async def test_a_secret_opens_its_own_key_alone(house: House) -> None:
    keys = Keys(house.context)
    one = read_key((await keys.make(ROOT, "1", "acme", READS_CALLS, 30)).shown)
    two = read_key((await keys.make(ROOT, "2", "acme", READS_CALLS, 30)).shown)
    assert one is not None
    assert two is not None
    async with house.context.database.read() as session:
        repository = KeyRepository(session)
        for wrong in (
            KeyParts(id=one.id, secret=two.secret),
            KeyParts(id=one.id, secret=""),
            KeyParts(id="0" * 16, secret=one.secret),
        ):
            assert await repository.good(wrong, house.clock()) is None


async def test_a_revoked_key_works_no_more(house: House) -> None:
    keys = Keys(house.context)
    made = await keys.make(ROOT, "CRM", "acme", READS_CALLS, 30)
    revoked = await keys.revoke(ROOT, made.record.id)
    assert revoked.revoked_at == house.clock()
    assert not await is_good(house, made.shown)
    house.clock.pass_by(hours=1)
    assert (await keys.revoke(ROOT, made.record.id)).revoked_at == revoked.revoked_at


async def test_nobody_makes_a_key_that_may_more_than_he_or_than_any_key(house: House) -> None:
    admin = await house.add("bob@example.com", *on("acme", Role.ADMIN))
    editor = await house.add("anna@example.com", *on("acme", Role.EDITOR))
    keys = Keys(house.context)
    for who, scope, permission, error in (
        (admin, "acme", Permission.VERSION_APPROVE, ForbiddenError),
        (admin, "acme", Permission.USER_MANAGE, UnusableError),
        (admin, "acme", Permission.KEY_MANAGE, UnusableError),
        (ROOT, INSTALLATION, Permission.KEY_MANAGE, UnusableError),
        (ROOT, "acme", Permission.CUSTOMER_MANAGE, UnusableError),
        (admin, INSTALLATION, Permission.CALL_READ, ForbiddenError),
        (editor, "acme", Permission.TENANT_READ, ForbiddenError),
        (admin, "other", Permission.CALL_READ, NotFoundError),
        (ROOT, "no-such", Permission.CALL_READ, NotFoundError),
    ):
        with pytest.raises(error):
            await keys.make(who, "CRM", scope, {permission}, 30)
    assert await keys.all(ROOT) == []


async def test_a_customers_people_see_and_end_their_own_alone(house: House) -> None:
    admin = await house.add("bob@example.com", *on("acme", Role.ADMIN))
    auditor = await house.add("anna@example.com", *everywhere(Role.AUDITOR))
    keys = Keys(house.context)
    mine = await keys.make(admin, "mine", "acme", READS_CALLS, 30)
    theirs = await keys.make(ROOT, "theirs", "other", READS_CALLS, 30)
    whole = await keys.make(ROOT, "whole", INSTALLATION, READS_CALLS, 30)
    assert [key.name for key in await keys.all(admin)] == ["mine"]
    assert {key.name for key in await keys.all(auditor)} == {"mine", "theirs", "whole"}
    for made in (theirs, whole):
        with pytest.raises(NotFoundError):
            await keys.revoke(admin, made.record.id)
    with pytest.raises(ForbiddenError):
        await keys.revoke(auditor, mine.record.id)
    assert (await keys.revoke(admin, mine.record.id)).name == "mine"
