"""What keys mean, and what a menu offers at which hour."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.spoken import speech
from prompts.loader import available, load
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.menu.config import MESSAGE
from receptionist.menu.key_menu import Choice, KeyMenu, Kind, menu_of
from receptionist.menu.reading import asked_whether, ending, read_out
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import mill
from tests.receptionist.handoff.telephones import MONDAY_TEN

pytestmark = pytest.mark.unit

EVENING = MONDAY_TEN.replace(hour=21)


def with_menu(menu: Mapping[str, str], language: str = "en") -> TenantSnapshot:
    tenant = mill()
    phone = tenant.config.phone.model_copy(update={"menu": menu})
    changed = {"phone": phone, "languages": (language,)}
    config = tenant.config.model_copy(update=changed)
    return replace(tenant, config=config, texts={language: load(language)})


def plan_in(language: str, snapshot: TenantSnapshot) -> CallPlan:
    return resolve(snapshot, CallRequest(call_id="c1", channel="sip", language=language))


def at(
    now: datetime = MONDAY_TEN,
    *,
    snapshot: TenantSnapshot | None = None,
    line: bool = True,
    messages: bool = True,
    menu: Mapping[str, str] | None = None,
) -> KeyMenu:
    snapshot = snapshot or with_menu(menu or {})
    return menu_of(snapshot, now, line=line, messages=messages)


def test_without_a_menu_the_departments_that_may_be_rung_are_offered_and_a_message() -> None:
    menu = at()
    assert menu.choices == {"1": "repairs", "9": MESSAGE}
    assert menu.read == ("1", "9")
    assert menu.person


@pytest.mark.parametrize("number", ["", "+881612345678", "112", "+390612345678"])
def test_a_department_that_may_never_be_rung_is_not_offered(number: str) -> None:
    menu = at(snapshot=mill(numbers={"repairs": number}))
    assert menu.choices == {"9": MESSAGE}


def test_a_menu_that_is_written_is_the_one_that_is_read() -> None:
    menu = at(menu={"2": "repairs", "3": MESSAGE, "1": "eve"})
    assert menu.read == ("1", "2", "3")
    assert menu.meant("1") == Choice(kind=Kind.TRANSFER, target="eve")
    assert menu.meant("3") == Choice(kind=Kind.MESSAGE)
    assert menu.meant("9") is None


def test_what_is_closed_is_not_read_out_and_keeps_its_key() -> None:
    menu = at(EVENING)
    assert menu.read == ("9",)
    assert not menu.person
    assert menu.meant("1") == Choice(kind=Kind.TRANSFER, target="repairs")
    assert at(menu={"1": "ann", "2": "bob"}).read == ("1",)  # bob comes in the afternoon


def test_where_nobody_can_be_rung_only_a_message_is_offered() -> None:
    menu = at(line=False)
    assert (menu.read, menu.person, menu.extensions) == (("9",), False, {})
    assert at(line=False, messages=False).empty


def test_without_a_place_for_messages_none_is_offered() -> None:
    assert at(messages=False).choices == {"1": "repairs"}


def test_zero_is_a_person_and_star_says_it_again() -> None:
    assert at().meant("0") == Choice(kind=Kind.TRANSFER, target="operator")
    assert at().meant("*") == Choice(kind=Kind.AGAIN)


def test_an_extension_rings_whose_it_is_and_no_other_number_does() -> None:
    menu = at()
    assert menu.meant("21") == Choice(kind=Kind.TRANSFER, target="ann")
    for keys in ("204", "01632960123", "441632960123", "112", "2"):
        assert menu.meant(keys) is None


def test_a_key_that_may_be_the_first_of_an_extension_waits_for_the_next() -> None:
    menu = at()
    assert not menu.settled("1")  # extension 10
    assert menu.settled("10")
    assert menu.settled("0")
    assert not at(line=False).settled("2")


@pytest.mark.parametrize("language", available())
def test_it_is_read_in_the_language_of_the_call(language: str) -> None:
    snapshot = with_menu({"1": "repairs", "2": "eve", "9": MESSAGE}, language)
    plan = plan_in(language, snapshot)
    told = read_out(at(snapshot=snapshot), plan)
    where = [told.index(f" {speech(language).digits(key)}.") for key in "1290"]
    assert where == sorted(where)
    assert told.index("repairs") < told.index("Eve Lee")
    assert plan.line("menu_again") in told
    assert "{" not in told + asked_whether(plan)


@pytest.mark.parametrize("outcome", TransferOutcome)
@pytest.mark.parametrize("language", available())
def test_how_ringing_ended_is_told_in_every_language(language: str, outcome: str) -> None:
    plan = plan_in(language, with_menu({}, language))
    told = ending({"outcome": outcome, "contact": {"id": "eve"}}, plan)
    assert told
    assert "{" not in told
    assert told != ending({"outcome": "invented"}, plan) or outcome == TransferOutcome.FAILED


@given(st.text(alphabet="0123456789*#", max_size=8))
def test_nobody_is_rung_who_is_not_on_the_list(keys: str) -> None:
    menu = at()
    choice = menu.meant(keys)
    if choice is not None and choice.kind is Kind.TRANSFER:
        known = {*menu.choices.values(), *menu.extensions.values(), "operator"}
        assert choice.target in known
    assert choice is not None or not menu.settled(keys)
