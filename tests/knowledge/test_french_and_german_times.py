"""Opening hours, dates and times as French and German callers say and hear them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prompts.loader
from knowledge.hours_answer import Subject, answer
from knowledge.opening import OpeningHours
from knowledge.spoken import speech
from knowledge.when import Asked, understand
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit

CONFIG = load_bundle(DEMO)
LONDON = ZoneInfo(CONFIG.time_zone)
HOURS = OpeningHours(CONFIG.hours, country=CONFIG.country, time_zone=LONDON)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)
CHRISTMAS = datetime(2026, 12, 25, 10, 0, tzinfo=LONDON)
CLOCKS_GO_ON = datetime(2026, 3, 29, 0, 30, tzinfo=LONDON)


def told(said: str, language: str, now: datetime = MONDAY, subject: Subject | None = None) -> str:
    return answer(
        understand(said, language, now.date()),
        HOURS,
        now,
        language=language,
        texts=prompts.loader.load(language).hours,
        subject=subject or Subject(),
    ).spoken


@pytest.mark.parametrize(
    ("language", "said", "now", "spoken"),
    [
        ("fr", "", MONDAY, "Oui, nous sommes ouverts en ce moment, jusqu'à treize heures."),
        (
            "fr",
            "",
            CHRISTMAS,
            "Aujourd'hui, nous sommes fermés : c'est Noël. Nous rouvrons samedi deux janvier à "
            "neuf heures.",
        ),
        (
            "fr",
            "",
            CLOCKS_GO_ON,
            "En ce moment, nous sommes fermés. Nous rouvrons demain à neuf heures.",
        ),
        (
            "fr",
            "samedi",
            MONDAY,
            "Le samedi, nous sommes ouverts de neuf heures à douze heures et demie.",
        ),
        ("fr", "jusqu'à six heures", MONDAY, "Oui, aujourd'hui jusqu'à dix-huit heures, nous "
         "sommes ouverts."),
        (
            "fr",
            "le vingt-six décembre",
            MONDAY,
            "Samedi vingt-six décembre, c'est le lendemain de Noël, donc nous sommes fermés. Nous "
            "rouvrons samedi deux janvier à neuf heures.",
        ),
        ("de", "", MONDAY, "Ja, wir haben gerade geöffnet, bis dreizehn Uhr."),
        (
            "de",
            "",
            CHRISTMAS,
            "Heute ist der erste Weihnachtstag, da haben wir geschlossen. Wir öffnen am Samstag, "
            "dem zweiten Januar, um neun Uhr wieder.",
        ),
        (
            "de",
            "",
            CLOCKS_GO_ON,
            "Wir haben gerade geschlossen. Wir öffnen morgen um neun Uhr wieder.",
        ),
        (
            "de",
            "am Samstag",
            MONDAY,
            "Samstags haben wir von neun Uhr bis zwölf Uhr dreißig geöffnet.",
        ),
        ("de", "bis sechs Uhr", MONDAY, "Ja, heute bis achtzehn Uhr haben wir geöffnet."),
        (
            "de",
            "am 24. Dezember",
            MONDAY,
            "Am Donnerstag, dem vierundzwanzigsten Dezember, gelten andere Zeiten: Da haben wir "
            "von neun Uhr bis dreizehn Uhr geöffnet.",
        ),
    ],
)  # fmt: skip
def test_hours_are_told_in_whole_sentences(
    language: str, said: str, now: datetime, spoken: str
) -> None:
    assert told(said, language, now) == spoken


def test_a_department_and_a_person_are_named() -> None:
    person = Subject(kind="person", name="Luca Moretti")
    assert told("dimanche", "fr", subject=person).startswith("Le dimanche, Luca Moretti n'est pas")
    assert told("sonntag", "de", subject=person).startswith("Sonntags ist Luca Moretti nicht da.")
    department = Subject(kind="department", name="Buchhaltung")
    assert told("", "de", subject=department).startswith("Ja, die Abteilung Buchhaltung hat")


@pytest.mark.parametrize(
    ("language", "said", "asked", "days"),
    [
        ("fr", "après-demain", Asked.DAY, [date(2026, 11, 25)]),
        ("fr", "lundi prochain", Asked.WEEKDAY, [date(2026, 11, 30)]),
        ("fr", "ce week-end", Asked.DAYS, [date(2026, 11, 28), date(2026, 11, 29)]),
        ("fr", "le premier mai", Asked.DAY, [date(2027, 5, 1)]),
        ("fr", "le 1er mai", Asked.DAY, [date(2027, 5, 1)]),
        ("fr", "le jeudi de l'Ascension", Asked.DAY, [date(2027, 5, 6)]),
        ("fr", "les jours fériés", Asked.HOLIDAYS, [date(2026, 11, 23)]),
        ("de", "übermorgen", Asked.DAY, [date(2026, 11, 25)]),
        ("de", "nächsten Montag", Asked.WEEKDAY, [date(2026, 11, 30)]),
        ("de", "am Freitagnachmittag", Asked.WEEKDAY, [date(2026, 11, 27)]),
        ("de", "der dritte", Asked.DAY, [date(2026, 12, 3)]),
        ("de", "am dritten", Asked.DAY, [date(2026, 12, 3)]),
        ("de", "am 3.", Asked.DAY, [date(2026, 12, 3)]),
        ("de", "am ersten Mai", Asked.DAY, [date(2027, 5, 1)]),
        ("de", "am dritten dritten", Asked.DAY, [date(2027, 3, 3)]),
        ("de", "an Heiligabend", Asked.DAY, [date(2026, 12, 24)]),
    ],
)
def test_days_are_understood(language: str, said: str, asked: Asked, days: list[date]) -> None:
    when = understand(said, language, MONDAY.date())
    assert (when.asked, list(when.days)) == (asked, days)


@pytest.mark.parametrize(
    ("language", "said", "clock"),
    [
        ("fr", "à huit heures et demie", "08:30"),
        ("fr", "à neuf heures moins le quart", "08:45"),
        ("fr", "à 18h30", "18:30"),
        ("fr", "à midi et demi", "12:30"),
        ("fr", "à huit heures du soir", "20:00"),
        ("fr", "à vingt et une heures", "21:00"),
        ("de", "um halb neun", "08:30"),
        ("de", "um viertel neun", "08:15"),
        ("de", "um drei viertel neun", "08:45"),
        ("de", "Viertel vor neun", "08:45"),
        ("de", "fünf vor halb neun", "08:25"),
        ("de", "fünf nach halb neun", "08:35"),
        ("de", "um acht Uhr abends", "20:00"),
        ("de", "um 18.30 Uhr", "18:30"),
        ("de", "halb eins", "12:30"),
    ],
)
def test_times_are_understood(language: str, said: str, clock: str) -> None:
    minute = understand(said, language, MONDAY.date()).time.minute
    assert minute is not None
    assert f"{minute // 60:02}:{minute % 60:02}" == clock


@pytest.mark.parametrize(
    ("said", "tomorrow"),
    [("morgen früh", True), ("heute Morgen", False), ("Montag Morgen", False), ("morgen", True)],
)
def test_morgen_is_tomorrow_or_the_morning(said: str, tomorrow: bool) -> None:
    days = understand(said, "de", MONDAY.date()).days
    assert (days == (date(2026, 11, 24),)) is tomorrow


@settings(deadline=None)
@given(
    day=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    minute=st.integers(0, 1439),
    language=st.sampled_from(["fr", "de"]),
)
def test_what_is_said_is_understood_when_it_is_said_back(
    day: date, minute: int, language: str
) -> None:
    words = speech(language)
    today = day - timedelta(days=30)
    said = f"{words.near_day(day, today)} {words.clock(minute, 'at')}"
    when = understand(said, language, today)
    assert when.days == (day,)
    heard = when.time.minute
    assert heard is not None
    assert time(heard // 60, heard % 60) == time(minute // 60, minute % 60) or (
        minute < 720 and (heard - minute) == 720
    )


@settings(deadline=None)
@given(
    said=st.text(max_size=40),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
    language=st.sampled_from(["fr", "de"]),
)
def test_anything_asked_has_a_sentence_that_can_be_spoken(
    said: str, now: datetime, language: str
) -> None:
    spoken = told(said, language, now.replace(tzinfo=LONDON))
    assert spoken.endswith(".")
    assert not any(letter.isdigit() or letter in "{}" for letter in spoken)
