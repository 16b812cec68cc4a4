"""Hashes are made off the loop, a few at a time, and as many for nobody as for somebody."""

import asyncio

import pytest

from receptionist.admin.errors import TooOftenError
from receptionist.admin.passwords import NOBODYS, WAITING, Checked, Passwords

pytestmark = pytest.mark.unit

CHEAP = Passwords(time_cost=1, memory_kib=8)


async def test_a_hash_is_of_its_password_alone() -> None:
    kept = await CHEAP.hash("kettle orbit thistle")
    assert await CHEAP.check("kettle orbit thistle", kept) == Checked(right=True, stale=False)
    assert await CHEAP.check("kettle orbit thistle ", kept) == Checked(right=False, stale=False)
    assert kept != await CHEAP.hash("kettle orbit thistle")


async def test_signs_that_look_the_same_are_the_same_password() -> None:
    kept = await CHEAP.hash("M\u00f6we kettle thistle")
    assert (await CHEAP.check("Mo\u0308we kettle thistle", kept)).right


async def test_whoever_has_no_password_has_none_at_all() -> None:
    for kept in (None, ""):
        for guess in (NOBODYS, ""):
            assert await CHEAP.check(guess, kept) == Checked(right=False, stale=False)


@pytest.mark.parametrize("spoilt", ["", "x", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
async def test_a_hash_that_is_spoilt_is_of_no_password(spoilt: str) -> None:
    assert not (await CHEAP.check("kettle orbit thistle", spoilt)).right


async def test_dearer_hashes_are_told_from_cheap_ones() -> None:
    kept = await CHEAP.hash("kettle orbit thistle")
    dearer = Passwords(time_cost=2, memory_kib=16)
    assert await dearer.check("kettle orbit thistle", kept) == Checked(right=True, stale=True)
    assert await dearer.check("wrong", kept) == Checked(right=False, stale=False)


async def test_hashes_are_argon2id_of_rfc_9106() -> None:
    assert (await Passwords().hash("kettle orbit thistle")).startswith(
        "$argon2id$v=19$m=65536,t=3,p=1$"
    )


async def test_a_flood_is_told_to_come_again_and_does_not_queue() -> None:
    ended = await asyncio.gather(
        *(CHEAP.check("x", None) for _ in range(WAITING + 5)), return_exceptions=True
    )
    assert sum(isinstance(one, TooOftenError) for one in ended) == 5
    assert not (await CHEAP.check("x", None)).right
