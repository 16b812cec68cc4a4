"""Codes are those of RFC 6238, and each works once."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.admin.totp import (
    STEP_S,
    address_of,
    code_of,
    matching_step,
    new_secret,
    shown,
    step_at,
)

pytestmark = pytest.mark.unit

SECRET = b"12345678901234567890"
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
STEP = step_at(NOON)


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_appendix_b(unix_s: int, code: str) -> None:
    assert code_of(SECRET, unix_s // STEP_S, digits=8) == code


@pytest.mark.parametrize(
    ("skew", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(skew: int, taken: bool) -> None:
    step = matching_step(SECRET, code_of(SECRET, STEP + skew), NOON, 0)
    assert step == (STEP + skew if taken else None)


def test_a_code_is_not_taken_twice_nor_one_before_it() -> None:
    code = code_of(SECRET, STEP)
    step = matching_step(SECRET, code, NOON, 0)
    assert step is not None
    assert matching_step(SECRET, code, NOON, step) is None
    assert matching_step(SECRET, code_of(SECRET, STEP - 1), NOON, step) is None
    assert matching_step(SECRET, code_of(SECRET, STEP + 1), NOON, step) == STEP + 1


def test_blanks_in_a_code_do_not_matter() -> None:
    code = code_of(SECRET, STEP)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOON, 0) == STEP


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_none(typed: str) -> None:
    right = {code_of(SECRET, STEP + skew) for skew in (-1, 0, 1)}
    taken = matching_step(SECRET, typed, NOON, 0) is not None
    assert taken == ("".join(typed.split()) in right)


def test_an_authenticator_reads_the_secret_from_the_address() -> None:
    secret = new_secret()
    address = urlsplit(address_of(secret, "anna+x@example.com"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query) == {"secret": [shown(secret)], "issuer": ["Receptionist"]}
    assert new_secret() != secret
