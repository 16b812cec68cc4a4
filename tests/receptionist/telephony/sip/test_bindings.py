"""Whom a registrar lists beside us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.telephony.sip.bindings import contacts, others, place

pytestmark = pytest.mark.unit

SENT = "REGISTER sip:pbx SIP/2.0\r\nContact: <sip:reception@10.0.0.5:5070>;expires=300\r\n\r\n"
OURS = "<sip:reception@10.0.0.5:5070>;expires=300"


def granted(*values: str, name: str = "Contact") -> str:
    lines = "".join(f"{name}: {value}\r\n" for value in values)
    return f"SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\n{lines}Content-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (granted(), ()),
        (granted(OURS), ()),
        (granted(OURS, OURS.replace("reception", "reception-7")), ()),
        (granted(OURS, "<sip:reception@10.0.0.9>;expires=9"), ("sip:reception@10.0.0.9",)),
        (granted(f"{OURS}, <sip:b@h:1>;q=0.5,<sips:c@[::1]:2>"), ("sip:b@h:1", "sips:c@[::1]:2")),
        (granted('"A, <sip:x@y> B" <sip:b@h>', OURS, name="m"), ("sip:b@h",)),
        (granted("sip:b@h:1;expires=3", OURS), ("sip:b@h:1",)),
        # Some write down the address they see: one is always ours.
        (granted("<sip:reception@192.0.2.1:41000>"), ()),
        (granted(OURS) + "Contact: <sip:in@the.body>\r\n", ()),
    ],
)
def test_others_are_those_at_another_place(answer: str, found: tuple[str, ...]) -> None:
    assert others(answer, SENT) == found


@pytest.mark.parametrize(
    ("uri", "where"),
    [
        ("sip:a@Host", "host:5060"),
        ("sip:host:5070;transport=udp", "host:5070"),
        ("sips:a@[2001:db8::1]:5061", "[2001:db8::1]:5061"),
        ("*", ""),
        ("tel:+44", ""),
        ("", ""),
    ],
)
def test_a_place_is_host_and_port(uri: str, where: str) -> None:
    assert place(uri) == where


@given(st.text(), st.lists(st.text(alphabet='<>@:;," \\\r\nsip019[]', max_size=60)))
def test_any_text_is_borne(sent: str, values: list[str]) -> None:
    for uri in others(granted(*values), sent):
        assert place(uri)
    assert all(place(uri) for uri in contacts(sent))
