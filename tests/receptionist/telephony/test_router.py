"""Who is answered on the telephone, and why others are not; pure, so it is tried with anything."""

from collections.abc import Mapping

import pytest

from receptionist.telephony.caller import CallerIdentity, Verdict
from receptionist.telephony.config import Phone
from receptionist.telephony.router import Line, Refusal, Route, line_of, route
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.telephony.invitations import (
    CALLER,
    MONDAY_NOON,
    OURS,
    SUNDAY,
    Said,
    ask,
    code,
    line,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("called", "known", "language"),
    [
        ("mill", "mill", None),
        ("MILL", "mill", None),
        (OURS, OURS, "it"),
        ("441632960100", OURS, "it"),
        ("01632960100", OURS, "it"),
        ("00441632960100", OURS, "it"),
        ("01632 960 100", OURS, "it"),
        ("100", "100", "fr"),
    ],
)
def test_a_number_is_known_however_it_is_written(
    called: str, known: str, language: str | None
) -> None:
    found = ask(Said(called=called))
    assert isinstance(found, Route)
    assert (found.tenant, found.called, found.language) == ("mill", known, language)


@pytest.mark.parametrize("called", ["nobody", "", "+441632960199", "101", "sip:mill", "a" * 9000])
def test_who_calls_what_nobody_is_called_is_told_so(called: str) -> None:
    assert code(Said(called=called)) == 404


def test_the_first_tenant_that_is_called_so_answers() -> None:
    other = Line(
        tenant="farm",
        country="IT",
        users=frozenset({"farm"}),
        numbers={"farm": None, "+390612345678": "it"},
        phone=Phone(),
        hours=line().hours,
    )
    found = route([line(), other], Said(called="0612345678"), MONDAY_NOON)
    assert isinstance(found, Route)
    assert found.tenant == "farm"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (Said(caller="07911123456"), "+447911123456"),
        (Said(caller="393331234567"), CALLER),
        (Said(caller="201"), "201"),
        (Said(caller="+1", asserted="<sip:+393331234567@gate;user=phone>"), CALLER),
        (Said(caller="tel:+39-333-1234567"), CALLER),
        (Said(caller="+4490"), "+4490"),
        (Said(caller="somebody"), ""),
    ],
)
def test_a_callers_number_is_made_international(said: Said, number: str) -> None:
    found = ask(said)
    assert isinstance(found, Route)
    assert found.caller.number == number


@pytest.mark.parametrize(
    "said",
    [
        Said(caller="anonymous"),
        Said(caller='"Anonymous" <sip:anonymous@anonymous.invalid>'),
        Said(display="Withheld"),
        Said(privacy=True, asserted=CALLER),
    ],
)
def test_who_withholds_his_number_is_answered_or_not_as_the_tenant_says(said: Said) -> None:
    found = ask(said)
    assert isinstance(found, Route)
    assert found.caller == CallerIdentity(withheld=True)
    assert code(said, anonymous="refuse") == 433


