"""Days and times that were typed are understood as if they had been said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.typed_moment import typed_moment
from knowledge.when import Asked, understand

pytestmark = pytest.mark.unit

MONDAY = date(2026, 11, 23)
LANGUAGES = ["en", "it", "es", "fr", "de", "pt"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "minute"),
    [("14", 14 * 60), ("1 4 3 0", 14 * 60 + 30), ("1645", 16 * 60 + 45), ("2015", 20 * 60 + 15)],
)
def test_a_time_is_that_time(language: str, typed: str, minute: int) -> None:
    when = understand(typed_moment(typed, language), language, MONDAY)
    assert when.time.minute == minute
    assert when.time.certain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "minute"), [("9", 540), ("0930", 570), ("1015", 615)])
def test_an_hour_of_the_morning_is_one(language: str, typed: str, minute: int) -> None:
    when = understand(typed_moment(typed, language), language, MONDAY)
    assert when.time.minute in (minute, minute + 720)  # where they say it with twelve hours


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2 4 1 1", date(2026, 11, 24)),
        ("1124", date(2026, 11, 24)),
        ("0 3 1 2", date(2026, 12, 3)),
        ("031226", date(2026, 12, 3)),
        ("0 3 1 2 2 0 2 6", date(2026, 12, 3)),
    ],
)
def test_a_day_is_that_day(language: str, typed: str, day: date) -> None:
    when = understand(typed_moment(typed, language), language, MONDAY)
    assert when.asked is Asked.DAY
    assert when.days == (day,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_and_a_time_may_be_typed_together(language: str) -> None:
    when = understand(typed_moment("24111430", language), language, MONDAY)
    assert (when.days, when.time.minute) == ((date(2026, 11, 24),), 14 * 60 + 30)


def test_of_two_days_the_later_counts() -> None:
    assert typed_moment("2411" + "2511", "en") == typed_moment("2511", "en") == "25/11"


@given(st.text(max_size=12))
def test_what_is_no_number_stays_what_it_was(words: str) -> None:
    if not "".join(words.split()).isdecimal():
        assert typed_moment(words, "en") == words


@given(st.text(alphabet="0123456789 ", max_size=12), st.sampled_from(LANGUAGES))
def test_no_digits_break_it(words: str, language: str) -> None:
    typed_moment(words, language)
    if words.split() and len("".join(words.split())) > 8:
        assert typed_moment(words, language) == words
