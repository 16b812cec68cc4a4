"""Somebody is called back as often as the tenant wants, never twice at once, whatever dies."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from receptionist.callbacks.attempts import AttemptRepository
from receptionist.callbacks.config import CallbackDialling
from receptionist.callbacks.dialling import Hindrance, NotDialledError
from receptionist.callbacks.records import AttemptOutcome, AttemptRecord, CallbackState
from receptionist.callbacks.repository import CallbackRepository
from receptionist.database import Database
from receptionist.errors import NotFoundError
from tests.receptionist.callbacks.test_callback_repository import NOON, a_callback

pytestmark = pytest.mark.integration

RULES = CallbackDialling(dial=True, tries=2, pause_min=30)
DUE = NOON + timedelta(hours=3)
PAUSE = timedelta(minutes=30)
DEAD = timedelta(minutes=1)


async def kept(database: Database) -> AttemptRepository:
    callbacks = CallbackRepository(database, "garden")
    await callbacks.save(a_callback())
    return callbacks.attempts


async def refusal(attempts: AttemptRepository, now: datetime, **how: bool) -> Hindrance:
    with pytest.raises(NotDialledError) as error:
        await attempts.claim("c1", "x", RULES, now, **how)
    return error.value.why


async def outcomes(attempts: AttemptRepository) -> Sequence[AttemptOutcome | None]:
    return [attempt.outcome for attempt in await attempts.of("c1")]


async def tried(
    attempts: AttemptRepository, now: datetime, outcome: AttemptOutcome
) -> AttemptRecord:
    attempt = await attempts.claim("c1", f"call at {now:%H:%M}", RULES, now)
    await attempts.ended(attempt, outcome, RULES, now)
    return attempt


async def test_a_callback_is_due_only_within_its_time(database: Database) -> None:
    attempts = await kept(database)
    moments = (NOON, DUE, NOON + timedelta(hours=5))
    assert [len(await attempts.due(moment)) for moment in moments] == [0, 1, 0]


async def test_it_is_dialled_once_however_many_ask_at_the_same_moment(database: Database) -> None:
    attempts = await kept(database)
    asked = [attempts.claim("c1", f"x{n}", RULES, DUE) for n in range(5)]
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, AttemptRecord) for one in ended) == 1
    why = {one.why for one in ended if isinstance(one, NotDialledError)}
    assert why == {Hindrance.RUNNING}


async def test_a_try_stands_before_anybody_is_dialled(database: Database) -> None:
    attempts = await kept(database)
    attempt = await attempts.claim("c1", "x", RULES, DUE)
    assert await attempts.of("c1") == [attempt]
    assert attempt.outcome is None


async def test_who_was_reached_is_not_called_again(database: Database) -> None:
    attempts = await kept(database)
    await tried(attempts, DUE, AttemptOutcome.ANSWERED)
    assert (await attempts.callback("c1")).state is CallbackState.DONE
    assert await attempts.due(DUE) == []
    assert await refusal(attempts, DUE + PAUSE, by_hand=True) is Hindrance.NOT_OPEN


async def test_who_was_not_reached_is_called_after_a_pause_and_at_last_given_up(
    database: Database,
) -> None:
    attempts = await kept(database)
    await tried(attempts, DUE, AttemptOutcome.BUSY)
    assert await refusal(attempts, DUE + PAUSE / 2) is Hindrance.PAUSE
    await tried(attempts, DUE + PAUSE, AttemptOutcome.NO_ANSWER)
    assert (await attempts.callback("c1")).state is CallbackState.GIVEN_UP
    assert await outcomes(attempts) == [AttemptOutcome.BUSY, AttemptOutcome.NO_ANSWER]


async def test_a_person_may_ask_for_it_sooner(database: Database) -> None:
    attempts = await kept(database)
    await tried(attempts, DUE, AttemptOutcome.BUSY)
    assert (await attempts.claim("c1", "x", RULES, DUE, by_hand=True)).number == 2


async def test_a_try_of_a_process_that_died_counts_and_does_not_block(database: Database) -> None:
    attempts = await kept(database)
    first = await attempts.claim("c1", "x", RULES, DUE)
    await attempts.alive(first, DUE + DEAD)
    assert await refusal(attempts, DUE + DEAD + timedelta(seconds=10)) is Hindrance.RUNNING
    later = DUE + DEAD + PAUSE
    assert (await attempts.claim("c1", "y", RULES, later)).number == 2
    assert await outcomes(attempts) == [AttemptOutcome.INTERRUPTED, None]
    assert await refusal(attempts, later + PAUSE) is Hindrance.TOO_OFTEN
    assert (await attempts.callback("c1")).state is CallbackState.GIVEN_UP
    assert await outcomes(attempts) == [AttemptOutcome.INTERRUPTED] * 2


async def test_an_hour_has_so_many_calls_in_all_processes(database: Database) -> None:
    callbacks = CallbackRepository(database, "garden")
    rules = RULES.model_copy(update={"per_hour": 2})
    for number in range(3):
        await callbacks.save(a_callback(number))
    for number in range(2):
        await callbacks.attempts.claim(f"c{number}", "x", rules, DUE)
    with pytest.raises(NotDialledError) as error:
        await callbacks.attempts.claim("c2", "x", rules, DUE)
    assert error.value.why is Hindrance.PER_HOUR
    late = DUE + timedelta(hours=1, seconds=1)
    assert (await callbacks.attempts.claim("c2", "x", rules, late)).number == 1


async def test_an_hour_has_so_many_calls_however_many_ask_at_the_same_moment(
    database: Database,
) -> None:
    callbacks = CallbackRepository(database, "garden")
    rules = RULES.model_copy(update={"per_hour": 2})
    for number in range(8):
        await callbacks.save(a_callback(number))
    asked = [callbacks.attempts.claim(f"c{number}", "x", rules, DUE) for number in range(8)]
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, AttemptRecord) for one in ended) == 2
    why = {one.why for one in ended if isinstance(one, NotDialledError)}
    assert why == {Hindrance.PER_HOUR}


async def test_tenants_dial_their_own_only(database: Database) -> None:
    await kept(database)
    mill = AttemptRepository(database, "mill")
    assert await mill.due(DUE) == []
    with pytest.raises(NotFoundError):
        await mill.claim("c1", "x", RULES, DUE)
    assert await mill.language(a_callback()) is None
