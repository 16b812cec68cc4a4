"""What Spanish and Portuguese callers say about time, and how times are said to them."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from knowledge.hours import Interval
from knowledge.spoken import Preposition, speech
from knowledge.spoken_numbers import with_digits
from knowledge.when import Asked, understand

pytestmark = pytest.mark.unit

MONDAY = date(2026, 11, 23)
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
CHRISTMAS = tuple(date(2026, 12, day) for day in (24, 25, 26))


@pytest.mark.parametrize(
    ("language", "said", "asked", "days"),
    [
        ("es", "", Asked.NOW, (MONDAY,)),
        ("es", "buenos días están abiertos", Asked.NOW, (MONDAY,)),
        ("es", "buenas tardes, ¿siguen abiertos?", Asked.NOW, (MONDAY,)),
        ("es", "a qué hora cierran", Asked.DAY, (MONDAY,)),
        ("es", "mañana", Asked.DAY, (date(2026, 11, 24),)),
        ("es", "mañana por la mañana", Asked.DAY, (date(2026, 11, 24),)),
        ("es", "esta mañana", Asked.DAY, (MONDAY,)),
        ("es", "abren por la mañana", Asked.DAY, (MONDAY,)),
        ("es", "pasado mañana", Asked.DAY, (date(2026, 11, 25),)),
        ("es", "dentro de tres días", Asked.DAY, (date(2026, 11, 26),)),
        ("es", "dentro de una semana", Asked.DAY, (date(2026, 11, 30),)),
        ("es", "los sábados por la mañana", Asked.WEEKDAY, (SATURDAY,)),
        ("es", "el sábado que viene", Asked.WEEKDAY, (SATURDAY,)),
        ("es", "el próximo lunes", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("es", "el lunes que viene", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("es", "abren los domingos", Asked.WEEKDAY, (SUNDAY,)),
        ("es", "este fin de semana", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("es", "sábado o domingo", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("es", "en Navidad", Asked.DAYS, CHRISTMAS),
        ("es", "el día de Navidad", Asked.DAY, (date(2026, 12, 25),)),
        ("es", "en Nochevieja", Asked.DAY, (date(2026, 12, 31),)),
        ("es", "el día de Año Nuevo", Asked.DAY, (date(2027, 1, 1),)),
        ("es", "el día de Reyes", Asked.DAY, (date(2027, 1, 6),)),
        ("es", "el Jueves Santo", Asked.DAY, (date(2027, 3, 25),)),
        ("es", "el Lunes de Pascua", Asked.DAY, (date(2027, 3, 29),)),
        ("es", "el uno de mayo", Asked.DAY, (date(2027, 5, 1),)),
        ("es", "el primero de mayo", Asked.DAY, (date(2027, 5, 1),)),
        ("es", "el treinta y uno de diciembre", Asked.DAY, (date(2026, 12, 31),)),
        ("es", "el sábado veintiséis de diciembre", Asked.DAY, (date(2026, 12, 26),)),
        ("es", "el dos", Asked.DAY, (date(2026, 12, 2),)),
        ("es", "el veintinueve de febrero", Asked.DAY, (date(2028, 2, 29),)),
        ("es", "cuál es su horario", Asked.WEEK, None),
        ("es", "de lunes a viernes", Asked.WEEK, None),
        ("es", "la semana que viene", Asked.WEEK, None),
        ("es", "abren en agosto", Asked.MONTH, None),
        ("es", "los festivos", Asked.HOLIDAYS, (MONDAY,)),
        ("es", "abren los feriados", Asked.HOLIDAYS, (MONDAY,)),
        ("pt", "", Asked.NOW, (MONDAY,)),
        ("pt", "bom dia estão abertos", Asked.NOW, (MONDAY,)),
        ("pt", "boa tarde, ainda estão abertos?", Asked.NOW, (MONDAY,)),
        ("pt", "a que horas fecham", Asked.DAY, (MONDAY,)),
        ("pt", "que horas fecha", Asked.DAY, (MONDAY,)),
        ("pt", "amanhã", Asked.DAY, (date(2026, 11, 24),)),
        ("pt", "amanhã de manhã", Asked.DAY, (date(2026, 11, 24),)),
        ("pt", "esta manhã", Asked.DAY, (MONDAY,)),
        ("pt", "depois de amanhã", Asked.DAY, (date(2026, 11, 25),)),
        ("pt", "daqui a dois dias", Asked.DAY, (date(2026, 11, 25),)),
        ("pt", "daqui a uma semana", Asked.DAY, (date(2026, 11, 30),)),
        ("pt", "aos sábados de manhã", Asked.WEEKDAY, (SATURDAY,)),
        ("pt", "sábado que vem", Asked.WEEKDAY, (SATURDAY,)),
        ("pt", "na próxima segunda-feira", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("pt", "segunda que vem", Asked.WEEKDAY, (date(2026, 11, 30),)),
        ("pt", "abrem ao domingo", Asked.WEEKDAY, (SUNDAY,)),
        ("pt", "e na quarta", Asked.WEEKDAY, (date(2026, 11, 25),)),
        ("pt", "neste fim de semana", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("pt", "no final de semana", Asked.DAYS, (SATURDAY, SUNDAY)),
        ("pt", "no Natal", Asked.DAYS, CHRISTMAS),
        ("pt", "no dia de Natal", Asked.DAY, (date(2026, 12, 25),)),
        ("pt", "na passagem de ano", Asked.DAY, (date(2026, 12, 31),)),
        ("pt", "na terça-feira de Carnaval", Asked.DAY, (date(2027, 2, 9),)),
        ("pt", "na Sexta-feira Santa", Asked.DAY, (date(2027, 3, 26),)),
        ("pt", "um de maio", Asked.DAY, (date(2027, 5, 1),)),
        ("pt", "primeiro de maio", Asked.DAY, (date(2027, 5, 1),)),
        ("pt", "dia trinta e um de dezembro", Asked.DAY, (date(2026, 12, 31),)),
        ("pt", "no dia vinte e seis", Asked.DAY, (date(2026, 11, 26),)),
        ("pt", "sábado dia vinte e seis de dezembro", Asked.DAY, (date(2026, 12, 26),)),
        ("pt", "vinte e nove de fevereiro", Asked.DAY, (date(2028, 2, 29),)),
        ("pt", "qual é o vosso horário", Asked.WEEK, None),
        ("pt", "de segunda a sexta", Asked.WEEK, None),
        ("pt", "para a semana", Asked.WEEK, None),
        ("pt", "abrem em agosto", Asked.MONTH, None),
        ("pt", "nos feriados", Asked.HOLIDAYS, (MONDAY,)),
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
        ("es", "a las siete de la tarde", 19 * 60, True),
        ("es", "a las ocho de la noche", 20 * 60, True),
        ("es", "a las ocho y media de la mañana", 8 * 60 + 30, True),
        ("es", "a la una", 13 * 60, True),
        ("es", "a la una y cuarto", 13 * 60 + 15, True),
        ("es", "a las seis y media", 18 * 60 + 30, True),
        ("es", "a las nueve menos cuarto", 8 * 60 + 45, False),
        ("es", "a las nueve menos veinte", 8 * 60 + 40, False),
        ("es", "cuarto para las nueve", 8 * 60 + 45, False),
        ("es", "diez para las nueve", 8 * 60 + 50, False),
        ("es", "a las dieciocho treinta", 18 * 60 + 30, True),
        ("es", "a las cinco y treinta y cinco", 17 * 60 + 35, True),
        ("es", "a las 18:30", 18 * 60 + 30, True),
        ("es", "hasta las ocho", 20 * 60, True),
        ("es", "hasta mediodía", 12 * 60, True),
        ("es", "a las doce de la noche", 0, True),
        ("es", "a las doce del mediodía", 12 * 60, True),
        ("pt", "às sete da noite", 19 * 60, True),
        ("pt", "às sete da tarde", 19 * 60, True),
        ("pt", "à uma", 13 * 60, True),
        ("pt", "às duas da tarde", 14 * 60, True),
        ("pt", "às seis e meia", 18 * 60 + 30, True),
        ("pt", "às nove e um quarto", 9 * 60 + 15, False),
        ("pt", "às dez menos um quarto", 9 * 60 + 45, False),
        ("pt", "quinze para as dez", 9 * 60 + 45, False),
        ("pt", "um quarto para as dez", 9 * 60 + 45, False),
        ("pt", "às nove e vinte e cinco", 9 * 60 + 25, False),
        ("pt", "às vinte e uma horas", 21 * 60, True),
        ("pt", "às 18h30", 18 * 60 + 30, True),
        ("pt", "às 18 horas", 18 * 60, True),
        ("pt", "até às oito", 20 * 60, True),
        ("pt", "ao meio-dia", 12 * 60, True),
        ("pt", "meio-dia e meia", 12 * 60 + 30, True),
        ("pt", "à meia-noite", 0, True),
    ],
)
def test_times_of_day_are_understood(
    language: str, said: str, minute: int | None, certain: bool
) -> None:
    time = understand(said, language, MONDAY).time
    assert (time.minute, time.certain) == (minute, certain)


@pytest.mark.parametrize(
    ("language", "said", "part"),
    [
        ("es", "mañana por la mañana", "morning"),
        ("es", "esta tarde", "afternoon"),
        ("es", "el viernes por la noche", "evening"),
        ("es", "a mediodía", "lunch"),
        ("es", "de madrugada", "night"),
        ("pt", "amanhã de manhã", "morning"),
        ("pt", "hoje à tarde", "afternoon"),
        ("pt", "logo à noite", "evening"),
        ("pt", "à hora de almoço", "lunch"),
    ],
)
def test_parts_of_the_day_are_understood(language: str, said: str, part: str) -> None:
    assert understand(said, language, MONDAY).time.part == part


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "un momento por favor"),
        ("es", "buenas tardes"),
        ("es", "una pregunta"),
        ("pt", "um momento por favor"),
        ("pt", "boa tarde"),
        ("pt", "a uma pessoa"),
    ],
)
def test_words_that_are_no_times_are_left_alone(language: str, said: str) -> None:
    assert understand(said, language, MONDAY).time.minute is None


@pytest.mark.parametrize(
    ("language", "minute", "preposition", "said"),
    [
        ("es", 9 * 60, "at", "a las nueve"),
        ("es", 13 * 60, "at", "a la una"),
        ("es", 60, "until", "hasta la una"),
        ("es", 13 * 60 + 30, "until", "hasta la una y media"),
        ("es", 12 * 60 + 45, "at", "a la una menos cuarto"),
        ("es", 8 * 60 + 45, "from", "de nueve menos cuarto"),
        ("es", 18 * 60 + 15, "at", "a las seis y cuarto"),
        ("es", 9 * 60 + 7, "at", "a las nueve y siete"),
        ("es", 12 * 60, "at", "a las doce del mediodía"),
        ("es", 24 * 60, "until", "hasta las doce de la noche"),
        ("pt", 9 * 60, "at", "às nove"),
        ("pt", 60, "at", "à uma"),
        ("pt", 14 * 60, "from", "das catorze"),
        ("pt", 2 * 60, "at", "às duas"),
        ("pt", 21 * 60, "until", "até às vinte e uma"),
        ("pt", 22 * 60 + 30, "to", "às vinte e duas e trinta"),
        ("pt", 9 * 60 + 30, "at", "às nove e meia"),
        ("pt", 12 * 60, "at", "ao meio-dia"),
        ("pt", 12 * 60, "until", "até ao meio-dia"),
        ("pt", 24 * 60, "until", "até à meia-noite"),
    ],
)
def test_times_are_said_naturally(
    language: str, minute: int, preposition: Preposition, said: str
) -> None:
    assert speech(language).clock(minute, preposition) == said


def test_the_part_of_the_day_is_said_where_a_spanish_hour_is_in_doubt() -> None:
    spanish = speech("es")
    assert spanish.interval(Interval(540, 780)) == "de nueve a una"
    assert spanish.interval(Interval(480, 1200)) == "de ocho de la mañana a ocho de la tarde"
    assert spanish.interval(Interval(0, 1440)) == "las veinticuatro horas"


def test_weekdays_are_grouped() -> None:
    assert speech("es").habit([0, 1, 2, 3, 4]) == "de lunes a viernes"
    assert speech("es").habit([5, 6]) == "los sábados y los domingos"
    assert speech("pt").habit([0, 1, 2, 3, 4]) == "de segunda a sexta-feira"
    assert speech("pt").habit([0, 2]) == "às segundas-feiras e às quartas-feiras"


def test_a_leap_day_is_said() -> None:
    assert speech("es").full_date(date(2028, 2, 29)) == "el martes veintinueve de febrero"
    assert speech("pt").full_date(date(2028, 2, 29)) == "terça-feira, dia vinte e nove de fevereiro"


DATES = st.dates(date(2020, 1, 1), date(2090, 12, 31))
LANGUAGES = st.sampled_from(["es", "pt"])


@given(today=DATES, ahead=st.integers(0, 364), language=LANGUAGES)
def test_a_date_that_is_said_is_understood_as_that_date(
    today: date, ahead: int, language: str
) -> None:
    day = today + timedelta(days=ahead)
    assert understand(speech(language).full_date(day), language, today).days == (day,)


@given(minute=st.integers(0, 1439), language=LANGUAGES)
def test_a_time_that_is_said_with_its_part_of_the_day_is_understood_as_that_time(
    minute: int, language: str
) -> None:
    # "Vinte e um" is one past twenty, and twenty-one: nobody can tell them apart.
    assume(language != "pt" or not 20 * 60 < minute < 20 * 60 + 10)
    said = speech(language).clock(minute, "at", daypart=True)
    assert not any(letter.isdigit() or letter in "{}" for letter in said)
    heard = understand(said, language, MONDAY).time.minute
    assert heard is not None
    # Portuguese says all twenty-four hours, so small ones may be meant for the afternoon.
    assert heard == minute or (language == "pt" and minute < 7 * 60 and heard == minute + 720)


@given(number=st.integers(0, 59), language=LANGUAGES)
def test_a_number_that_is_said_is_heard_as_that_number(number: int, language: str) -> None:
    assert with_digits(f"a {speech(language).numbers[number]} b", language) == f"a {number} b"


@given(text=st.text(max_size=60), today=DATES, language=LANGUAGES)
def test_anything_said_means_some_time(text: str, today: date, language: str) -> None:
    assert understand(text, language, today).days
