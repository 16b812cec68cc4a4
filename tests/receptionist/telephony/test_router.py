"""Who is answered on the telephone, and why others are not; pure, so it is tried with anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.hours import HoursConfig
from knowledge.opening import OpeningHours
from receptionist.telephony.caller import CallerIdentity, Verdict, identity
from receptionist.telephony.config import Phone
from receptionist.telephony.passage import MOST_DIVERSIONS, Passage
from receptionist.telephony.router import Line, Refusal, Route, line_of, route
from receptionist.telephony.screening import is_admitted
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.unit

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = "+441632960100"
CALLER = "+393331234567"
FINAL = {302, 403, 404, 433, 480, 482, 483, 503, 603}


@dataclass(frozen=True, kw_only=True)
class Said:
    """An invitation."""

    called: str = "mill"
    caller: str = CALLER
    display: str = ""
    asserted: str = ""
    privacy: bool = False
    verstat: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def line(**phone: object) -> Line:
    week = HoursConfig.model_validate({"week": {"monday": ["09:00-18:00"]}})
    return Line(
        tenant="mill",
        country="GB",
        users=frozenset({"mill"}),
        numbers={"mill": None, OURS: "it", "100": "fr"},
        phone=Phone.model_validate(phone),
        hours=OpeningHours(week, country="GB", time_zone=ZoneInfo("Europe/London")),
    )


def ask(
    said: Said, at: datetime = MONDAY_NOON, *, busy: bool = False, **phone: object
) -> Route | Refusal:
    return route([line(**phone)], said, at, busy=busy)


def code(said: Said, at: datetime = MONDAY_NOON, *, busy: bool = False, **phone: object) -> int:
    found = ask(said, at, busy=busy, **phone)
    assert isinstance(found, Refusal)
    return found.sip_code


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
    assert isinstance(told, Refusal)
    assert told.spoken == "busy"
    sent_on = ask(Said(), busy=True, overflow="01632960999")
    assert isinstance(sent_on, Refusal)
    assert (sent_on.sip_code, sent_on.redirect) == (302, "+441632960999")


def test_who_is_unwanted_is_not_sent_on() -> None:
    assert code(Said(), busy=True, overflow="01632960999", block=("+39*",)) == 603


def test_the_line_of_a_tenant_is_its_name_its_users_and_its_numbers(demo: TenantSnapshot) -> None:
    found = line_of(demo)
    assert {"demo", "brindlewick"} <= set(found.numbers)
    assert isinstance(route([found], Said(called="demo"), MONDAY_NOON), Route)


# --- whatever comes -------------------------------------------------------------------------

TEXT = st.text(max_size=60)
NASTY = st.one_of(
    TEXT,
    st.sampled_from(["<sip:", "sip:;verstat=", "%00", "tel:+", "<>", "anonymous", '"', "+", "::"]),
    st.from_regex(r"<?(?:sip|tel):[+0-9a-z;%=]{0,40}@?[a-z.]{0,10}>?", fullmatch=True),
    st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True),
)
PATTERN = st.from_regex(r"\A(?:\+[0-9]{1,6}\*?|[0-9]{2,15})\Z")
ANYTHING = st.builds(
    Said,
    called=st.one_of(NASTY, st.just("mill")),
    caller=NASTY,
    display=NASTY,
    asserted=NASTY,
    privacy=st.booleans(),
    verstat=NASTY,
    headers=st.dictionaries(
        st.sampled_from(["Max-Forwards", "Diversion", "History-Info", "X-Receptionist-Call"]),
        NASTY,
    ),
)


@given(said=ANYTHING, busy=st.booleans(), block=st.lists(PATTERN, max_size=3))
def test_every_invitation_is_answered_or_refused_with_a_reason(
    said: Said, block: list[str], *, busy: bool
) -> None:
    found = ask(said, busy=busy, block=tuple(block))
    if isinstance(found, Refusal):
        assert found.sip_code in FINAL
        assert found.reason
    else:
        assert found.tenant == "mill"
        assert not busy
        assert found.called in line().numbers
    assert found.caller.number == "" or found.caller.number.lstrip("+").isdecimal()
    assert not (found.caller.withheld and found.caller.number)
    assert found.caller.name.isprintable()
    assert len(found.caller.name) <= 60


@given(headers=st.dictionaries(st.text(max_size=20), NASTY, max_size=6))
def test_a_passage_is_read_from_whatever_headers_there_are(headers: dict[str, str]) -> None:
    passage = Passage.read(headers)
    assert passage.hops_left is None or 0 <= passage.hops_left <= 999
    assert passage.too_many is (len(passage.diverted_by) > MOST_DIVERSIONS)


NUMBER = st.from_regex(r"\A\+[1-9][0-9]{6,13}\Z")


@given(number=NUMBER, length=st.integers(2, 6), deeper=st.integers(1, 4))
def test_an_exception_from_a_block_is_one_whatever_the_number(
    number: str, length: int, deeper: int
) -> None:
    outer, inner = f"{number[:length]}*", f"{number[: length + deeper]}*"
    caller = CallerIdentity(number=number)
    assert is_admitted(caller, Phone(block=(outer,), allow=(inner,)), "GB")
    assert not is_admitted(caller, Phone(block=(inner,), allow=(outer,)), "GB")
    assert not is_admitted(caller, Phone(block=(number,)), "GB")


@given(caller=NASTY, display=NASTY, asserted=NASTY)
def test_whoever_asks_for_privacy_leaves_no_number(
    caller: str, display: str, asserted: str
) -> None:
    found = identity(caller=caller, display=display, asserted=asserted, privacy=True, country="IT")
    assert (found.number, found.name, found.withheld) == ("", "", True)
