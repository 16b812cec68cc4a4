"""Whatever a caller dictates is kept right, or asked for again; nothing else happens."""

from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist.appointments.services import meant
from receptionist.callbacks.due import CallbackTimes
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.captured import WrongError, phone_number, spoken_number, text
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration

WORDS = st.text(max_size=60)
DIALLED = st.text("0123456789+-() .", max_size=24)
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(
    ("written", "kept", "spoken"),
    [
        ("01632 960555", "+441632960555", "zero one six, three two, nine six zero, five five five"),
        ("07700 900123", "+447700900123", "zero seven seven, zero zero, nine zero zero, one two"),
        ("+44 (0)1632 960555", "+441632960555", "zero one six, three two, nine six zero"),
        ("0039 06 0000 0000", "+390600000000", "plus three nine, zero six, zero zero"),
        ("+1 202-555-0182", "+12025550182", "plus one, two zero two, five five five, zero one"),
        ("0151 234567", "0151234567", "zero one five, one two three, four five six seven"),
        (
            "20 7946 0958",
            "+442079460958",
            "zero two zero, seven nine four six, zero nine five eight",
        ),
        ("333 123 4567", "3331234567", "three three three, one two three, four five six seven"),
    ],
)
def test_a_number_is_kept_for_dialling_from_anywhere_and_read_in_its_own_groups(
    demo: TenantSnapshot, written: str, kept: str, spoken: str
) -> None:
    context = Desk(demo).context
    assert phone_number(written, context) == kept
    assert spoken_number(kept, context).startswith(spoken)


@given(written=st.one_of(WORDS, DIALLED))
@QUICK
def test_any_text_is_a_possible_number_or_is_asked_for_again(
    demo: TenantSnapshot, written: str
) -> None:
    context = Desk(demo).context
    try:
        kept = phone_number(written, context)
    except WrongError as wrong:
        result = wrong.result
    else:
        if kept.startswith("+"):
            assert phonenumbers.is_possible_number(phonenumbers.parse(kept))
        else:
            assert kept == phonenumbers.normalize_digits_only(written)
        assert phone_number(kept, context) == kept
        assert spoken_number(kept, context)
        return
    assert (result["outcome"], result["field"]) == ("invalid", "callback_number")
    assert result["spoken"].endswith("?")


@given(written=WORDS)
@QUICK
def test_dictated_words_are_one_line_that_can_be_shown_anywhere(written: str) -> None:
    said = text(written)
    assert said.isprintable()
    assert text(said) == said


@given(words=WORDS)
@QUICK
def test_any_words_are_some_time_or_none_when_somebody_calls_back(
    demo: TenantSnapshot, words: str
) -> None:
    desk = Desk(demo)
    hours = demo.texts["en"].hours
    found = CallbackTimes(demo.hours, desk.time, language="en", texts=hours).find(words)
    for due in (found.due, found.instead):
        if due is not None:
            assert desk.time <= due.start < due.end
            assert demo.hours.is_open(due.start)


@given(words=WORDS)
@QUICK
def test_any_words_mean_services_that_are_there(demo: TenantSnapshot, words: str) -> None:
    services = demo.config.appointments.services
    assert set(map(_name, meant(words, services, "en"))) <= set(map(_name, services))


def _name(service: Any) -> str:
    return service.id
