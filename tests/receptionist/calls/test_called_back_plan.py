"""Whoever is called back hears first who calls, that it is a machine, and why."""

import pytest

from prompts.loader import available, load
from receptionist.calls.plan import (
    CallBack,
    CallPlan,
    CallRequest,
    call_started,
    in_language,
    resolve,
)
from tests.receptionist.handoff.mill import mill

pytestmark = pytest.mark.unit

SNAPSHOT = mill()


def plan(about: str = "a lawn mower.", language: str = "en") -> CallPlan:
    call_back = CallBack(about=about, contact_id="ann")
    return resolve(
        SNAPSHOT,
        CallRequest(call_id="c1", channel="sip", language=language, call_back=call_back),
    )


def test_company_machine_and_reason_come_first_and_then_with_whom_he_speaks() -> None:
    said = plan()
    assert "The Mill" in said.disclosure
    assert "automated assistant" in said.disclosure
    assert said.disclosure.endswith("about: a lawn mower.")
    assert "Ann Lee" in said.greeting
    assert said.choices == {}


def test_it_stays_so_in_another_language() -> None:
    said = in_language(plan(), "it")
    assert "assistente automatico" in said.disclosure
    assert "a lawn mower" in said.disclosure
    assert said.direction == "outbound"


def test_what_nobody_is_to_hear_again_is_left_out_and_the_rest_is_short() -> None:
    said = plan("my card 4111 1111 1111 1111 " + "and so on " * 40).disclosure
    assert "1111" not in said
    assert len(said) < 230


def test_the_record_says_who_has_called_whom() -> None:
    assert call_started(plan()).direction == "outbound"
    inbound = resolve(SNAPSHOT, CallRequest(call_id="c1", channel="sip"))
    assert call_started(inbound).direction == "inbound"
    assert "You asked us" not in inbound.disclosure


@pytest.mark.parametrize("language", available())
def test_every_language_names_company_and_reason(language: str) -> None:
    session = load(language).session
    for line in session["callback_disclosure"]:
        assert line.index("{company}") < line.index("{about}")
    assert all("{contact}" in line for line in session["callback_greeting"])
    assert all("{about}" not in line for line in session["callback_machine"])
    assert {"brief_callback", "callback_unreached"} <= load(language).handoff.keys()
