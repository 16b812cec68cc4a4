"""Secrets that are shown once: what is kept of them tells nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.admin.tokens import (
    RECOVERY_CODES,
    csrf_of,
    is_csrf,
    is_secret,
    new_key,
    new_recovery_codes,
    new_token,
    read_key,
    recovery_digest,
    written,
)

pytestmark = pytest.mark.unit


def test_a_key_is_read_as_it_was_written() -> None:
    for _ in range(50):  # secrets have underscores in them now and then
        key = new_key()
        assert read_key(written(key)) == key


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_none(text: str) -> None:
    key = read_key(text)
    assert key is None or written(key) == text


@given(st.text(max_size=80))
def test_no_text_is_by_chance_what_was_kept(text: str) -> None:
    session = new_token()
    assert not is_secret(text, "")
    assert not is_csrf(text, session)


def test_the_token_of_a_change_is_that_of_its_session_alone() -> None:
    session, other = new_token(), new_token()
    assert is_csrf(csrf_of(session), session)
    assert not is_csrf(csrf_of(other), session)
    assert session not in csrf_of(session)


def test_recovery_codes_are_found_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    typed = codes[0].lower().replace("-", " ")
    assert recovery_digest("a", typed) == recovery_digest("a", codes[0])
    assert recovery_digest("b", typed) != recovery_digest("a", codes[0])
