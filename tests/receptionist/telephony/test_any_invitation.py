"""Whatever an invitation says, it is answered or refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.telephony.caller import CallerIdentity, identity
from receptionist.telephony.config import Phone
from receptionist.telephony.passage import MOST_DIVERSIONS, Passage
from receptionist.telephony.router import Refusal
from receptionist.telephony.screening import is_admitted
from tests.receptionist.telephony.invitations import Said, ask, line

pytestmark = pytest.mark.unit

FINAL = {302, 403, 404, 433, 480, 482, 483, 503, 603}

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
