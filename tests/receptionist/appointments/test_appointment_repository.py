"""Nobody gets a time twice, however many ask for it at once and from wherever."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update

from receptionist.appointments.calendar import (
    Booking,
    CalendarError,
    MemoryCalendar,
    TakenError,
)
from receptionist.appointments.local import LocalCalendar, MirroredCalendar
from receptionist.appointments.models import AppointmentRow
from receptionist.appointments.records import AppointmentState
from receptionist.appointments.repository import (
    HELD_FOR,
    AppointmentRepository,
    tenants_with_appointments,
)
from receptionist.database import Database
from tests.receptionist.appointments.bookings import a_booking
from tests.receptionist.databases import held, url_of

pytestmark = pytest.mark.integration

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = (NINE - 9 * HOUR, NINE + 15 * HOUR)


def garden(database: Database) -> AppointmentRepository:
    return AppointmentRepository(database, "garden")


async def test_a_booked_time_is_taken_until_it_is_free_again(database: Database) -> None:
    ann = LocalCalendar(garden(database), "ann")
    await ann.book(a_booking("a", NINE))
    (taken,) = await ann.busy(*DAY)
    assert (taken.start, taken.length) == (NINE, timedelta(minutes=90))
    assert await LocalCalendar(garden(database), "bob").busy(*DAY) == []
    await ann.cancel("a")
    assert await ann.busy(*DAY) == []
    await ann.book(a_booking("b", NINE))


@pytest.mark.parametrize("minutes", [-85, -30, 0, 5, 85])
async def test_what_overlaps_is_refused(database: Database, minutes: int) -> None:
    ann = LocalCalendar(garden(database), "ann")
    await ann.book(a_booking("a", NINE))
    with pytest.raises(TakenError):
        await ann.book(a_booking("b", NINE + timedelta(minutes=minutes)))
    assert len(await ann.busy(*DAY)) == 1


@pytest.mark.parametrize("minutes", [-90, 90])
async def test_what_only_touches_is_not(database: Database, minutes: int) -> None:
    ann = LocalCalendar(garden(database), "ann")
    await ann.book(a_booking("a", NINE))
    await ann.book(a_booking("b", NINE + timedelta(minutes=minutes)))
    assert len(await ann.busy(*DAY)) == 2


async def test_the_same_booking_twice_is_one(database: Database) -> None:
    ann = LocalCalendar(garden(database), "ann")
    await ann.book(a_booking("a", NINE))
    await ann.book(a_booking("a", NINE))
    (kept,) = await garden(database).latest(9)
    assert (kept.id, kept.state, kept.starts_at) == ("a", "booked", NINE)


async def test_the_same_booking_many_times_at_the_same_moment_is_one(database: Database) -> None:
    ann = LocalCalendar(garden(database), "ann")
    await asyncio.gather(*(ann.book(a_booking("a", NINE)) for _ in range(9)))
    assert len(await garden(database).latest(9)) == 1


async def test_of_many_who_ask_at_once_one_gets_it(database: Database) -> None:
    ann = LocalCalendar(garden(database), "ann")

    async def ask(number: int) -> bool:
        try:
            await ann.book(a_booking(f"b{number}", NINE + timedelta(minutes=number % 5 * 15)))
        except TakenError:
            return False
        return True

    got = await asyncio.gather(*(ask(number) for number in range(25)))
    assert sum(got) == len(await garden(database).latest(99)) == 1


ASKER = """
import asyncio, sys
from datetime import datetime, timedelta
from pathlib import Path
from receptionist.appointments.calendar import CalendarError, TakenError
from receptionist.appointments.local import LocalCalendar
from receptionist.appointments.repository import AppointmentRepository
from receptionist.database import Database
from tests.receptionist.appointments.bookings import a_booking

async def main(url, name, first):
    async with await Database.open(url, Path()) as database:
        ann = LocalCalendar(AppointmentRepository(database, "garden"), "ann")
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(20):
            try:
                start = datetime.fromisoformat(first) + timedelta(minutes=45 * number)
                await ann.book(a_booking(f"{name}{number}", start))
                print(number)
            except (TakenError, CalendarError):
                pass

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_never_book_a_time_twice(database: Database) -> None:
    pipe = subprocess.PIPE
    askers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASKER, url_of(database), name, NINE.isoformat()),
            stdin=pipe,
            stdout=pipe,
        )
        for name in ("x", "y")
    ]
    for asker in askers:
        assert asker.stdout
        assert await asker.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(asker.communicate(b"go\n") for asker in askers))
    told = [output.split() for output, _ in outputs]
    kept = sorted(await garden(database).latest(99), key=lambda one: one.starts_at)
    assert len(kept) == len(told[0]) + len(told[1])
    assert len(kept) >= 8
    for earlier, later in pairwise(kept):
        assert earlier.free_at <= later.starts_at


async def test_a_tenant_sees_its_own_only(database: Database) -> None:
    await LocalCalendar(garden(database), "ann").book(a_booking("a", NINE))
    mill = LocalCalendar(AppointmentRepository(database, "mill"), "ann")
    assert await mill.busy(*DAY) == []
    await mill.cancel("a")
    assert len(await garden(database).latest(9)) == 1
    assert await tenants_with_appointments(database) == ["garden"]


async def test_a_database_that_refuses_is_a_calendar_nobody_can_use(database: Database) -> None:
    ann = LocalCalendar(garden(database), "ann")
    async with held(database):
        with pytest.raises(CalendarError, match="locked"):
            await ann.book(a_booking("a", NINE))


class Broken(MemoryCalendar):
    """A server that is down."""

    async def book(self, booking: Booking) -> None:
        raise CalendarError("down")


async def test_what_cannot_be_booked_elsewhere_is_not_booked_here(database: Database) -> None:
    ann = MirroredCalendar(garden(database), "ann", Broken())
    with pytest.raises(CalendarError):
        await ann.book(a_booking("a", NINE))
    assert await garden(database).latest(9) == []


async def test_what_is_taken_elsewhere_is_taken(database: Database) -> None:
    there = MemoryCalendar()
    await there.book(a_booking("theirs", NINE))
    ann = MirroredCalendar(garden(database), "ann", there)
    assert [window.start for window in await ann.busy(*DAY)] == [NINE]
    with pytest.raises(TakenError):
        await ann.book(a_booking("a", NINE))
    assert await garden(database).latest(9) == []


async def test_a_booking_stands_here_and_there_and_is_cancelled_in_both(
    database: Database,
) -> None:
    there = MemoryCalendar()
    ann = MirroredCalendar(garden(database), "ann", there)
    await ann.book(a_booking("a", NINE))
    await ann.book(a_booking("a", NINE))
    (kept,) = await garden(database).latest(9)
    assert kept.state == AppointmentState.BOOKED
    assert set(there.bookings) == {"a"}
    await ann.cancel("a")
    assert there.bookings == {}
    assert await garden(database).latest(9) == []


async def test_a_time_held_by_a_process_that_was_killed_is_free_again(
    database: Database,
) -> None:
    held = LocalCalendar(garden(database), "ann", AppointmentState.HELD)
    ann = LocalCalendar(garden(database), "ann")
    await held.book(a_booking("a", NINE))
    with pytest.raises(TakenError):
        await ann.book(a_booking("b", NINE))
    async with database.write() as session:
        long_ago = datetime.now(UTC) - 2 * HELD_FOR
        await session.execute(update(AppointmentRow).values(created_at=long_ago))
    assert await ann.busy(*DAY) == []
    await ann.book(a_booking("b", NINE))
    assert [kept.id for kept in await garden(database).latest(9)] == ["b"]
