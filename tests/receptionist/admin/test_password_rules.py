"""Passwords that others would guess are refused by how they are made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.admin.errors import WeakPasswordError
from receptionist.admin.password_rules import LONGEST, SHORTEST, check_password, left_of

pytestmark = pytest.mark.unit

ABOUT = ("Anna Bianchi", "anna.bianchi@brindlewick.example", "Brindlewick Home Services")


@pytest.mark.parametrize(
    "password",
    [
        "short 9 one",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "Password12345",
        "P@ssw0rd!2026",
        "passwordpassword",
        "qwertyuiop123456",
        "QWERTZuiop!!!!!!",
        "1q2w3e4r5t6y7u8i",
        "azertyuiop2025!!",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "123456789012",
        "98765432109876",
        "AnnaBianchi2026!",
        "Anna.Bianchi1984",
        "brindlewick2026!",
        "Brindlewick123!!",
        "BrindlewickHomeServices",
        "welcome2026welcome",
        "Contraseña2026!",
        "Willkommen123456",
        "receptionist1234",
        "letmein letmein letmein",
    ],
)
def test_what_would_be_guessed_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        check_password(password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "kettle orbit thistle",
        "tr0ub4dor&3-xylem",
        "Möwe Kanne Distel 7",
        "correct horse battery staple",
        "xK9#mQ2$vL5@",
        "面白い猫が窓辺で静かに寝ている",
    ],
)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    assert check_password(password, ABOUT)


def test_a_name_in_a_long_password_does_not_make_it_weak() -> None:
    assert check_password("anna paints nine violet doors", ABOUT)


def test_signs_that_look_the_same_are_the_same_password() -> None:
    assert check_password("ﬁnch Möwe kettle", ()) == check_password("finch Möwe kettle", ())


def test_an_endless_password_is_refused() -> None:
    varied = "".join(chr(0x4E00 + number) for number in range(LONGEST + 1))
    assert check_password(varied[:LONGEST], ())
    with pytest.raises(WeakPasswordError, match="at most"):
        check_password(varied, ())


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=4))
def test_any_text_is_taken_or_refused(password: str, about: list[str]) -> None:
    assert left_of(password, about) >= 0
    try:
        taken = check_password(password, about)
    except WeakPasswordError:
        return
    assert SHORTEST <= len(taken) <= LONGEST


@given(st.text("abcdefgh1!", min_size=1, max_size=4), st.integers(4, 40))
def test_repetition_makes_nothing_strong(part: str, times: int) -> None:
    with pytest.raises(WeakPasswordError):
        check_password(part * times, ())
