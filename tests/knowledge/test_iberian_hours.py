"""What the assistant says about opening hours in Spanish and Portuguese, word for word."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prompts.loader
from knowledge.hours_answer import Subject, answer
from knowledge.opening import OpeningHours
from knowledge.when import understand
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit

CONFIG = load_bundle(DEMO)
LONDON = ZoneInfo(CONFIG.time_zone)
HOURS = OpeningHours(CONFIG.hours, country=CONFIG.country, time_zone=LONDON)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)
CHRISTMAS = datetime(2026, 12, 25, 10, 0, tzinfo=LONDON)
CLOCKS_CHANGE = [datetime(2026, 3, 29, 0, 59), datetime(2026, 10, 25, 1, 30)]


def ask(
    said: str, language: str, now: datetime = MONDAY, subject: Subject | None = None
) -> tuple[str, str]:
    told = answer(
        understand(said, language, now.date()),
        HOURS,
        now,
        language=language,
        texts=prompts.loader.load(language).hours,
        subject=subject or Subject(),
    )
    return told.outcome, told.spoken


@pytest.mark.parametrize(
    ("language", "said", "now", "spoken"),
    [
        ("es", "", MONDAY, "Sí, ahora estamos abiertos, hasta la una."),
        (
            "es",
            "",
            MONDAY.replace(hour=13, minute=20),
            "En este momento estamos cerrados por el descanso. Volvemos a abrir a las dos.",
        ),
        (
            "es",
            "",
            CHRISTMAS,
            "Hoy estamos cerrados por Navidad. Volvemos a abrir el sábado dos de enero a las "
            "nueve.",
        ),
        (
            "es",
            "el 26 de diciembre",
            MONDAY,
            "El sábado veintiséis de diciembre es San Esteban, así que estamos cerrados. Volvemos "
            "a abrir el sábado dos de enero a las nueve.",
        ),
        ("es", "los sábados", MONDAY, "Los sábados estamos abiertos de nueve a doce y media."),
        ("es", "hasta las seis", MONDAY, "Sí, hoy hasta las seis estamos abiertos."),
        ("es", "esta tarde", MONDAY, "Sí, esta tarde estamos abiertos de dos a seis."),
        (
            "es",
            "cuál es su horario",
            MONDAY,
            "Estamos abiertos de lunes a jueves de nueve a una y de dos a seis, los viernes de "
            "nueve a una y de dos a cinco, y los sábados de nueve a doce y media. Los domingos "
            "estamos cerrados.",
        ),
        (
            "es",
            "los festivos",
            MONDAY,
            "Los festivos estamos cerrados. El próximo es Navidad, el viernes veinticinco de "
            "diciembre.",
        ),
        ("pt", "", MONDAY, "Sim, agora estamos abertos, até às treze."),
        (
            "pt",
            "",
            MONDAY.replace(hour=13, minute=20),
            "Neste momento estamos fechados para a pausa. Reabrimos às catorze.",
        ),
        (
            "pt",
            "",
            CHRISTMAS,
            "Hoje estamos fechados por ser dia de Natal. Reabrimos no dia dois de janeiro, sábado, "
            "às nove.",
        ),
        (
            "pt",
            "no dia 24 de dezembro",
            MONDAY,
            "No dia vinte e quatro de dezembro, quinta-feira, o horário é diferente: estamos "
            "abertos das nove às treze.",
        ),
        ("pt", "aos sábados", MONDAY, "Aos sábados estamos abertos das nove às doze e meia."),
        ("pt", "até às seis", MONDAY, "Sim, hoje até às dezoito estamos abertos."),
        ("pt", "hoje à tarde", MONDAY, "Sim, esta tarde estamos abertos das catorze às dezoito."),
        (
            "pt",
            "qual é o vosso horário",
            MONDAY,
            "Estamos abertos de segunda a quinta-feira das nove às treze e das catorze às dezoito, "
            "às sextas-feiras das nove às treze e das catorze às dezassete, e aos sábados das nove "
            "às doze e meia. Aos domingos estamos fechados.",
        ),
        (
            "pt",
            "nos feriados",
            MONDAY,
            "Nos feriados estamos fechados. O próximo é dia de Natal, sexta-feira, dia vinte e "
            "cinco de dezembro.",
        ),
    ],
)
def test_hours_are_said_as_people_say_them(
    language: str, said: str, now: datetime, spoken: str
) -> None:
    assert ask(said, language, now)[1] == spoken


def test_a_department_and_a_person_are_named() -> None:
    accounts = Subject(kind="department", name="contabilidad")
    open_now = "Sí, ahora el departamento de contabilidad está abierto, hasta la una."
    assert ask("", "es", subject=accounts)[1] == open_now
    luca = Subject(kind="person", name="Luca Moretti")
    told = ask("domingo", "pt", subject=luca)[1]
    assert told.startswith("Aos domingos Luca Moretti não está no escritório.")


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("now", CLOCKS_CHANGE)
def test_on_nights_the_clocks_change_it_opens_on_monday(language: str, now: datetime) -> None:
    outcome, spoken = ask("", language, now.replace(tzinfo=LONDON))
    assert outcome == "closed"
    monday = {"es": "mañana a las nueve", "pt": "amanhã às nove"}[language]
    assert spoken.endswith(f"{monday}.")


@settings(deadline=None)
@given(
    said=st.text(max_size=40),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
    language=st.sampled_from(["es", "pt"]),
)
def test_anything_asked_has_a_sentence_that_can_be_spoken(
    said: str, now: datetime, language: str
) -> None:
    _, spoken = ask(said, language, now.replace(tzinfo=LONDON))
    assert spoken.endswith(".")
    assert not any(letter.isdigit() or letter in "{}" for letter in spoken)
