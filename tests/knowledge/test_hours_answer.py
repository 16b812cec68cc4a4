"""What the assistant says about opening hours, word for word."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prompts.loader
from knowledge.hours_answer import HoursAnswer, Subject, answer
from knowledge.opening import OpeningHours
from knowledge.when import understand
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit

CONFIG = load_bundle(DEMO)
LONDON = ZoneInfo(CONFIG.time_zone)
HOURS = OpeningHours(CONFIG.hours, country=CONFIG.country, time_zone=LONDON)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)


def ask(
    said: str, language: str = "en", now: datetime = MONDAY, subject: Subject | None = None
) -> HoursAnswer:
    return answer(
        understand(said, language, now.date()),
        HOURS,
        now,
        language=language,
        texts=prompts.loader.load(language).hours,
        subject=subject or Subject(),
    )


@pytest.mark.parametrize(
    ("now", "outcome", "english", "italian"),
    [
        (
            MONDAY,
            "open",
            "Yes, we're open now, until one.",
            "Sì, adesso siamo aperti, fino alle tredici.",
        ),
        (
            MONDAY.replace(hour=13, minute=20),
            "closed",
            "We're closed for a break right now. We open again at two.",
            "In questo momento siamo chiusi per la pausa. Riapriamo alle quattordici.",
        ),
        (
            MONDAY.replace(hour=19),
            "closed",
            "We're closed right now. We open again tomorrow at nine.",
            "In questo momento siamo chiusi. Riapriamo domani alle nove.",
        ),
        (
            datetime(2026, 12, 25, 10, tzinfo=LONDON),
            "closed",
            "We're closed today for Christmas Day. We open again on Saturday the second of "
            "January at nine.",
            "Oggi siamo chiusi per Natale. Riapriamo sabato due gennaio alle nove.",
        ),
        (
            datetime(2026, 12, 30, 10, tzinfo=LONDON),
            "closed",
            "We're closed at the moment for the Christmas break. We open again on Saturday at "
            "nine.",
            "In questo momento siamo chiusi per la pausa natalizia. Riapriamo sabato alle nove.",
        ),
    ],
)
def test_now(now: datetime, outcome: str, english: str, italian: str) -> None:
    assert (ask("", "en", now).outcome, ask("", "en", now).spoken) == (outcome, english)
    assert (ask("", "it", now).outcome, ask("", "it", now).spoken) == (outcome, italian)


@pytest.mark.parametrize(
    ("said", "outcome", "spoken"),
    [
        ("on Saturday", "hours", "On Saturdays we're open from nine to half past twelve."),
        (
            "on Sunday",
            "hours",
            "On Sundays we're closed. We open again on Monday the thirtieth of November at nine.",
        ),
        (
            "this weekend",
            "hours",
            "On Saturday we're open from nine to half past twelve; on Sunday we're closed.",
        ),
        (
            "on Boxing Day",
            "holiday",
            "Saturday the twenty-sixth of December is Boxing Day, so we're closed. "
            "We open again on Saturday the second of January at nine.",
        ),
        (
            "on the 24th of December",
            "hours",
            "On Thursday the twenty-fourth of December the hours are different: "
            "we're open from nine to one.",
        ),
        ("are you open until six today", "hours", "Yes, today until six we're open."),
        (
            "at half past six",
            "hours",
            "No, today at half past six we're closed. That day the hours are from nine to one "
            "and from two to six.",
        ),
        ("Saturday at eleven", "hours", "Yes, on Saturday at eleven we're open."),
        (
            "what are your opening hours",
            "hours",
            "We're open Monday to Thursday from nine to one and from two to six, on Fridays from "
            "nine to one and from two to five, and on Saturdays from nine to half past twelve. "
            "On Sundays we're closed.",
        ),
        (
            "bank holidays",
            "hours",
            "We're closed on public holidays. The next one is Christmas Day, Friday the "
            "twenty-fifth of December.",
        ),
    ],
)
def test_other_times_in_english(said: str, outcome: str, spoken: str) -> None:
    told = ask(said)
    assert (told.outcome, told.spoken) == (outcome, spoken)


@pytest.mark.parametrize(
    ("said", "spoken"),
    [
        ("sabato", "Il sabato siamo aperti dalle nove alle dodici e mezza."),
        (
            "a santo stefano",
            "Sabato ventisei dicembre è Santo Stefano, quindi siamo chiusi. "
            "Riapriamo sabato due gennaio alle nove.",
        ),
        ("fino alle sei", "Sì, oggi fino alle diciotto siamo aperti."),
        ("domani mattina", "Sì, domani mattina siamo aperti dalle nove alle tredici."),
        (
            "quali sono gli orari",
            "Siamo aperti dal lunedì al giovedì dalle nove alle tredici e dalle quattordici alle "
            "diciotto, il venerdì dalle nove alle tredici e dalle quattordici alle diciassette, e "
            "il sabato dalle nove alle dodici e mezza. La domenica siamo chiusi.",
        ),
    ],
)
def test_other_times_in_italian(said: str, spoken: str) -> None:
    assert ask(said, "it").spoken == spoken


def test_the_week_names_what_differs_in_the_days_to_come() -> None:
    said = ask("opening hours", now=datetime(2026, 12, 21, 10, tzinfo=LONDON)).spoken
    assert said.endswith(
        "But on Thursday only from nine to one, on Friday we're closed for Christmas Day and on "
        "Saturday we're closed for Boxing Day."
    )


def test_a_department_and_a_person_are_named() -> None:
    department = Subject(kind="department", name="accounting")
    assert ask("", subject=department).spoken == "Yes, accounting is open now, until one."
    person = Subject(kind="person", name="Luca Moretti")
    assert ask("domenica", "it", subject=person).spoken.startswith(
        "La domenica Luca Moretti non c'è."
    )


def test_what_a_department_is_called_and_is_is_said_once() -> None:
    technicians = Subject(kind="department", name="service technique")
    spoken = ask("dimanche", "fr", subject=technicians).spoken
    assert "le service technique est fermé" in spoken
    assert "service service" not in spoken


@settings(deadline=None)
@given(
    said=st.text(max_size=40),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
    language=st.sampled_from(["en", "it"]),
)
def test_anything_asked_has_a_sentence_that_can_be_spoken(
    said: str, now: datetime, language: str
) -> None:
    told = ask(said, language, now.replace(tzinfo=LONDON))
    assert told.spoken.endswith(".")
    assert not any(letter.isdigit() or letter in "{}" for letter in told.spoken)
    assert told.open_now == HOURS.is_open(now.replace(tzinfo=LONDON))
