"""What people type is one of what it should be, or refused; nothing else happens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from receptionist.admin.inputs import Body, normal_email
from receptionist.admin.key_endpoints import KeyBody
from receptionist.admin.sign_in_endpoints import CodeBody, LinkBody, PasswordBody
from receptionist.admin.user_endpoints import InvitationBody

pytestmark = pytest.mark.unit

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
"""Halves of surrogate pairs among it, as JSON can carry them."""
NAMES = ("email", "password", "name", "roles", "role", "scope", "token", "challenge", "code")
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        (" anna+calls@example.com ", "anna+calls@example.com"),
        ("\uff41nna@example.com", "anna@example.com"),
        ("m\u00fcller@b\u00fccher.example", "m\u00fcller@b\u00fccher.example"),
    ],
)
def test_an_address_is_found_however_it_is_typed(typed: str, found: str) -> None:
    assert normal_email(typed) == found


@pytest.mark.parametrize(
    "typed", ["anna", "@example.com", "anna@", "a@b@c", "anna b@c.d", "a@b\n.c", "<a@b.c>", "a\0@b"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"anna@example\.com"):
        normal_email(typed)


@given(ANY_TEXT | st.tuples(ANY_TEXT, ANY_TEXT).map("@".join))
def test_any_text_is_an_address_or_none_and_one_address_stays_itself(text: str) -> None:
    try:
        address = normal_email(text)
    except ValueError:
        return
    assert normal_email(address) == address
    assert address.isprintable()
    assert address.count("@") == 1


@pytest.mark.parametrize("body", [PasswordBody, CodeBody, LinkBody, InvitationBody, KeyBody])
@given(content=ANY_JSON)
def test_any_json_is_a_body_or_none(body: type[Body], content: Any) -> None:
    try:
        body.model_validate(content)
    except ValidationError:
        return


@given(ANY_TEXT, ANY_TEXT)
def test_a_secret_is_text_that_can_be_hashed(token: str, password: str) -> None:
    try:
        link = LinkBody.model_validate({"token": token, "password": password})
    except ValidationError:
        return
    assert link.password.get_secret_value().encode()
    assert password not in repr(link) or len(password) < 12
