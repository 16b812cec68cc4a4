"""What ends a transfer: the caller, the number, or that it was enough."""

import asyncio

import pytest

from eval.clock import run_virtual
from prompts.loader import load
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.transfers import LONGEST_S, RUNG
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
        assert call.ends("ann") is TransferOutcome.UNREACHABLE
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
