"""What callers say about time, and what it means on Monday 23 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.when import Asked, understand

pytestmark = pytest.mark.unit

MONDAY = date(2026, 11, 23)
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
CHRISTMAS = tuple(date(2026, 12, day) for day in (24, 25, 26))


@pytest.mark.parametrize(
    ("language", "said", "asked", "days"),
    [
        ("en", "", Asked.NOW, (MONDAY,)),
        ("en", "are you open", Asked.NOW, (MONDAY,)),
        ("en", "good morning are you open", Asked.NOW, (MONDAY,)),
        ("en", "one second please are you open", Asked.NOW, (MONDAY,)),
        ("en", "may I ask if you're open", Asked.NOW, (MONDAY,)),
        ("en", "what time do you close", Asked.DAY, (MONDAY,)),
        ("en", "are you open tomorrow", Asked.DAY, (date(2026, 11, 24),)),
        ("en", "the day after tomorrow", Asked.DAY, (date(2026, 11, 25),)),
        ("en", "in three days", Asked.DAY, (date(2026, 11, 26),)),
        ("en", "on Saturdays", Asked.WEEKDAY, (SATURDAY,)),
        ("en", "next saturday", Asked.WEEKDAY, (SATURDAY,)),
        ("en", "next monday", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("en", "on monday", Asked.WEEKDAY, (MONDAY,)),
        ("en", "this weekend", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("en", "saturday or sunday", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("en", "at Christmas", Asked.DAYS, CHRISTMAS),
        ("en", "on Christmas Day", Asked.DAY, (date(2026, 12, 25),)),
        ("en", "new year's eve", Asked.DAY, (date(2026, 12, 31),)),
        ("en", "at new year", Asked.DAYS, (date(2026, 12, 31), date(2027, 1, 1))),
        ("en", "good friday", Asked.DAY, (date(2027, 3, 26),)),
        ("en", "easter monday", Asked.DAY, (date(2027, 3, 29),)),
        ("en", "on the 24th of December", Asked.DAY, (date(2026, 12, 24),)),
        ("en", "on the twenty-fourth of december", Asked.DAY, (date(2026, 12, 24),)),
        ("en", "December 24", Asked.DAY, (date(2026, 12, 24),)),
        ("en", "24/12", Asked.DAY, (date(2026, 12, 24),)),
        ("en", "on 31/12/27", Asked.DAY, (date(2027, 12, 31),)),
        ("en", "on the second", Asked.DAY, (date(2026, 12, 2),)),
        ("en", "on the 31st", Asked.DAY, (date(2026, 12, 31),)),
        ("en", "29 February", Asked.DAY, (date(2028, 2, 29),)),
        ("en", "the first of may", Asked.DAY, (date(2027, 5, 1),)),
        ("en", "what are your opening hours", Asked.WEEK, None),
        ("en", "monday to friday", Asked.WEEK, None),
        ("en", "you may be open in may", Asked.MONTH, None),
        ("en", "on bank holidays", Asked.HOLIDAYS, (MONDAY,)),
        ("it", "", Asked.NOW, (MONDAY,)),
        ("it", "buongiorno siete aperti", Asked.NOW, (MONDAY,)),
        ("it", "a che ora chiudete", Asked.DAY, (MONDAY,)),
        ("it", "domani", Asked.DAY, (date(2026, 11, 24),)),
        ("it", "dopodomani", Asked.DAY, (date(2026, 11, 25),)),
        ("it", "fra due giorni", Asked.DAY, (date(2026, 11, 25),)),
        ("it", "sabato prossimo", Asked.WEEKDAY, (SATURDAY,)),
        ("it", "lunedì prossimo", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("it", "siete aperti di domenica", Asked.WEEKDAY, (SUNDAY,)),
        ("it", "nel fine settimana", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("it", "a Natale", Asked.DAYS, CHRISTMAS),
        ("it", "a ferragosto", Asked.DAY, (date(2027, 8, 15),)),
        ("it", "a Pasquetta", Asked.DAY, (date(2027, 3, 29),)),
        ("it", "il primo maggio", Asked.DAY, (date(2027, 5, 1),)),
        ("it", "il ventiquattro dicembre", Asked.DAY, (date(2026, 12, 24),)),
        ("it", "sabato 26 dicembre", Asked.DAY, (date(2026, 12, 26),)),
        ("it", "il due", Asked.DAY, (date(2026, 12, 2),)),
        ("it", "quali sono gli orari", Asked.WEEK, None),
        ("it", "dal lunedì al venerdì", Asked.WEEK, None),
        ("it", "ad agosto", Asked.MONTH, None),
        ("it", "nei giorni festivi", Asked.HOLIDAYS, (MONDAY,)),
    ],
)
def test_words_for_days_are_understood(
    language: str, said: str, asked: Asked, days: tuple[date, ...] | None
) -> None:
    when = understand(said, language, MONDAY)
    assert when.asked is asked
    assert days is None or when.days == days


@pytest.mark.parametrize(
    ("language", "said", "minute", "certain"),
    [
        ("en", "are you open at half past six", 18 * 60 + 30, True),
        ("en", "at 6:30 p.m.", 18 * 60 + 30, True),
        ("en", "at 6.30 in the morning", 6 * 60 + 30, True),
        ("en", "at seven in the evening", 19 * 60, True),
        ("en", "at six thirty", 18 * 60 + 30, True),
        ("en", "quarter to nine", 8 * 60 + 45, False),
        ("en", "at eleven", 11 * 60, False),
        ("en", "until seven", 19 * 60, True),
        ("en", "at noon", 12 * 60, True),
        ("en", "twelve o'clock", 12 * 60, True),
        ("it", "alle sette di sera", 19 * 60, True),
        ("it", "all'una", 13 * 60, True),
        ("it", "alle sei e mezza", 18 * 60 + 30, True),
        ("it", "alle diciotto e trenta", 18 * 60 + 30, True),
        ("it", "alle otto meno un quarto", 7 * 60 + 45, False),
        ("it", "alle 18.30", 18 * 60 + 30, True),
        ("it", "fino alle otto", 20 * 60, True),
        ("it", "a mezzogiorno", 12 * 60, True),
    ],
)
def test_times_of_day_are_understood(language: str, said: str, minute: int, certain: bool) -> None:
    time = understand(said, language, MONDAY).time
    assert (time.minute, time.certain) == (minute, certain)


@pytest.mark.parametrize(
    ("language", "said", "part"),
    [
        ("en", "tomorrow morning", "morning"),
        ("en", "this afternoon", "afternoon"),
        ("en", "tonight", "evening"),
        ("en", "at lunch time", "lunch"),
        ("it", "domani mattina", "morning"),
        ("it", "stasera", "evening"),
        ("it", "all'ora di pranzo", "lunch"),
    ],
)
def test_parts_of_the_day_are_understood(language: str, said: str, part: str) -> None:
    assert understand(said, language, MONDAY).time.part == part


@pytest.mark.parametrize("said", ["is anyone there", "one of you please", "wait a second"])
def test_number_words_that_are_no_times_are_left_alone(said: str) -> None:
    when = understand(said, "en", MONDAY)
    assert when.asked is Asked.NOW
    assert not when.time.said


DATES = st.dates(date(2020, 1, 1), date(2090, 12, 31))


@given(text=st.text(max_size=60), today=DATES, language=st.sampled_from(["en", "it", "fr"]))
def test_anything_said_means_some_time(text: str, today: date, language: str) -> None:
    assert understand(text, language, today).days


@given(today=DATES, ahead=st.integers(0, 364), language=st.sampled_from(["en", "it"]))
def test_a_date_said_in_digits_is_that_date(today: date, ahead: int, language: str) -> None:
    day = today + timedelta(days=ahead)
    assert understand(f"{day:%d/%m/%Y}", language, today).days == (day,)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "on 10 December 2027"),
        ("it", "il 10 dicembre 2027"),
        ("es", "el 10 de diciembre de 2027"),
        ("fr", "le 10 décembre 2027"),
        ("de", "am 10. Dezember 2027"),
        ("pt", "10 de dezembro de 2027"),
    ],
)
def test_a_year_that_was_said_counts(language: str, said: str) -> None:
    assert understand(said, language, date(2026, 11, 26)).days == (date(2027, 12, 10),)
