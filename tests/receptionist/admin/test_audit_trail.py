"""Whatever people do leaves a row in a chain, and nothing is done without one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from receptionist.admin.audit_trail import AuditTrail, chain_of
from receptionist.admin.credentials import Credentials
from receptionist.admin.keys import Keys
from receptionist.admin.permissions import INSTALLATION, Permission, Role
from receptionist.admin.second_factor import SecondFactor
from receptionist.admin.sessions import Sessions
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.users import Users
from receptionist.audit.records import AuditRecord, Kind
from receptionist.audit.repository import AuditRepository, tenants_with_audit
from receptionist.audit.verification import verify
from receptionist.errors import StorageError
from tests.receptionist.admin.house import HERE, NEW_PASSWORD, PASSWORD, ROOT, House, on

pytestmark = pytest.mark.integration

ANNA = "anna@example.com"


async def rows(house: House, chain: str) -> list[AuditRecord]:
    async with house.context.database.read() as session:
        return [row async for row in AuditRepository(session, chain).rows()]


async def test_every_change_leaves_a_row_that_says_who_and_what(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.ADMIN))
    users, keys = Users(house.context), Keys(house.context)
    started = await SignIn(house.context).with_password(ANNA, PASSWORD, HERE)
    assert isinstance(started, Started)
    await SecondFactor(house.context).prepare(anna)
    await users.set_roles(ROOT, anna.id, on("acme", Role.OWNER), None)
    await users.reset(ROOT, anna.id, second_factor=True)
    await Sessions(house.context).end(anna, started.session.id)
    await Sessions(house.context).end_all(anna)
    await users.end_sessions(ROOT, anna.id)
    await Credentials(house.context).change(anna, PASSWORD, NEW_PASSWORD, HERE)
    await users.set_disabled(ROOT, anna.id, True, None)
    await users.set_disabled(ROOT, anna.id, False, None)
    made = await keys.make(anna, "CRM", "acme", {Permission.CALL_READ}, 30)
    await keys.revoke(ROOT, made.record.id)
    told = await rows(house, INSTALLATION)
    assert [row.action for row in told] == [
        "user:invited",
        "link:redeemed",
        "session:started",
        "user:roles_set",
        "user:reset",
        "session:ended",
        "session:ended",
        "session:ended",
        "password:changed",
        "user:disabled",
        "user:enabled",
    ]
    assert {row.kind for row in told} == {Kind.ADMIN}
    assert told[0].details["by"] == {"kind": "machine", "id": "", "name": "root"}
    assert told[2].details["by"] == {"kind": "user", "id": anna.id, "name": ANNA}
    assert told[3].details["given"] == ["owner@acme"]
    assert told[3].details["taken"] == ["admin@acme"]
    of_acme = await rows(house, chain_of("acme"))
    assert [(row.action, row.details["by"]["name"]) for row in of_acme] == [
        ("key:made", ANNA),
        ("key:revoked", "root"),
    ]


async def test_the_chains_are_proved_like_those_of_calls(house: House) -> None:
    await house.add(ANNA, *on("acme", Role.ADMIN))
    await Keys(house.context).make(ROOT, "CRM", "acme", {Permission.CALL_READ}, 30)
    async with house.context.database.read() as session:
        chains = await tenants_with_audit(session)
        assert set(chains) == {INSTALLATION, "@customer/acme"}
        for chain in chains:
            assert (await verify(AuditRepository(session, chain), chain)).whole
    async with house.context.database.write() as session:
        forged = "UPDATE audit SET action = 'user:enabled' WHERE seq = 2 AND tenant = :chain"
        await session.execute(text(forged), {"chain": INSTALLATION})
    async with house.context.database.read() as session:
        proof = await verify(AuditRepository(session, INSTALLATION), INSTALLATION)
    assert [one.seq for one in proof.breaks] == [2]


@asynccontextmanager
async def without_audit(house: House) -> AsyncGenerator[None]:
    """Takes the table of the audit log away."""
    async with house.context.database.write() as session:
        await session.execute(text("ALTER TABLE audit RENAME TO gone"))
    yield
    async with house.context.database.write() as session:
        await session.execute(text("ALTER TABLE gone RENAME TO audit"))


async def test_what_cannot_be_written_down_is_not_done(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.EDITOR))
    async with without_audit(house):
        with pytest.raises(StorageError):
            await Users(house.context).set_roles(ROOT, anna.id, on("acme", Role.OWNER), None)
        with pytest.raises(StorageError):
            await SignIn(house.context).with_password(ANNA, PASSWORD, HERE)
    assert (await house.seen(anna)).roles == tuple(on("acme", Role.EDITOR))
    async with house.context.database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM account_session")) == 0


async def test_a_look_at_a_transcript_stands_in_the_chain_of_the_tenant(house: House) -> None:
    anna = await house.add(ANNA, *on("acme", Role.ANALYST))
    async with house.context.database.write() as session:
        trail = AuditTrail(session, house.clock())
        await trail.note_look(anna, "acme-desk", "call1", "transcript")
    (row,) = await rows(house, "acme-desk")
    assert (row.kind, row.call_id, row.action) == (Kind.LOOKED_AT, "call1", "transcript")
    assert row.details == {"by": {"kind": "user", "id": anna.id, "name": ANNA}}