@pytest.mark.parametrize(
    ("verstat", "verdict"),
    [
        ("TN-Validation-Passed-A", Verdict.FULL),
        ("TN-Validation-Passed-B", Verdict.PARTIAL),
        ("TN-Validation-Passed-C", Verdict.GATEWAY),
        ("TN-Validation-Passed", Verdict.PASSED),
        ("TN-Validation-Failed", Verdict.FAILED),
        ("No-TN-Validation", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
    ],
)
def test_what_is_known_of_a_number_is_told(verstat: str, verdict: Verdict) -> None:
    asserted = f"<sip:{CALLER};verstat={verstat}@gate>" if verstat else ""
    for said in (Said(verstat=verstat), Said(asserted=asserted)):
        found = ask(said)
        assert isinstance(found, Route)
        assert (found.caller.number, found.caller.verdict) == (CALLER, verdict)


def test_a_false_number_is_turned_down_where_the_tenant_wants_that() -> None:
    said = Said(verstat="TN-Validation-Failed")
    assert isinstance(ask(said), Route)
    assert code(said, unverified="refuse") == 403


@pytest.mark.parametrize(
    ("block", "allow", "admitted"),
    [
        ((), (), True),
        (("+39*",), (), False),
        (("+39*",), ("+39333*",), True),
        (("+39333*",), ("+39*",), False),
        (("+39*",), ("+39*",), False),
        (("+39333*",), (CALLER,), True),
        ((), ("+44*",), False),
        ((CALLER,), ("+39*",), False),
        (("+390*",), (), True),
        (("07911123456",), (), True),
    ],
)
def test_the_longest_pattern_decides(
    block: tuple[str, ...], allow: tuple[str, ...], *, admitted: bool
) -> None:
    found = ask(Said(), block=block, allow=allow)
    assert isinstance(found, Route) is admitted
    if not admitted:
        assert code(Said(), block=block, allow=allow) == 603


def test_a_number_of_no_numbering_plan_does_not_get_around_a_block() -> None:
    assert code(Said(caller="+4490"), block=("+4490*",)) == 603


def test_a_blocked_number_is_blocked_in_national_form_too() -> None:
    assert code(Said(caller="07911 123456"), block=("07911123456",)) == 603
    assert code(Said(caller="00447911123456"), block=("07911123456",)) == 603


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(headers={"Max-Forwards": "0"}), 483),
        (Said(caller=OURS), 482),
        (Said(headers={"X-Receptionist-Call": "abc"}), 482),
        (Said(called=OURS, headers={"Diversion": f"<sip:{OURS}@a>, <tel:{OURS}>"}), 482),
        (Said(headers={"Diversion": ",".join(f"<sip:{n}@a>" for n in range(200, 206))}), 482),
        (
            Said(headers={"History-Info": ",".join(f"<sip:{n}@a>;index=1" for n in range(7))}),
            482,
        ),
    ],
)
def test_a_call_that_goes_round_in_circles_is_stopped(said: Said, expected: int) -> None:
    assert code(said) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"Max-Forwards": "1"},
        {"Max-Forwards": "many"},
        {"Diversion": f"<sip:{OURS}@pbx>;reason=no-answer"},
        {"History-Info": f"<sip:{OURS}@pbx>;index=1, <sip:mill@here>;index=1.1"},
    ],
)
def test_a_call_that_was_sent_on_once_is_answered(headers: Mapping[str, str]) -> None:
    assert isinstance(ask(Said(called=OURS, headers=headers)), Route)


def test_callers_are_answered_at_night_unless_the_tenant_refuses() -> None:
    assert isinstance(ask(Said(), SUNDAY), Route)
    assert code(Said(), SUNDAY, closed="refuse") == 480
    assert isinstance(ask(Said(), closed="refuse"), Route)


def test_a_caller_for_whom_there_is_no_line_is_sent_on_or_told_so() -> None:
    plain = ask(Said(), busy=True)
    assert isinstance(plain, Refusal)
    assert (plain.sip_code, plain.spoken, plain.retry_after_s) == (503, "", 5)
    told = route([line(busy="message")], Said(), MONDAY_NOON, busy=True)
    answered = route([line(busy="message")], Said(), MONDAY_NOON)
    assert isinstance(told, Refusal)
    assert isinstance(answered, Route)
    assert told.spoken == "busy"
    assert told.language == answered.language
    sent_on = ask(Said(), busy=True, overflow="01632960999")
    assert isinstance(sent_on, Refusal)
    assert (sent_on.sip_code, sent_on.redirect) == (302, "+441632960999")


def test_who_is_unwanted_is_not_sent_on() -> None:
    assert code(Said(), busy=True, overflow="01632960999", block=("+39*",)) == 603


def test_a_number_nobody_names_may_ring_at_the_first_under_its_rules() -> None:
    elsewhere = Said(called="+441632960199")
    first = line(block=("+39*",), overflow="01632960999")
    assert route([first], elsewhere, MONDAY_NOON) == Refusal(sip_code=404, reason="unknown_number")
    blocked = route([first], elsewhere, MONDAY_NOON, any_number=True)
    assert isinstance(blocked, Refusal)
    assert blocked.sip_code == 603
    found = route([line()], elsewhere, MONDAY_NOON, any_number=True)
    assert isinstance(found, Route)
    assert (found.tenant, found.called, found.language) == ("mill", "+441632960199", None)
    named = route([line()], Said(called=OURS), MONDAY_NOON, any_number=True)
    assert isinstance(named, Route)
    assert named.language == "it"
    assert isinstance(route([], elsewhere, MONDAY_NOON, any_number=True), Refusal)


def test_the_line_of_a_tenant_is_its_name_its_users_and_its_numbers(demo: TenantSnapshot) -> None:
    found = line_of(demo)
    assert {"demo", "brindlewick"} <= set(found.numbers)
    assert isinstance(route([found], Said(called="demo"), MONDAY_NOON), Route)
