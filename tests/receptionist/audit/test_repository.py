"""The audit log on a real database: rows follow each other, and nothing is altered unnoticed."""

import asyncio
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from guardrails.chain import End
from receptionist.audit.records import Kind
from receptionist.audit.repository import (
    KEPT_DAYS_MIN,
    AuditRepository,
    Wanted,
    tenants_with_audit,
)
from receptionist.audit.verification import Verification, verify
from receptionist.database import Database
from tests.receptionist.audit.guarded import BEGAN_AT, entry
from tests.receptionist.databases import url_of

pytestmark = pytest.mark.integration

ROWS = 6
LATER = BEGAN_AT + timedelta(days=400)


async def fill(database: Database, tenant: str = "demo", rows: int = ROWS) -> None:
    async with database.write() as session:
        await AuditRepository(session, tenant).append([entry(number) for number in range(rows)])


async def verified(
    database: Database, tenant: str = "demo", anchor: End | None = None
) -> Verification:
    async with database.read() as session:
        return await verify(AuditRepository(session, tenant), tenant, anchor)


async def execute(database: Database, *statements: str) -> None:
    async with database.write() as session:
        for statement in statements:
            await session.execute(sql(statement))


async def test_what_was_written_is_read_and_proved(database: Database) -> None:
    await fill(database)
    found = await verified(database)
    assert (found.rows, found.last_seq, found.whole) == (ROWS, ROWS, True)
    async with database.read() as session:
        rows = [row async for row in AuditRepository(session, "demo").rows()]
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[2].text == "Do I get loan 2?"
    assert rows[2].details == entry(2).details
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]


async def test_texts_no_database_takes_are_kept_as_far_as_they_can_be(database: Database) -> None:
    odd = entry(
        text="a\0b \ud800 😀", score=float("nan"), details={"x\0": float("inf"), "y": "\udfff"}
    )
    async with database.write() as session:
        await AuditRepository(session, "demo").append([odd])
    assert (await verified(database)).whole


async def test_an_entry_that_is_written_twice_stands_in_the_chain_once(database: Database) -> None:
    once = entry()
    for _ in range(2):
        async with database.write() as session:
            await AuditRepository(session, "demo").append([once])
    assert (await verified(database)).rows == 1


async def test_tenants_have_chains_of_their_own(database: Database) -> None:
    await fill(database, "one", 2)
    await fill(database, "two", 3)
    assert (await verified(database, "one")).rows == 2
    assert (await verified(database, "two")).last_seq == 3
    async with database.read() as session:
        assert await tenants_with_audit(session) == ["one", "two"]


COLUMNS = (
    *("uid", "at", "call_id", "turn", "kind", "stage", "verdict", "category", "rule", "detector"),
    *("score", "language", "law", "policy_hash", "latency_us", "action", "details"),
    *("text_sha256", "text_salt", "text", "history", "prev_hash", "hash"),
)
FORGED = {
    "at": "'2020-01-01 00:00:00.000000'",
    "kind": "'alarm'",
    "details": "'{}'",
    "history": "'[]'",
    "turn": "99",
    "score": "0.5",
    "latency_us": "1",
}
TYPED = set(FORGED) - {"kind"}
"""Columns in which PostgreSQL takes no word at all."""


async def test_a_change_to_any_column_of_any_row_is_named(database: Database) -> None:
    await fill(database)
    refused = TYPED if database.engine.dialect.name == "postgresql" else ()
    changes = [(column, "'forged'") for column in COLUMNS if column not in refused]
    changes += FORGED.items()
    named = {
        (column, value, seq): await first_break(
            database, f"UPDATE audit SET {column} = {value} WHERE seq = {seq}"
        )
        for column, value in changes
        for seq in range(1, ROWS + 1)
    }
    assert {change: seq for change, seq in named.items() if seq != change[-1]} == {}
    assert (await verified(database)).whole


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
async def test_a_deleted_row_is_named(database: Database, seq: int) -> None:
    await fill(database)
    await execute(database, f"DELETE FROM audit WHERE seq = {seq}")
    assert (await verified(database)).breaks[0].seq == seq


async def test_a_row_put_in_is_named(database: Database) -> None:
    await fill(database)
    columns = ", ".join(name for name in COLUMNS if name != "uid")
    copy = f"SELECT tenant, 7, 'forged', {columns} FROM audit WHERE seq = 6"
    await execute(
        database,
        f"INSERT INTO audit (tenant, seq, uid, {columns}) {copy}",
        "UPDATE audit_end SET seq = 7",
    )
    assert {one.seq for one in (await verified(database)).breaks} == {7}


async def test_rows_that_changed_places_are_named(database: Database) -> None:
    await fill(database)
    swap = ("UPDATE audit SET seq = -1 WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4")
    await execute(database, *swap, "UPDATE audit SET seq = 4 WHERE seq = -1")
    assert {3, 4} <= {one.seq for one in (await verified(database)).breaks}


