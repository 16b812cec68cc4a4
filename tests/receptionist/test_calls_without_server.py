"""A call goes on while its database server is away, and nothing false is said on it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from receptionist.audit.log import PATIENCE_S
from receptionist.audit.repository import AuditRepository
from receptionist.audit.verification import verify
from receptionist.calls.plan import CallRequest
from receptionist.calls.repository import CallRepository
from receptionist.database import Database
from receptionist.messages.repository import MessageRepository
from receptionist.supervisor import new_call_id
from tests.e2e.product import bundle, settings, started
from tests.e2e.test_storage_faults import AGAIN, MESSAGE, say
from tests.postgresql import Server

pytestmark = pytest.mark.e2e


async def test_a_server_that_is_away_for_a_while_costs_a_call_nothing_but_a_promise(
    postgresql_server: Server, bare_postgresql: str, tmp_path: Path
) -> None:
    own = settings(tmp_path, bundle(tmp_path), database_url=bare_postgresql)
    async with started(own, spoken=()) as supervisor:
        plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))
        async with supervisor.text_call(plan) as call:
            await asyncio.to_thread(postgresql_server.stop)
            try:
                refused = await say(call, MESSAGE)
            finally:
                await asyncio.to_thread(postgresql_server.start)
            assert [tool.outcome for tool in refused.tools] == ["failed"]
            assert "couldn't save the message" in refused.text
            assert await supervisor.audit.flush(PATIENCE_S) == 0
            noted = await say(call, AGAIN)
            assert [tool.outcome for tool in noted.tools] == ["noted"]
    async with await Database.open(bare_postgresql, tmp_path) as database:
        assert len(await MessageRepository(database, "demo").of_call(plan.call_id)) == 1
        async with database.read() as session:
            calls = CallRepository(session, "demo")
            record = await calls.get(plan.call_id, now=datetime.now(UTC))
            assert (await verify(AuditRepository(session, "demo"), "demo")).whole
    assert record.ended_at is not None
    assert len(record.turns) == 1 + 2 * (len(MESSAGE) + len(AGAIN))
