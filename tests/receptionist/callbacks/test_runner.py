"""What is due is dialled, one after the other, and how it ended is kept."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest

from receptionist.callbacks.dialling import Hindrance, NotDialledError
from receptionist.callbacks.records import AttemptOutcome, CallbackRecord, CallbackState
from receptionist.callbacks.repository import CallbackRepository
from receptionist.callbacks.runner import CallbackRunner, Office
from receptionist.database import Database
from tests.receptionist.callbacks.test_dialling_rules import MONDAY, asked
from tests.receptionist.handoff.mill import mill

pytestmark = pytest.mark.integration

Call = Callable[[CallbackRecord], AttemptOutcome]


class PlayedLine:
    """Calls nobody."""

    def __init__(self, call: Call = lambda _: AttemptOutcome.BUSY) -> None:
        self.called: list[str] = []
        self.rang = asyncio.Event()
        self._call = call

    async def call_back(self, callback: CallbackRecord, call_id: str) -> AttemptOutcome:
        self.called.append(callback.id)
        self.rang.set()
        return self._call(callback)


def runner(
    callbacks: CallbackRepository, line: PlayedLine, *, free: bool = True, now: datetime = MONDAY
) -> CallbackRunner:
    snapshot = mill(callbacks={"dial": True, "tries": 2})
    office = Office(snapshot=lambda: snapshot, free=lambda: free, new_call_id=lambda: "x")
    return CallbackRunner(callbacks.attempts, line, office, now=lambda: now)


async def kept(database: Database, *callbacks: CallbackRecord) -> CallbackRepository:
    repository = CallbackRepository(database, "mill")
    for callback in callbacks:
        await repository.save(callback)
    return repository


async def outcome(callbacks: CallbackRepository) -> AttemptOutcome | None:
    [attempt] = await callbacks.attempts.of("c1")
    return attempt.outcome


async def test_what_is_due_is_dialled_once(database: Database) -> None:
    callbacks, line = (
        await kept(database, asked(), asked().model_copy(update={"id": "c2"})),
        (PlayedLine()),
    )
    dials = runner(callbacks, line)
    await dials.look()
    await dials.look()
    assert line.called == ["c1", "c2"]
    assert await outcome(callbacks) is AttemptOutcome.BUSY


async def test_a_call_that_breaks_has_failed_and_the_next_is_made(
    database: Database, logged: list[str]
) -> None:
    def breaks(callback: CallbackRecord) -> AttemptOutcome:
        if callback.id == "c1":
            raise OSError("the socket is gone")
        return AttemptOutcome.ANSWERED

    line = PlayedLine(breaks)
    callbacks = await kept(database, asked(), asked().model_copy(update={"id": "c2"}))
    await runner(callbacks, line).look()
    assert await outcome(callbacks) is AttemptOutcome.FAILED
    assert (await callbacks.attempts.callback("c2")).state is CallbackState.DONE
    assert sum(entry.startswith("ERROR") for entry in logged) == 1


async def test_callers_have_the_lines_first(database: Database) -> None:
    callbacks, line = await kept(database, asked()), PlayedLine()
    await runner(callbacks, line, free=False).look()
    assert line.called == []
    assert await callbacks.attempts.of("c1") == []


async def test_a_person_asks_for_one_and_is_told_why_not(database: Database) -> None:
    callbacks, line = (
        await kept(database, asked(), asked("999").model_copy(update={"id": "c9"})),
        (PlayedLine()),
    )
    dials = runner(callbacks, line)
    with pytest.raises(NotDialledError, match="not dialled") as error:
        await dials.dial("c9")
    assert error.value.why is Hindrance.NUMBER
    assert (await dials.dial("c1")).number == 1
    running = asyncio.create_task(dials.run())
    await asyncio.wait_for(line.rang.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)  # it may be writing how that ended
    assert line.called == ["c1"]


async def test_a_fault_in_one_does_not_end_the_looking(
    database: Database, logged: list[str]
) -> None:
    callbacks, line = await kept(database, asked()), PlayedLine()
    dials = runner(callbacks, line, now=MONDAY.replace(tzinfo=None))
    await dials.look()
    assert line.called == []
    assert sum(entry.startswith("ERROR") for entry in logged) == 1
