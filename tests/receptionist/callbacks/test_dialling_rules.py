"""Nobody is called back whom the tenant does not want to be, or at another hour."""

from datetime import UTC, datetime
from typing import Any

import pytest

from receptionist.callbacks.dialling import SAID, Hindrance, hindered
from receptionist.callbacks.records import CallbackRecord
from tests.receptionist.handoff.mill import mill

pytestmark = pytest.mark.unit

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 10, tzinfo=UTC)


def asked(number: str = "+441632960555", by: str = "ann") -> CallbackRecord:
    return CallbackRecord(
        id="c1",
        tenant="mill",
        call_id="call",
        contact_id=by,
        caller_name="Zoe",
        callback_number=number,
        about="a tap",
        due_from=MONDAY,
        due_until=MONDAY,
        created_at=MONDAY,
    )


def why(
    callback: CallbackRecord,
    now: datetime = MONDAY,
    *,
    countries: tuple[str, ...] = (),
    extensions: dict[str, str] | None = None,
    **rules: Any,
) -> Hindrance | None:
    snapshot = mill(numbers=extensions, callbacks={"dial": True} | rules)
    return hindered(callback, snapshot, now, countries=countries)


def test_a_due_callback_is_dialled_in_opening_hours() -> None:
    assert why(asked()) is None


def test_nobody_is_dialled_unless_the_tenant_says_so() -> None:
    assert hindered(asked(), mill(), MONDAY) is Hindrance.OFF


@pytest.mark.parametrize(
    "number", ["+449098790000", "999", "+881612345678", "+393401234567", "118500", "nonsense", ""]
)
def test_numbers_that_cost_extra_or_are_abroad_are_never_dialled(number: str) -> None:
    assert why(asked(number)) is Hindrance.NUMBER


def test_countries_are_those_of_tenant_and_operator() -> None:
    italian = asked("+393401234567")
    assert why(italian, countries=("IT", "GB")) is Hindrance.NUMBER
    snapshot = mill(callbacks={"dial": True, "countries": ["IT"]})
    assert hindered(italian, snapshot, MONDAY) is None
    assert hindered(italian, snapshot, MONDAY, countries=("GB",)) is Hindrance.NUMBER


def test_hours_are_the_tenants_own_in_its_time_zone() -> None:
    assert why(asked(), SUNDAY) is Hindrance.HOURS
    narrow = {"week": {"monday": ["11:00-12:00"]}}
    assert why(asked(), hours=narrow) is Hindrance.HOURS
    assert why(asked(), MONDAY.replace(hour=11), hours=narrow) is None
    # London is an hour ahead of UTC in summer.
    assert why(asked(), datetime(2026, 7, 6, 10, 30, tzinfo=UTC), hours=narrow) is None


def test_whoever_calls_back_must_be_there_and_have_a_telephone() -> None:
    assert why(asked(by="bob")) is Hindrance.CLOSED  # afternoons only
    assert why(asked(by="nobody")) is Hindrance.NOBODY
    assert why(asked(), extensions={"ann": ""}) is Hindrance.NOBODY


def test_every_reason_can_be_read() -> None:
    assert set(SAID) == set(Hindrance)
