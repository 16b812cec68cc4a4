"""A message is kept before the caller is told so, or an error says that it was not."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from receptionist.database import Database
from receptionist.errors import StorageError
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository, tenants_with_messages
from receptionist.tools.contract import Tool
from tests.receptionist.databases import held, read_as_another

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_message(number: int = 1, call_id: str = "c1", tenant: str = "garden") -> MessageRecord:
    return MessageRecord(
        id=f"m{number}",
        tenant=tenant,
        call_id=call_id,
        contact_id="sales",
        caller_name="Zoë Mellor",
        callback_number="+39 06 0000 0000",
        about="Il preventivo è scaduto",
        created_at=NOON + timedelta(minutes=number),
    )


async def test_a_saved_message_is_read_back_as_it_was(database: Database) -> None:
    messages = MessageRepository(database, "garden")
    assert await messages.save(a_message()) == "m1"
    assert await messages.latest(9) == [a_message()]


async def test_another_program_sees_a_message_as_soon_as_it_is_saved(database: Database) -> None:
    await MessageRepository(database, "garden").save(a_message())
    seen = await read_as_another(database, "SELECT caller_name FROM message")
    assert seen == [("Zoë Mellor",)]


async def test_the_latest_come_first_and_those_of_a_call_in_order(database: Database) -> None:
    messages = MessageRepository(database, "garden")
    for number, call_id in enumerate(("c1", "c2", "c1")):
        await messages.save(a_message(number, call_id))
    assert [message.id for message in await messages.latest(2)] == ["m2", "m1"]
    assert [message.id for message in await messages.of_call("c1")] == ["m0", "m2"]


async def test_a_tenant_sees_and_writes_its_own_only(database: Database) -> None:
    await MessageRepository(database, "garden").save(a_message())
    mill = MessageRepository(database, "mill")
    assert await mill.latest(9) == []
    assert await mill.of_call("c1") == []
    with pytest.raises(ValueError, match="is of tenant 'garden'"):
        await mill.save(a_message(2))
    assert await tenants_with_messages(database) == ["garden"]


async def test_a_message_that_cannot_be_kept_is_an_error_while_the_tool_still_waits(
    database: Database,
) -> None:
    messages = MessageRepository(database, "garden")
    async with held(database), asyncio.timeout(Tool.timeout_ms / 1000):
        with pytest.raises(StorageError, match="locked"):
            await messages.save(a_message())
    assert await messages.latest(9) == []


async def test_a_second_attempt_at_the_same_message_replaces_the_first(database: Database) -> None:
    messages = MessageRepository(database, "garden")
    await messages.save(a_message())
    corrected = a_message().model_copy(update={"callback_number": "+44 20 7946 0018"})
    assert await messages.save(corrected) == "m1"
    assert await messages.latest(9) == [corrected]


async def test_attempts_at_the_same_message_at_the_same_moment_are_one(database: Database) -> None:
    messages = MessageRepository(database, "garden")
    assert await asyncio.gather(*(messages.save(a_message()) for _ in range(9))) == ["m1"] * 9
    assert await messages.latest(9) == [a_message()]
