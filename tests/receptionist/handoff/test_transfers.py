"""Callers are put through, or told the truth: every end of ringing is typed."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from eval.clock import run_virtual
from prompts.loader import load
from receptionist.handoff.contract import Heard
from receptionist.telephony.caller import CallerIdentity
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import NUMBERS
from tests.receptionist.handoff.telephones import Part, called, said

pytestmark = pytest.mark.unit

ANSWERED, DECLINED, BUSY = (
    TransferOutcome.ANSWERED,
    TransferOutcome.DECLINED,
    TransferOutcome.BUSY,
)
WARM = {"mode": "warm"}
EN = load("en").handoff
ALL = {"groups": {"repairs": {"members": ["ann", "eve"], "order": "simultaneous"}}}
IN_TURN = {"groups": {"repairs": {"members": ["ann", "eve"], "order": "sequential"}}}


def test_whoever_answers_gets_the_caller_until_one_hangs_up() -> None:
    call = called({"ann": Part()})

    async def main() -> None:
        assert await call.to("ann") is ANSWERED
        [leg] = call.line.legs
        assert leg.told == [EN["connecting"][0]]
        assert not leg.joined
        asyncio.get_running_loop().call_later(60.0, call.line.hung_up.set)
        assert await call.transfers.connect()
        assert leg.joined
        assert not await call.transfers.connect()

    run_virtual(main())
    assert call.outcomes == [("ann", "answered")]
    assert call.line.left_open == []
    [event] = call.events
    assert (event.mode, event.target, event.reason) == ("blind", "ann", "")
    assert 3.0 <= event.ring_s < 6.0


@pytest.mark.parametrize("mode", ["blind", "warm", "attended"])
def test_the_callers_exchange_takes_our_place_where_the_tenant_wants_that(mode: str) -> None:
    call = called({"ann": Part(hears=[Heard(words="Ann Lee"), Heard(key="1")])}, {"mode": mode})

    async def main() -> None:
        assert await call.to("ann") is ANSWERED
        call.line.hung_up.set()
        assert await call.transfers.connect()

    run_virtual(main())
    [leg] = call.line.legs
    assert leg.left is (mode == "attended")
    assert call.events[0].mode == mode
    asked = EN["choose"][0] in " ".join(leg.told)
    assert asked is (mode != "blind")


@pytest.mark.parametrize("outcome", [o for o in TransferOutcome if o is not ANSWERED])
def test_every_other_end_of_ringing_is_told_as_it_is(outcome: TransferOutcome) -> None:
    call = called({"ann": Part(outcome=outcome)})
    assert call.ends("ann") is outcome
    assert call.outcomes == [("ann", outcome.value)]


def test_nobody_who_answers_in_time_is_no_answer() -> None:
    call = called({"ann": Part(rings_s=50)}, {"ring_s": 15})
    assert call.ends("ann") is TransferOutcome.NO_ANSWER
    assert call.events[0].ring_s == 15.0


def test_a_line_that_never_comes_back_is_given_up() -> None:
    call = called({"ann": Part(hangs=True)}, {"ring_s": 15})
    assert call.ends("ann") is TransferOutcome.NO_ANSWER
    assert call.events[0].reason == "late"
    assert call.line.ringing == set()


def test_a_line_that_breaks_has_failed_and_says_so_once(logged: list[str]) -> None:
    call = called({"ann": Part(breaks=True)})
    assert call.ends("ann") is TransferOutcome.FAILED
    assert sum("could not be rung" in line for line in logged) == 1


@pytest.mark.parametrize(
    ("hears", "outcome", "reason"),
    [
        ((Heard(words="Ann Lee"), Heard(key="1")), ANSWERED, ""),
        ((Heard(words="hello"), Heard(words="yes, put him through")), ANSWERED, ""),
        ((Heard(key="1"),), ANSWERED, ""),
        ((Heard(words="hello"), Heard(key="2")), DECLINED, ""),
        ((Heard(words="hello"), Heard(words="no")), DECLINED, ""),
        (
            (Heard(words="hello"), Heard(words="No, I am in a meeting.")),
            DECLINED,
            "No, I am in a meeting.",
        ),
        ((Heard(words="hello"),), DECLINED, "silence"),
        ((Heard(words="hello"), Heard(words="purple"), Heard(words="yes")), ANSWERED, ""),
        ((Heard(words="hello"), Heard(words="purple"), Heard(words="green")), DECLINED, "silence"),
        (
            (Heard(words="please leave a message after the tone"),),
            TransferOutcome.VOICEMAIL,
            "machine",
        ),
        ((Heard(words="hello this is", spoke_s=6.0),), TransferOutcome.VOICEMAIL, "machine"),
    ],
)
def test_a_colleague_who_was_told_takes_the_call_or_does_not(
    hears: tuple[Heard, ...], outcome: TransferOutcome, reason: str
) -> None:
    call = called({"ann": Part(hears=hears)}, WARM)
    assert call.ends("ann") is outcome
    assert (call.events[0].mode, call.events[0].reason) == ("warm", reason)
    assert (call.line.left_open == []) is (outcome is not ANSWERED)


def test_a_colleague_who_hangs_up_while_he_is_asked_has_declined() -> None:
    call = called({"ann": Part(gone_after_s=3.0)}, WARM)
    assert call.ends("ann") is DECLINED


def test_a_colleague_hears_who_calls_and_why_in_his_own_language() -> None:
    transfer = {"mode": "warm", "languages": {"ann": "it"}}
    call = called({"ann": Part()}, transfer, caller=CallerIdentity(name="Rose Hill"))
    run_virtual(call.to("ann", reason="a leak"))
    brief = call.line.legs[0].told[0]
    assert "Rose Hill" in brief
    assert "inglese" in brief
    assert "leak" not in brief
    assert call.line.legs[0].languages == {"it"}


def test_what_the_caller_says_while_it_rings_is_told_too() -> None:
    call = called({"ann": Part(rings_s=10)}, WARM)
    call.turns = [said("I have a leak in the kitchen"), said("yes", 1)]

    async def main() -> None:
        ringing = asyncio.create_task(call.to("ann"))
        await asyncio.sleep(5)
        call.turns = [*call.turns, said("and it gets worse every minute", 2)]
        await ringing

    run_virtual(main())
    assert "it gets worse every minute" in call.line.legs[0].told[0]


def test_the_callers_own_exchange_puts_him_through_where_it_can() -> None:
    call = called({}, refers={NUMBERS["ann"]: ANSWERED})
    assert call.ends("ann") is ANSWERED
    assert (call.line.rung, call.line.referred) == ([], [NUMBERS["ann"]])
    assert call.events[0].mode == "refer"


@pytest.mark.parametrize("transfer", [WARM, ALL], ids=["asked first", "several at once"])
def test_nobody_is_handed_over_blindly_who_is_asked_or_rung_at_once(
    transfer: Mapping[str, Any],
) -> None:
    target = "repairs" if transfer is ALL else "ann"
    call = called({"ann": Part(), "eve": Part()}, transfer, refers={NUMBERS["ann"]: ANSWERED})
    run_virtual(call.to(target))
    assert call.line.referred == []


def test_a_line_that_can_only_refer_does_so_one_after_the_other_whatever_the_tenant_wants() -> None:
    numbers = (NUMBERS["ann"], NUMBERS["eve"])
    refers = dict(zip(numbers, (BUSY, ANSWERED), strict=True))
    call = called({}, {**ALL, **WARM}, refers=refers, second_leg=False)
    assert call.ends("repairs") is ANSWERED
    assert call.line.referred == list(numbers)
    assert call.line.rung == []


def test_a_line_that_can_neither_ring_nor_refer_reaches_nobody() -> None:
    call = called({"ann": Part()}, second_leg=False)
    assert call.ends("ann") is TransferOutcome.UNREACHABLE
    assert call.line.rung == []
