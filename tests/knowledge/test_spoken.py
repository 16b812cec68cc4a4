"""Dates and times as people say them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.hours import Interval
from knowledge.spoken import Preposition, speech

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "minute", "preposition", "said"),
    [
        ("en", 9 * 60, "at", "at nine"),
        ("en", 18 * 60 + 30, "until", "until half past six"),
        ("en", 12 * 60, "at", "at noon"),
        ("en", 24 * 60, "until", "until midnight"),
        ("en", 8 * 60 + 45, "from", "from quarter to nine"),
        ("en", 9 * 60 + 7, "at", "at nine oh seven"),
        ("it", 9 * 60, "at", "alle nove"),
        ("it", 13 * 60, "to", "alle tredici"),
        ("it", 60, "at", "all'una"),
        ("it", 12 * 60, "until", "fino a mezzogiorno"),
        ("it", 12 * 60 + 30, "to", "alle dodici e mezza"),
        ("it", 18 * 60 + 30, "from", "dalle diciotto e trenta"),
    ],
)
def test_times_are_said_naturally(
    language: str, minute: int, preposition: Preposition, said: str
) -> None:
    assert speech(language).clock(minute, preposition) == said


def test_the_part_of_the_day_is_said_where_an_hour_is_in_doubt() -> None:
    english = speech("en")
    assert english.interval(Interval(540, 780)) == "from nine to one"
    assert english.interval(Interval(480, 1200)) == (
        "from eight in the morning to eight in the evening"
    )
    assert english.interval(Interval(0, 1440)) == "around the clock"


def test_weekdays_are_grouped() -> None:
    assert speech("en").habit([0, 1, 2, 3, 4]) == "Monday to Friday"
    assert speech("it").habit([0, 2, 3, 4]) == "il lunedì e dal mercoledì al venerdì"
    assert speech("it").habit([5, 6]) == "il sabato e la domenica"


def test_a_leap_day_is_said() -> None:
    assert speech("en").full_date(date(2028, 2, 29)) == "Tuesday the twenty-ninth of February"
    assert speech("it").full_date(date(2028, 2, 29)) == "martedì ventinove febbraio"


def test_a_number_is_said_in_threes_and_no_digit_stands_alone() -> None:
    said = "zero one six, three two nine, six zero five, five five"
    assert speech("en").digits("01632 960555") == said
    assert speech("it").digits("+390612") == "tre nove zero, sei uno due"
    assert speech("en").digits("1234") == "one two three four"


def test_a_language_nobody_has_written_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be spoken in 'xx'"):
        speech("xx")


@given(minute=st.integers(0, 1440), language=st.sampled_from(["en", "it"]))
def test_every_minute_can_be_said_without_digits(minute: int, language: str) -> None:
    said = speech(language).clock(minute, "at", daypart=True)
    assert said
    assert not any(letter.isdigit() or letter in "{}" for letter in said)
