"""Who is rung after the one who was wanted, and what the caller is told of it."""

from collections.abc import Mapping

import pytest

from knowledge.people import Contact, Department
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.mill import mill
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.unit

BUSY, NO_ANSWER, ANSWERED = (
    TransferOutcome.BUSY,
    TransferOutcome.NO_ANSWER,
    TransferOutcome.ANSWERED,
)
NEXT = {"next": {"ann": ["bob", "eve", "desk"]}}


class Played:
    """A line on which everybody has an end of his own; others are unreachable."""

    def __init__(self, ends: Mapping[str, TransferOutcome]) -> None:
        self._ends = ends
        self.rung: list[str] = []

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        del reason
        self.rung.append(target.id)
        return self._ends.get(target.id, TransferOutcome.UNREACHABLE)


def desk(ends: Mapping[str, TransferOutcome], **transfer: object) -> tuple[Desk, Played]:
    line = Played(ends)
    return Desk(mill(transfer), line=line), line


async def test_who_takes_the_call_is_told_not_who_was_wanted() -> None:
    caller, line = desk({"ann": BUSY, "eve": NO_ANSWER, "desk": ANSWERED}, **NEXT)
    result = await caller.run("transfer_call", contact_id="ann")
    assert (result["outcome"], result["contact"]["id"]) == ("answered", "desk")
    assert line.rung == ["ann", "eve", "desk"]  # bob is not there in the morning
    assert caller.context.transferred


async def test_when_nobody_takes_the_call_the_end_with_the_one_who_was_wanted_is_told() -> None:
    caller, line = desk({"ann": BUSY, "eve": NO_ANSWER}, **NEXT)
    result = await caller.run("transfer_call", contact_id="ann")
    assert (result["outcome"], result["contact"]["id"]) == ("busy", "ann")
    assert line.rung == ["ann", "eve", "desk"]
    assert not caller.context.ending


async def test_nobody_else_is_rung_for_a_caller_who_came_back() -> None:
    ends = {"ann": BUSY, "eve": TransferOutcome.CANCELLED, "desk": ANSWERED}
    caller, line = desk(ends, **NEXT)
    result = await caller.run("transfer_call", contact_id="ann")
    assert result["outcome"] == "cancelled"
    assert line.rung == ["ann", "eve"]


async def test_in_danger_those_are_rung_too_who_are_not_at_work() -> None:
    caller, line = desk({"bob": ANSWERED}, **NEXT)
    caller.context.urgent = True
    result = await caller.run("transfer_call", contact_id="ann")
    assert result["contact"]["id"] == "bob"
    assert line.rung == ["ann", "bob"]


async def test_the_caller_is_kept_company_as_long_as_it_rings_whatever_happens() -> None:
    caller, _ = desk({}, **NEXT)
    told: list[bool] = []
    caller.context.rings = told.append
    await caller.run("transfer_call", contact_id="ann")
    await caller.run("transfer_call", contact_id="nobody")
    assert told == [True, False]