async def test_a_log_written_anew_is_found_by_a_hash_kept_elsewhere(database: Database) -> None:
    await fill(database)
    before = await verified(database)
    anchor = End(seq=before.last_seq, digest=before.last_hash)
    await execute(database, "DELETE FROM audit", "DELETE FROM audit_end")
    await fill(database, rows=ROWS + 1)
    assert (await verified(database)).whole
    assert (await verified(database, anchor=anchor)).breaks[0].seq == ROWS
    beyond = End(seq=99, digest="x")
    assert not (await verified(database, anchor=beyond)).whole


async def test_erased_texts_leave_the_chain_whole_and_nothing_to_guess_from(
    database: Database,
) -> None:
    await fill(database)
    before = BEGAN_AT + timedelta(minutes=3)
    async with database.write() as session:
        assert await AuditRepository(session, "demo").erase_texts(before, LATER) == 3
    found = await verified(database)
    assert (found.whole, found.erased, found.rows) == (True, 3, ROWS + 1)
    async with database.read() as session:
        rows = [row async for row in AuditRepository(session, "demo").rows()]
    assert [row.text_salt is None for row in rows] == [True] * 3 + [False] * 3 + [True]
    assert rows[0].text is None
    assert rows[0].history is None
    await execute(database, "UPDATE audit SET text=NULL, text_salt=NULL, history=NULL WHERE seq=4")
    assert [(one.seq, one.fault) for one in (await verified(database)).breaks] == [
        (4, "text_missing")
    ]


async def test_pruned_rows_are_gone_and_the_rest_is_proved(database: Database) -> None:
    await fill(database)
    for minutes, rows in ((2, 2), (4, 2)):
        async with database.write() as session:
            log = AuditRepository(session, "demo")
            assert await log.prune(BEGAN_AT + timedelta(minutes=minutes), LATER) == rows
    found = await verified(database)
    assert (found.rows, found.whole) == (4, True)
    await execute(database, "DELETE FROM audit WHERE seq = 5")
    assert (await verified(database)).breaks[0].seq == 5


async def test_the_rows_of_six_months_cannot_be_pruned(database: Database) -> None:
    now = BEGAN_AT + timedelta(days=KEPT_DAYS_MIN)
    await fill(database)
    async with database.write() as session:
        log = AuditRepository(session, "demo")
        with pytest.raises(ValueError, match="184 days at least"):
            await log.prune(BEGAN_AT + timedelta(seconds=1), now)
        assert await log.prune(BEGAN_AT, now) == 0
    assert (await verified(database)).rows == ROWS


async def test_a_log_that_was_pruned_whole_begins_with_saying_so(database: Database) -> None:
    await fill(database)
    async with database.write() as session:
        assert (
            await AuditRepository(session, "demo").prune(LATER, 2 * (LATER - BEGAN_AT) + BEGAN_AT)
            == ROWS
        )
    found = await verified(database)
    assert (found.rows, found.last_seq, found.whole) == (1, ROWS + 1, True)


async def test_only_what_is_wanted_is_returned(database: Database) -> None:
    await fill(database)
    async with database.write() as session:
        alarm = entry(9, kind=Kind.ALARM, call_id="c2", verdict="", category="emergency")
        await AuditRepository(session, "demo").append([alarm])

    async def seqs(wanted: Wanted) -> list[int]:
        async with database.read() as session:
            rows = AuditRepository(session, "demo").rows(wanted)
            return [row.seq async for row in rows]

    assert await seqs(Wanted(call_id="c2")) == [7]
    assert await seqs(Wanted(category="emergency")) == [7]
    assert await seqs(Wanted(verdict="refuse")) == [1, 2, 3, 4, 5, 6]
    assert await seqs(Wanted(kind=Kind.ALARM)) == [7]
    minute = timedelta(minutes=1)
    assert await seqs(Wanted(since=BEGAN_AT + minute, until=BEGAN_AT + 3 * minute)) == [2, 3]


async def test_processes_that_write_at_the_same_time_make_one_chain(
    database: Database, tmp_path: Path
) -> None:
    program = (
        "import asyncio, pathlib, sys\n"
        "from receptionist.database import Database\n"
        "from receptionist.audit.log import AuditLog\n"
        "from tests.receptionist.audit.guarded import entry\n"
        "async def main():\n"
        "    folder = pathlib.Path(sys.argv[1])\n"
        "    async with await Database.open(sys.argv[2], folder) as database:\n"
        "        log = AuditLog(database, 'demo', folder)\n"
        "        for number in range(60):\n"
        "            log.put(entry(number))\n"
        "            await asyncio.sleep(0)\n"
        "            if number % 7 == 0: await log.flush()\n"
        "        assert await log.close(30) == 0\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", program, str(tmp_path), url_of(database)]
    writing = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    assert [await process.wait() for process in writing] == [0, 0, 0]
    found = await verified(database)
    assert (found.rows, found.whole) == (180, True)


class Undone(Exception):
    """Ends a session without keeping what was done in it."""


async def first_break(database: Database, statement: str) -> int | None:
    """Returns the row that is named after `statement`, which is undone again."""
    named: int | None = None
    with suppress(Undone):
        async with database.write() as session:
            await session.execute(sql(statement))
            breaks = (await verify(AuditRepository(session, "demo"), "demo", None)).breaks
            named = breaks[0].seq if breaks else None
            raise Undone
    return named
