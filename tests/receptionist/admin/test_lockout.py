"""Whoever fails to sign in waits, twice as long each time."""

import asyncio
from datetime import timedelta

import pytest

from receptionist.admin.errors import TooOftenError
from receptionist.admin.lockout import (
    FORGOTTEN,
    LONGEST_WAIT_S,
    Lockout,
    Subject,
    account_subject,
    address_subject,
    wait_s,
)
from tests.receptionist.admin.house import House

pytestmark = pytest.mark.integration

ANNA = account_subject("anna@example.com")


async def attempt(house: House, *subjects: Subject) -> int:
    """Fails once; returns how many seconds one has to wait before that."""
    try:
        async with house.context.write() as session:
            await Lockout(session).begin(subjects, house.clock())
    except TooOftenError as error:
        return error.retry_after_s
    return 0


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_s(failures, 3) for failures in range(16)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert wait_s(10**6, 3) == LONGEST_WAIT_S


async def test_failures_are_counted_and_waiting_helps(house: House) -> None:
    assert [await attempt(house, ANNA) for _ in range(4)] == [0, 0, 0, 0]
    waited = await attempt(house, ANNA)
    assert waited in {1, 2}
    assert await attempt(house, ANNA) == waited  # asking too early is no failure
    house.clock.pass_by(seconds=waited)
    assert await attempt(house, ANNA) == 0
    assert await attempt(house, ANNA) in {2, 3}


async def test_one_subject_that_has_to_wait_is_enough_and_others_do_not_notice(
    house: House,
) -> None:
    address = address_subject("192.0.2.1")
    for _ in range(4):
        await attempt(house, ANNA)
    assert await attempt(house, ANNA, address)
    assert await attempt(house, account_subject("bob@example.com"), address) == 0


async def test_failures_are_forgotten_after_a_day(house: House) -> None:
    for _ in range(4):
        await attempt(house, ANNA)
    house.clock.at += FORGOTTEN + timedelta(seconds=1)
    assert [await attempt(house, ANNA) for _ in range(4)] == [0, 0, 0, 0]


async def test_guesses_made_at_once_gain_nothing(house: House) -> None:
    waits = await asyncio.gather(*(attempt(house, ANNA) for _ in range(12)))
    assert sum(not wait for wait in waits) == 4


def test_a_household_is_one_address_however_many_it_has() -> None:
    assert address_subject("2001:db8:1:2::5") == address_subject("2001:db8:1:2:ffff::9")
    assert address_subject("2001:db8:1:3::5") != address_subject("2001:db8:1:2::5")
    assert address_subject("192.0.2.1") != address_subject("192.0.2.2")
    assert address_subject("nowhere").name == "address:unknown"
