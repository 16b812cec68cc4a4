"""What an INVITE says is read, never believed, and nothing in it hurts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.telephony.sip.headers import LOOKED_AT, address, invitation, withheld

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "display", "user"),
    [
        ('"Anna Rossi" <sip:+39061@pbx.example;user=phone>;tag=1', "Anna Rossi", "+39061"),
        ("Bob <sip:bob@127.0.0.1:5060>;tag=x", "Bob", "bob"),
        ("<sip:demo@127.0.0.1;transport=udp>", "", "demo"),
        ("sip:100@pbx;tag=9", "", "100"),
        ("<tel:+44-20-7946-0958;phone-context=x>", "", "+44-20-7946-0958"),
        ('"a \\"b\\" <c>" <sip:d@e>', 'a "b" <c>', "d"),
        ("<sip:%2B44207@x>", "", "+44207"),
        ("<sip:user:secret@x>", "", "user"),
        ("<sips:s@x>", "", "s"),
        ("<sip:example.com>", "", ""),
        ("", "", ""),
        ("Anonymous <sip:anonymous@anonymous.invalid>", "Anonymous", "anonymous"),
    ],
)
def test_an_address_has_a_name_and_a_user(value: str, display: str, user: str) -> None:
    assert address(value) == (display, user)


@pytest.mark.parametrize(
    ("privacy", "caller", "is_withheld"),
    [
        ("id", "+44207", True),
        ("user;critical", "x", True),
        ("none", "+44207", False),
        ("", "anonymous", True),
        ("", "Anonymous", True),
        ("", "+44207", False),
    ],
)
def test_a_caller_may_stay_unknown(privacy: str, caller: str, is_withheld: bool) -> None:
    assert withheld(privacy, caller) is is_withheld


SAID = {
    "From": '"Bob" <sip:+441@far>;tag=1',
    "To": "<sip:demo@here>",
    "Via": "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1;rport",
    "P-Asserted-Identity": "<sip:+39055@carrier>",
    "X-Edge-Called": "+442079460958",
    "X-Edge-Source": "198.51.100.4:5060",
    "X-Edge-Verstat": "TN-Validation-Passed",
}


def test_what_only_an_edge_may_say_counts_when_one_stands_in_front() -> None:
    says = invitation("c", SAID, trusted=True)
    assert (says.called, says.caller, says.display) == ("+442079460958", "+441", "Bob")
    assert (says.asserted, says.verstat) == ("+39055", "TN-Validation-Passed")
    assert says.source == "198.51.100.4:5060"


def test_a_caller_cannot_say_what_only_an_edge_may() -> None:
    says = invitation("c", SAID, trusted=False)
    assert (says.called, says.caller, says.asserted, says.verstat) == ("demo", "+441", "", "")
    assert says.source == "192.0.2.7:5062"


def test_the_stack_hands_on_no_more_headers_than_it_can() -> None:
    assert len(set(LOOKED_AT)) == len(LOOKED_AT) <= 16


@given(st.dictionaries(st.sampled_from(LOOKED_AT), st.text(max_size=3000)), st.booleans())
def test_no_header_hurts(headers: dict[str, str], trusted: bool) -> None:
    says = invitation("c", headers, trusted=trusted)
    for text in (says.called, says.caller, says.display, says.asserted, says.verstat):
        assert len(text) <= 128
        assert text.isprintable()
