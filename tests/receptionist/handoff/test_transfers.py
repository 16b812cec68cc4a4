"""Callers are put through, or told the truth: every end is typed, and nothing is left ringing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.clock import run_virtual
from prompts.loader import load
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.contract import Heard
from receptionist.handoff.transfers import LONGEST_S, RUNG, ending
from receptionist.telephony.caller import CallerIdentity
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import NUMBERS, mill
from tests.receptionist.handoff.telephones import Called, Part, PlayedLine, said

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


def called(
    parts: dict[str, Part],
    transfer: Mapping[str, Any] | None = None,
    numbers: dict[str, str] | None = None,
    refers: Mapping[str, TransferOutcome] | None = None,
    **of_call: Any,
) -> Called:
    line = PlayedLine({NUMBERS[name]: part for name, part in parts.items()}, refers)
    return Called(snapshot=mill(transfer, numbers), line=line, **of_call)


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


@pytest.mark.parametrize("outcome", [o for o in TransferOutcome if o is not ANSWERED])
def test_every_other_end_of_ringing_is_told_as_it_is(outcome: TransferOutcome) -> None:
    call = called({"ann": Part(outcome=outcome)})
    assert run_virtual(call.to("ann")) is outcome
    assert call.outcomes == [("ann", outcome.value)]


def test_nobody_who_answers_in_time_is_no_answer() -> None:
    call = called({"ann": Part(rings_s=50)}, {"ring_s": 15})
    assert run_virtual(call.to("ann")) is TransferOutcome.NO_ANSWER
    assert call.events[0].ring_s == 15.0


def test_a_line_that_never_comes_back_is_given_up() -> None:
    call = called({"ann": Part(hangs=True)}, {"ring_s": 15})
    assert run_virtual(call.to("ann")) is TransferOutcome.NO_ANSWER
    assert call.events[0].reason == "late"
    assert call.line.ringing == set()


def test_a_line_that_breaks_has_failed_and_says_so_once(logged: list[str]) -> None:
    call = called({"ann": Part(breaks=True)})
    assert run_virtual(call.to("ann")) is TransferOutcome.FAILED
    assert sum("could not be rung" in line for line in logged) == 1


# --- asked first ----------------------------------------------------------------------------


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
    assert run_virtual(call.to("ann")) is outcome
    assert (call.events[0].mode, call.events[0].reason) == ("warm", reason)
    assert (call.line.left_open == []) is (outcome is not ANSWERED)


def test_a_colleague_who_hangs_up_while_he_is_asked_has_declined() -> None:
    call = called({"ann": Part(gone_after_s=3.0)}, WARM)
    assert run_virtual(call.to("ann")) is DECLINED


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


# --- groups ---------------------------------------------------------------------------------


def test_a_group_is_rung_one_after_the_other() -> None:
    call = called({"ann": Part(outcome=BUSY), "eve": Part()}, IN_TURN)
    assert run_virtual(call.to("repairs")) is ANSWERED
    assert call.outcomes == [("ann", "busy"), ("eve", "answered")]
    assert call.line.most_at_once == 1


def test_the_first_of_a_group_that_is_rung_at_once_gets_the_caller() -> None:
    call = called({"ann": Part(rings_s=9), "eve": Part(rings_s=4)}, ALL)
    assert run_virtual(call.to("repairs")) is ANSWERED
    assert call.outcomes == [("eve", "answered"), ("ann", "cancelled")]
    assert call.line.most_at_once == 2
    assert call.line.ringing == set()
    assert call.line.left_open == [NUMBERS["eve"]]


def test_two_who_answer_in_the_same_moment_do_not_both_get_the_caller() -> None:
    call = called({"ann": Part(), "eve": Part()}, ALL)
    assert run_virtual(call.to("repairs")) is ANSWERED
    assert len(call.line.left_open) == 1


def test_of_two_who_are_asked_at_once_the_first_who_says_yes_gets_the_caller() -> None:
    hello = Heard(words="hello")
    parts = {
        "ann": Part(hears=(hello, Heard(words="no"))),
        "eve": Part(hears=(hello, Heard(key="1"))),
    }
    call = called(parts, {**ALL, **WARM})
    assert run_virtual(call.to("repairs")) is ANSWERED
    assert ("eve", "answered") in call.outcomes
    assert call.line.left_open == [NUMBERS["eve"]]


def test_who_is_not_there_yet_is_not_rung_in_a_group_unless_it_is_urgent() -> None:
    transfer = {"groups": {"repairs": {"members": ["bob", "ann"]}}}
    call = called({"ann": Part()}, transfer)
    run_virtual(call.to("repairs"))
    assert call.line.rung == [NUMBERS["ann"]]
    call = called({"bob": Part()}, transfer, urgent=True)
    run_virtual(call.to("repairs"))
    assert call.line.rung == [NUMBERS["bob"]]
    call = called({"bob": Part()}, transfer, now=datetime(2026, 11, 23, 15, tzinfo=UTC))
    run_virtual(call.to("repairs"))
    assert call.line.rung == [NUMBERS["bob"]]


# --- the callers own exchange ---------------------------------------------------------------


def test_the_callers_own_exchange_puts_him_through_where_it_can() -> None:
    call = called({}, refers={NUMBERS["ann"]: ANSWERED})
    assert run_virtual(call.to("ann")) is ANSWERED
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
    assert run_virtual(call.to("repairs")) is ANSWERED
    assert call.line.referred == list(numbers)
    assert call.line.rung == []


def test_a_line_that_can_neither_ring_nor_refer_reaches_nobody() -> None:
    call = called({"ann": Part()}, second_leg=False)
    assert run_virtual(call.to("ann")) is TransferOutcome.UNREACHABLE
    assert call.line.rung == []


# --- coming back ----------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", [0.5, 4.0, 12.0])
def test_a_caller_may_come_back_while_it_rings_and_while_somebody_is_asked(
    after_s: float,
) -> None:
    call = called({"ann": Part()}, WARM)

    async def main() -> TransferOutcome:
        ringing = asyncio.create_task(call.to("ann"))
        await asyncio.sleep(after_s)
        assert call.transfers.ringing
        assert call.transfers.come_back()
        return await ringing

    assert run_virtual(main()) is TransferOutcome.CANCELLED
    assert call.outcomes == [("ann", "cancelled")]
    assert not call.transfers.ringing
    assert not call.transfers.come_back()
    assert call.line.left_open == []
    assert call.line.ringing == set()


def test_a_caller_who_hangs_up_leaves_nobody_on_the_telephone() -> None:
    call = called({"ann": Part()}, WARM)

    async def main() -> None:
        ringing = asyncio.create_task(call.to("ann"))
        await asyncio.sleep(6)
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)

    run_virtual(main())
    assert call.outcomes == [("ann", "cancelled")]
    assert call.line.left_open == []


def test_whoever_waits_for_a_caller_who_has_gone_is_let_go() -> None:
    call = called({"ann": Part()})

    async def main() -> None:
        assert await call.to("ann") is ANSWERED
        await call.transfers.close()
        assert not await call.transfers.connect()

    run_virtual(main())
    assert call.line.left_open == []


def test_after_an_answer_nobody_else_is_rung() -> None:
    call = called({"ann": Part(), "eve": Part()})

    async def main() -> None:
        assert await call.to("ann") is ANSWERED
        assert await call.to("eve") is TransferOutcome.FAILED

    run_virtual(main())
    assert call.line.rung == [NUMBERS["ann"]]


def test_a_group_that_is_rung_too_long_is_given_up() -> None:
    transfer = {"ring_s": 60, "groups": {"repairs": {"members": ["repairs", "ann", "eve", "desk"]}}}
    parts = {name: Part(rings_s=100) for name in ("repairs", "ann", "eve", "desk")}
    call = called(parts, transfer)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        assert await call.to("repairs") is TransferOutcome.NO_ANSWER
        return loop.time() - began_s

    assert run_virtual(main()) <= LONGEST_S + 1
    assert call.line.ringing == set()


# --- limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+449012345678", "dear"),
        ("+881612345678", "satellite"),
        ("07012345678", "dear"),
        ("999", "emergency"),
        ("112", "emergency"),
        ("118118", "service"),
        ("+390612345678", "country"),
        ("+18765551234", "country"),
        ("let me out", "invalid"),
    ],
)
def test_some_numbers_are_never_rung_whoever_wrote_them_down(number: str, why: str) -> None:
    for urgent in (False, True):
        call = called({}, numbers={"ann": number}, urgent=urgent)
        assert run_virtual(call.to("ann")) is TransferOutcome.UNREACHABLE
        assert call.line.rung == call.line.referred == []
        assert call.events[0].reason == why


def test_a_call_rings_so_many_telephones_and_no_more() -> None:
    call = called({}, {"per_call": 2})

    async def main() -> list[TransferOutcome]:
        return [await call.to("ann") for _ in range(3)]

    assert run_virtual(main()) == [BUSY, BUSY, TransferOutcome.UNREACHABLE]
    assert len(call.line.rung) == 2
    assert call.events[-1].reason == "too_many"


def test_all_calls_of_an_hour_ring_so_many_telephones_unless_it_is_urgent() -> None:
    now_s = [0.0]
    hourly = HourlyCount(lambda: now_s[0])
    outcomes = [run_virtual(called({}, {"per_hour": 2}, hourly=hourly).to("ann")) for _ in range(3)]
    assert outcomes == [BUSY, BUSY, TransferOutcome.UNREACHABLE]
    assert run_virtual(called({}, {"per_hour": 2}, hourly=hourly, urgent=True).to("ann")) is BUSY
    now_s[0] = 3601.0
    assert hourly.of(RUNG) == 0
    assert run_virtual(called({}, {"per_hour": 2}, hourly=hourly).to("ann")) is BUSY


# --- whatever happens -----------------------------------------------------------------------

HEARD = st.builds(
    Heard,
    words=st.sampled_from(["", "yes", "no", "hello", "leave a message after the tone", "x y z"]),
    key=st.sampled_from(["", "", "1", "2", "9"]),
    spoke_s=st.sampled_from([0.0, 1.0, 7.0]),
)
PART = st.builds(
    Part,
    outcome=st.sampled_from([ANSWERED, ANSWERED, *TransferOutcome]),
    rings_s=st.integers(0, 40).map(float),
    hears=st.lists(HEARD, max_size=3),
    gone_after_s=st.one_of(st.none(), st.floats(0.1, 20.0)),
    breaks=st.booleans(),
    hangs=st.booleans(),
)


@settings(max_examples=120, deadline=None)
@given(
    parts=st.fixed_dictionaries(dict.fromkeys(("repairs", "ann", "eve"), PART)),
    members=st.lists(st.sampled_from(["repairs", "ann", "bob", "eve"]), min_size=1, max_size=4),
    order=st.sampled_from(["sequential", "simultaneous"]),
    mode=st.sampled_from(["blind", "warm"]),
    leaves_s=st.one_of(st.none(), st.floats(0.0, 60.0)),
    hangs_up=st.booleans(),
)
def test_however_it_goes_the_end_is_typed_and_nobody_is_left_on_a_telephone(
    parts: dict[str, Part],
    members: list[str],
    order: str,
    mode: str,
    leaves_s: float | None,
    *,
    hangs_up: bool,
) -> None:
    group = {"members": members, "order": order}
    call = called(parts, {"mode": mode, "groups": {"repairs": group}})

    async def main() -> TransferOutcome | None:
        ringing = asyncio.create_task(call.to("repairs"))
        if leaves_s is not None:
            await asyncio.sleep(leaves_s)
            if hangs_up:
                ringing.cancel()
            else:
                call.transfers.come_back()
        [ended] = await asyncio.gather(ringing, return_exceptions=True)
        if ended is ANSWERED:
            assert len(call.line.left_open) <= 1
            await call.transfers.close()
        return ended if isinstance(ended, TransferOutcome) else None

    outcome = run_virtual(main())
    assert outcome is not None or hangs_up
    assert call.line.left_open == []
    assert call.line.ringing == set()
    assert not call.transfers.ringing
    assert all(event.outcome in set(TransferOutcome) for event in call.events)
    answered = [event for event in call.events if event.outcome == "answered"]
    assert outcome is not ANSWERED or len(answered) >= 1


@given(st.lists(st.sampled_from([o for o in TransferOutcome if o is not ANSWERED])))
def test_what_is_told_of_a_group_is_never_an_answer(outcomes: list[TransferOutcome]) -> None:
    told = ending(outcomes)
    assert told is not ANSWERED
    assert told in outcomes or told is TransferOutcome.UNREACHABLE
