"""A brain that fails in a call in writing, on the virtual clock."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from eval.clock import run_virtual
from eval.engines import load
from providers.fakes import Calls, Fails, Hangs, ToolCall
from providers.spec import Slot
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEnded, CallEvent, Disposition
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import REPLY_S, TextCall, TextReply
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner

pytestmark = pytest.mark.integration

FAILS = Fails(error="down")


class Written:
    """A call in which every reply is asked for with the same line."""

    def __init__(self, snapshot: TenantSnapshot, replies: Sequence[Any]) -> None:
        self.replies: list[TextReply] = []
        self.waited_s: list[float] = []
        self.events: list[CallEvent] = []
        self.lines = snapshot.texts["en"].session
        run_virtual(self._write(snapshot, replies))

    async def _write(self, snapshot: TenantSnapshot, replies: Sequence[Any]) -> None:
        async def gather(event: CallEvent) -> None:
            self.events.append(event)

        plan = resolve(snapshot, CallRequest(call_id="c1", channel="text", language="en"))
        context = ToolContext(
            snapshot=snapshot, language="en", now=lambda: datetime.now(UTC), line=NoLine()
        )
        brain = load(Slot.LLM, "fake:llm", {"replies": replies})
        call = TextCall(plan, brain, context, EventDelivery([gather]))
        await call.open(ToolRunner(context, call.emit))
        for _ in range(sum(not isinstance(reply, Calls) for reply in replies)):
            began_s = asyncio.get_running_loop().time()
            self.replies.append(await call.say("When do you open?"))
            self.waited_s.append(asyncio.get_running_loop().time() - began_s)
        await call.close()

    @property
    def said(self) -> list[str]:
        return [reply.text for reply in self.replies]

    @property
    def dispositions(self) -> list[Disposition | None]:
        return [reply.disposition for reply in self.replies]

    @property
    def kept(self) -> Disposition:
        return next(e.disposition for e in self.events if isinstance(e, CallEnded))


def test_a_second_failure_in_a_row_ends_the_call_kindly(demo: TenantSnapshot) -> None:
    call = Written(demo, [FAILS, "At nine.", FAILS, FAILS])
    assert call.said[1] == "At nine."
    assert call.said[0] in call.lines["technical_problem"]
    assert call.said[2] in call.lines["technical_problem"]
    assert call.said[3] in call.lines["technical_goodbye"]
    assert call.dispositions == [None, None, None, Disposition.FAILED]
    assert call.kept is Disposition.FAILED


@pytest.mark.parametrize("category", ["server", None])
def test_a_reply_that_breaks_off_is_admitted(demo: TenantSnapshot, category: Any) -> None:
    call = Written(demo, [Fails(error="down", text="We open at", category=category)])
    begun, said, _ = call.said[0].partition("We open at ")
    assert (begun, said) == ("", "We open at ")
    assert call.said[0].removeprefix(said) in call.lines["technical_problem"]


def test_a_reply_that_never_ends_is_given_up_and_the_next_one_is_its_own(
    demo: TenantSnapshot,
) -> None:
    call = Written(demo, [Hangs(text="One moment."), "At nine."])
    assert call.waited_s == pytest.approx([REPLY_S, 0], abs=0.1)
    assert call.said[0].startswith("One moment. I'm sorry")
    assert call.said[1] == "At nine."


def test_an_empty_reply_is_not_passed_on_as_an_answer(demo: TenantSnapshot) -> None:
    assert Written(demo, [""]).said[0] in demo.texts["en"].session["technical_problem"]


def test_a_brain_that_ends_the_call_needs_no_words(demo: TenantSnapshot) -> None:
    call = Written(demo, [Calls(calls=(ToolCall(name="end_call"),)), ""])
    assert call.said == [""]
    assert call.kept is Disposition.COMPLETED
