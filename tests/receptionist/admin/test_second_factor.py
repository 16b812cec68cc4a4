"""A second factor: codes of an authenticator, and recovery codes, each once."""

import asyncio

import pytest

from receptionist.admin.errors import ConflictError, TooOftenError, WrongCredentialsError
from receptionist.admin.link_repository import CODE_LASTS
from receptionist.admin.second_factor import SecondFactor
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.totp import STEP_S
from tests.receptionist.admin.house import HERE, House
from tests.receptionist.admin.signing import (
    ANNA,
    EDITOR,
    challenged,
    code_now,
    sign_in,
    with_second_factor,
)

pytestmark = pytest.mark.integration


async def test_a_second_factor_is_asked_for_and_each_code_works_once(house: House) -> None:
    secret, _ = await with_second_factor(house, await house.add(ANNA, *EDITOR))
    service, code = SignIn(house.context), code_now(house, secret)
    first = await challenged(house)
    assert isinstance(await service.with_code(first.token, code, HERE), Started)
    again = await challenged(house)
    for challenge in (first, again):
        with pytest.raises(WrongCredentialsError):
            await service.with_code(challenge.token, code, HERE)
    house.clock.pass_by(seconds=STEP_S)
    assert await service.with_code(again.token, code_now(house, secret), HERE)


async def test_a_code_is_taken_once_also_when_it_comes_twice_at_once(house: House) -> None:
    secret, _ = await with_second_factor(house, await house.add(ANNA, *EDITOR))
    service, code = SignIn(house.context), code_now(house, secret)
    challenge = await challenged(house)
    ended = await asyncio.gather(
        *(service.with_code(challenge.token, code, HERE) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Started) for one in ended) == 1


async def test_codes_are_not_tried_out(house: House) -> None:
    secret, _ = await with_second_factor(house, await house.add(ANNA, *EDITOR))
    service = SignIn(house.context)
    wrong = str((int(code_now(house, secret)) + 1) % 10**6).zfill(6)
    challenge = await challenged(house)
    for _ in range(3):
        with pytest.raises(WrongCredentialsError):
            await service.with_code(challenge.token, wrong, HERE)
        # The password, though right each time, forgives no code.
        challenge = await challenged(house)
    with pytest.raises(WrongCredentialsError):
        await service.with_code(challenge.token, wrong, HERE)
    with pytest.raises(TooOftenError):
        await challenged(house)
    with pytest.raises(TooOftenError):
        await service.with_code(challenge.token, wrong, HERE)


async def test_a_code_that_comes_too_late_is_refused(house: House) -> None:
    secret, _ = await with_second_factor(house, await house.add(ANNA, *EDITOR))
    challenge = await challenged(house)
    house.clock.at += CODE_LASTS
    with pytest.raises(WrongCredentialsError):
        await SignIn(house.context).with_code(challenge.token, code_now(house, secret), HERE)


async def test_a_recovery_code_stands_in_once(house: House) -> None:
    _, codes = await with_second_factor(house, await house.add(ANNA, *EDITOR))
    service = SignIn(house.context)
    assert await service.with_code((await challenged(house)).token, codes[3].lower(), HERE)
    with pytest.raises(WrongCredentialsError):
        await service.with_code((await challenged(house)).token, codes[3], HERE)
    assert await service.with_code((await challenged(house)).token, codes[4], HERE)


async def test_new_recovery_codes_end_those_before(house: House) -> None:
    anna = await house.add(ANNA, *EDITOR)
    _, codes = await with_second_factor(house, anna)
    fresh = await SecondFactor(house.context).renew_recovery_codes(anna)
    service = SignIn(house.context)
    with pytest.raises(WrongCredentialsError):
        await service.with_code((await challenged(house)).token, codes[0], HERE)
    assert await service.with_code((await challenged(house)).token, fresh[0], HERE)


async def test_a_second_factor_counts_once_it_was_confirmed_and_until_it_is_removed(
    house: House,
) -> None:
    anna = await house.add(ANNA, *EDITOR)
    service = SecondFactor(house.context)
    with pytest.raises(ConflictError):
        await service.confirm(anna, "123456")
    await service.prepare(anna)
    with pytest.raises(WrongCredentialsError):
        await service.confirm(anna, "12345")
    assert isinstance(await sign_in(house), Started)
    await with_second_factor(house, anna)
    with pytest.raises(ConflictError):
        await service.prepare(anna)
    await service.remove(anna)
    assert isinstance(await sign_in(house), Started)
    with pytest.raises(ConflictError):
        await service.remove(anna)
