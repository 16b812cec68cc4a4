"""What happens on calls is kept while they run, and a database that refuses never stops a call."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import event as listen_to
from sqlalchemy.engine import Connection

from receptionist.calls.events import (
    AssistantSpeaks,
    CallEnded,
    CallerHeard,
    CallEvent,
    CallStarted,
    Disposition,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.records import CallRecord
from receptionist.calls.repository import PRESUMED_DEAD_AFTER, CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.errors import NotFoundError
from tests.receptionist.databases import held, url_of

pytestmark = pytest.mark.integration

STARTED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def started(call_id: str = "c1") -> CallStarted:
    return CallStarted(
        call_id=call_id,
        tenant="demo",
        version="v1",
        language="en",
        channel="text",
        started_at=STARTED_AT,
    )


def turn(index: int, text: str = "When do you open?") -> TurnEnded:
    return TurnEnded(
        index=index, speaker="caller", text=text, start_s=index * 2.0, end_s=index * 2.0 + 1.5
    )


ENDED = CallEnded(disposition=Disposition.COMPLETED, duration_s=12.5)
WHOLE_CALL: list[CallEvent] = [
    started(),
    TurnEnded(index=0, speaker="assistant", text="Hello.", start_s=0.1, end_s=0.9),
    CallerHeard(text="when do"),
    turn(1),
    ToolFinished(
        turn=1,
        name="check_hours",
        arguments=MappingProxyType({"when": "today"}),
        outcome="open",
        result={"outcome": "open", "date": date(2026, 11, 23), "intervals": (("09:00", "13:00"),)},
        id="c1-t1",
        key="0f00",
        duration_ms=12.5,
    ),
    AssistantSpeaks(text="We are"),
    LatencyMeasured(turn=1, voice_to_voice_ms=612.5, stages={"stt": 200.0, "tts": 50.0}),
    TurnEnded(
        index=2, speaker="assistant", text="We are", start_s=4.0, end_s=4.5, interrupted=True
    ),
    ENDED,
]


async def put(store: CallStore, call_id: str, events: list[CallEvent]) -> None:
    sink = store.sink(call_id)
    for happened in events:
        await sink(happened)


async def kept(
    database: Database, call_id: str = "c1", tenant: str = "demo", now: datetime | None = None
) -> CallRecord:
    async with database.read() as session:
        calls = CallRepository(session, tenant)
        return await calls.get(call_id, now=now or datetime.now(UTC))


async def test_a_call_is_kept_with_everything_that_happened(database: Database) -> None:
    store = CallStore(database, "demo")
    await put(store, "c1", WHOLE_CALL)
    assert await store.close() == {}
    call = await kept(database)
    assert (call.disposition, call.duration_s, call.started_at) == ("completed", 12.5, STARTED_AT)
    assert [(line.index, line.speaker, line.text, line.interrupted) for line in call.turns] == [
        (0, "assistant", "Hello.", False),
        (1, "caller", "When do you open?", False),
        (2, "assistant", "We are", True),
    ]
    assert call.tools[0].arguments == {"when": "today"}
    assert call.tools[0].result == {
        "outcome": "open",
        "date": "2026-11-23",
        "intervals": [["09:00", "13:00"]],
    }
    assert call.latency[0].voice_to_voice_ms == 612.5
    assert call.latency[0].stages == {"stt": 200.0, "tts": 50.0}


async def test_the_languages_of_a_call_are_kept_in_order(database: Database) -> None:
    def switch(number: int, language: str, outcome: str) -> ToolFinished:
        return ToolFinished(
            turn=number,
            name="switch_language",
            arguments={"language": language},
            outcome=outcome,
            result={"outcome": outcome, "language": language},
            id=f"c1-t{number}",
            key=language,
            duration_ms=1.0,
        )

    store = CallStore(database, "demo")
    switches = [switch(1, "it", "switched"), switch(2, "fr", "failed"), switch(3, "en", "switched")]
    await put(store, "c1", [started(), *switches, ENDED])
    await store.close()
    assert (await kept(database)).languages == ("en", "it", "en")


async def test_another_tenant_does_not_see_the_call(database: Database) -> None:
    store = CallStore(database, "demo")
    await put(store, "c1", WHOLE_CALL)
    await store.close()
    with pytest.raises(NotFoundError, match="'other' has no call 'c1'"):
        await kept(database, tenant="other")
    async with database.read() as session:
        assert await CallRepository(session, "other").latest(9, now=STARTED_AT) == []


async def test_recording_an_event_twice_changes_nothing(database: Database) -> None:
    async with database.write() as session:
        calls = CallRepository(session, "demo")
        for position, happened in enumerate(WHOLE_CALL):
            await calls.record("c1", position, happened, STARTED_AT)
            await calls.record("c1", position, happened, STARTED_AT)
    call = await kept(database)
    assert (len(call.turns), len(call.tools), len(call.latency)) == (3, 1, 1)


async def test_a_running_call_shows_signs_of_life(database: Database) -> None:
    moment, enough, asked = STARTED_AT, asyncio.Event(), 0

    def now() -> datetime:
        nonlocal asked, moment
        asked, moment = asked + 1, moment + timedelta(minutes=1)
        if asked > 4:
            enough.set()
        return moment

    store = CallStore(database, "demo", sign_of_life_s=0.01, now=now)
    await put(store, "c1", [started()])
    async with asyncio.timeout(10):
        await enough.wait()
    await store.close()
    just_after = STARTED_AT + timedelta(minutes=4, seconds=1)
    assert (await kept(database, now=just_after)).disposition == "in_progress"
    later = moment + PRESUMED_DEAD_AFTER + timedelta(seconds=1)
    assert (await kept(database, now=later)).disposition == "interrupted"


async def test_a_locked_database_delays_the_record_and_not_the_call(
    database: Database, logged: list[str]
) -> None:
    store = CallStore(database, "demo")
    async with held(database):
        began_s = asyncio.get_running_loop().time()
        await put(store, "c1", WHOLE_CALL)
        assert asyncio.get_running_loop().time() - began_s < 0.1
        assert await store.flush(1.5) == {"c1": 7}
    assert await store.flush(15) == {}
    assert (await kept(database)).disposition == "completed"
    first, last = logged
    assert first.startswith("WARNING Calls go on, but are not being kept: ")
    assert last == f"WARNING Calls are kept again in {database.name!r}.\n"
    await store.close()


@pytest.mark.parametrize(
    ("pragma", "says", "unstored"),
    [
        ("PRAGMA query_only = ON", "cannot be written", 3),
        # The start of the call still fits into a page that exists; the long turn does not.
        ("PRAGMA max_page_count = 1", "does not fit on the disk", 2),
    ],
)
async def test_a_disk_that_refuses_is_reported_when_the_store_closes(
    sqlite: Database, logged: list[str], pragma: str, says: str, unstored: int
) -> None:
    trouble: list[str] = []

    def begin(connection: Connection) -> None:
        for each in trouble:
            connection.exec_driver_sql(each)

    listen_to.listen(sqlite.engine.sync_engine, "begin", begin)
    store = CallStore(sqlite, "demo")
    await put(store, "c0", [started("c0")])
    await store.flush()
    trouble.append(pragma)
    await put(store, "c1", [started(), turn(0, "long " * 20_000), ENDED])
    assert await store.close(0.3) == {"c1": unstored}
    assert says in logged[0]
    assert f"{unstored} events of 1 calls could not be kept" in logged[-1]
    assert logged[-1].endswith(": c1\n")


async def test_memory_for_waiting_events_is_bounded(database: Database) -> None:
    store = CallStore(database, "demo", capacity=3)
    async with held(database):
        await put(store, "c1", [started(), *map(turn, range(5))])
        assert store.unstored == {"c1": 6}
    assert await store.flush(15) == {"c1": 3}
    assert [line.index for line in (await kept(database)).turns] == [0, 1]
    await store.close()


async def test_an_event_that_can_never_be_kept_does_not_hold_up_the_others(
    database: Database, logged: list[str]
) -> None:
    store = CallStore(database, "demo")
    await put(store, "never started", [turn(0), ENDED])
    await put(store, "c1", [started(), turn(0, "half a \ud83d"), turn(1), ENDED])
    assert await store.close() == {"never started": 2, "c1": 1}
    assert [line.index for line in (await kept(database)).turns] == [1]
    assert any("Event 1 of call 'c1' is lost" in line for line in logged)


async def test_twenty_calls_of_two_processes_are_kept_at_once(
    database: Database, tmp_path: Path
) -> None:
    async def one_call(store: CallStore, call_id: str) -> None:
        sink = store.sink(call_id)
        await sink(started(call_id))
        for index in range(10):
            await sink(turn(index))
            await asyncio.sleep(0)
        await sink(ENDED)

    async with (
        await Database.open(url_of(database), tmp_path) as one,
        await Database.open(url_of(database), tmp_path) as two,
    ):
        stores = [CallStore(one, "demo"), CallStore(two, "demo")]
        await asyncio.gather(*(one_call(stores[n % 2], f"call {n}") for n in range(20)))
        for store in stores:
            assert await store.close(60) == {}
        async with one.read() as session:
            calls = await CallRepository(session, "demo").latest(100, now=datetime.now(UTC))
        assert {call.disposition for call in calls} == {"completed"}
        assert len(calls) == 20
        assert [line.index for line in (await kept(one, "call 7")).turns] == list(range(10))


async def test_closing_a_store_that_never_saw_a_call_is_nothing(database: Database) -> None:
    assert await CallStore(database, "demo").close() == {}
