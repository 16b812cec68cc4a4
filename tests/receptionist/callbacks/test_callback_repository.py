"""A promise to call back is kept as it was first made, and seen by its tenant only."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from receptionist.callbacks.records import CallbackRecord
from receptionist.callbacks.repository import CallbackRepository, tenants_with_callbacks
from receptionist.database import Database

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_callback(number: int = 1, tenant: str = "garden") -> CallbackRecord:
    return CallbackRecord(
        id=f"c{number}",
        tenant=tenant,
        call_id="call",
        contact_id="sales",
        caller_name="Zoë",
        callback_number="+390600000000",
        about="un preventivo",
        due_from=NOON + timedelta(hours=2),
        due_until=NOON + timedelta(hours=4),
        created_at=NOON + timedelta(minutes=number),
    )


async def test_a_kept_promise_is_read_back_as_it_was(database: Database) -> None:
    callbacks = CallbackRepository(database, "garden")
    assert await callbacks.save(a_callback()) == "c1"
    assert await callbacks.latest(9) == [a_callback()]


async def test_a_promise_kept_twice_stands_as_first_made(database: Database) -> None:
    callbacks = CallbackRepository(database, "garden")
    await callbacks.save(a_callback())
    await callbacks.save(a_callback().model_copy(update={"about": "something else"}))
    assert [kept.about for kept in await callbacks.latest(9)] == ["un preventivo"]


async def test_a_promise_kept_by_many_at_the_same_moment_is_one(database: Database) -> None:
    callbacks = CallbackRepository(database, "garden")
    assert await asyncio.gather(*(callbacks.save(a_callback()) for _ in range(9))) == ["c1"] * 9
    assert await callbacks.latest(9) == [a_callback()]


async def test_a_tenant_sees_and_keeps_its_own_only(database: Database) -> None:
    await CallbackRepository(database, "garden").save(a_callback())
    mill = CallbackRepository(database, "mill")
    assert await mill.latest(9) == []
    with pytest.raises(ValueError, match="is of tenant 'garden'"):
        await mill.save(a_callback(2))
    assert await tenants_with_callbacks(database) == ["garden"]
