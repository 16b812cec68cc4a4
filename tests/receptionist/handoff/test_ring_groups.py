"""Several telephones for one caller: one of them gets him, and none goes on ringing."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.clock import run_virtual
from prompts.loader import load
from receptionist.handoff.contract import Heard
from receptionist.handoff.transfers import ending
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import NUMBERS
from tests.receptionist.handoff.telephones import Part, called

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


def test_a_group_is_rung_one_after_the_other() -> None:
    call = called({"ann": Part(outcome=BUSY), "eve": Part()}, IN_TURN)
    assert call.ends("repairs") is ANSWERED
    assert call.outcomes == [("ann", "busy"), ("eve", "answered")]
    assert call.line.most_at_once == 1


def test_the_first_of_a_group_that_is_rung_at_once_gets_the_caller() -> None:
    call = called({"ann": Part(rings_s=9), "eve": Part(rings_s=4)}, ALL)
    assert call.ends("repairs") is ANSWERED
    assert call.outcomes == [("eve", "answered"), ("ann", "cancelled")]
    assert call.line.most_at_once == 2
    assert call.line.ringing == set()
    assert call.line.left_open == [NUMBERS["eve"]]


def test_two_who_answer_in_the_same_moment_do_not_both_get_the_caller() -> None:
    call = called({"ann": Part(), "eve": Part()}, ALL)
    assert call.ends("repairs") is ANSWERED
    assert len(call.line.left_open) == 1


def test_of_two_who_are_asked_at_once_the_first_who_says_yes_gets_the_caller() -> None:
    hello = Heard(words="hello")
    parts = {
        "ann": Part(hears=(hello, Heard(words="no"))),
        "eve": Part(hears=(hello, Heard(key="1"))),
    }
    call = called(parts, {**ALL, **WARM})
    assert call.ends("repairs") is ANSWERED
    assert ("eve", "answered") in call.outcomes
    assert call.line.left_open == [NUMBERS["eve"]]


def test_a_line_that_rings_one_at_a_time_asks_one_after_the_other() -> None:
    parts = {"ann": Part(hears=(Heard(key="2"),)), "eve": Part(hears=(Heard(key="1"),))}
    call = called(parts, {**ALL, **WARM}, at_once=False)
    assert call.ends("repairs") is ANSWERED
    assert call.outcomes == [("ann", "declined"), ("eve", "answered")]
    assert [event.mode for event in call.events] == ["warm", "warm"]
    assert call.line.most_at_once == 1


def test_a_caller_is_put_through_to_one_at_a_time() -> None:
    call = called({"ann": Part(), "eve": Part()})

    async def main() -> list[TransferOutcome]:
        return list(await asyncio.gather(call.to("ann"), call.to("eve")))

    assert run_virtual(main()) == [ANSWERED, TransferOutcome.FAILED]
    assert call.line.rung == [NUMBERS["ann"]]


def test_who_is_not_there_yet_is_not_rung_in_a_group_unless_it_is_urgent() -> None:
    transfer = {"groups": {"repairs": {"members": ["bob", "ann"]}}}
    call = called({"ann": Part()}, transfer)
    call.ends("repairs")
    assert call.line.rung == [NUMBERS["ann"]]
    call = called({"bob": Part()}, transfer, urgent=True)
    call.ends("repairs")
    assert call.line.rung == [NUMBERS["bob"]]
    call = called({"bob": Part()}, transfer, now=datetime(2026, 11, 23, 15, tzinfo=UTC))
    call.ends("repairs")
    assert call.line.rung == [NUMBERS["bob"]]


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
