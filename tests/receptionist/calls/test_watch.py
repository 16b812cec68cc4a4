"""What falls due on a call, told without a clock."""

from typing import Any

import pytest

from eval.clock import run_virtual
from receptionist.calls.conversation import Conversation
from receptionist.calls.events import Disposition
from receptionist.calls.timeline import Timeline
from receptionist.calls.watch import FAREWELL_S, Watch
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from tests.receptionist.calls.simulation import now

pytestmark = pytest.mark.integration

PATIENCE = Patience(reask_after_ms=7000, dead_air_ms=3500, max_call_s=60, media_lost_ms=10_000)
START_S = 1000.0


def watched(demo: TenantSnapshot, check: Any) -> None:
    """Runs `check(watch, conversation, tools)` at the virtual moment START_S."""

    async def main() -> None:
        tools = ToolContext(snapshot=demo, language="en", now=now, line=NoLine())
        conversation = Conversation(Timeline(8000, 8000), PATIENCE, tools, lambda _event: None)
        check(Watch(conversation, PATIENCE, tools, START_S), conversation, tools)

    run_virtual(main())


def test_lost_media_end_the_call_before_anything_else(demo: TenantSnapshot) -> None:
    def check(watch: Watch, conversation: Conversation, _tools: ToolContext) -> None:
        conversation.silence.waits(START_S)
        due = watch.due(START_S + 10)
        assert due is not None
        assert (due.act, due.disposition) == ("finish", Disposition.MEDIA_LOST)

    watched(demo, check)


def test_the_longest_call_ends_with_a_line(demo: TenantSnapshot) -> None:
    def check(watch: Watch, conversation: Conversation, _tools: ToolContext) -> None:
        conversation.last_frame_s = START_S + 60
        due = watch.due(START_S + 60)
        assert due is not None
        assert (due.act, due.occasion) == ("close", "max_duration")

    watched(demo, check)


def test_nothing_is_said_over_the_last_words(demo: TenantSnapshot) -> None:
    def check(watch: Watch, conversation: Conversation, _tools: ToolContext) -> None:
        watch.closes(Disposition.MAX_DURATION, START_S)
        conversation.silence.waits(START_S)
        conversation.dead_air.waits(START_S)
        conversation.last_frame_s = START_S + 8
        assert watch.due(START_S + 8) is None

    watched(demo, check)


def test_last_words_that_never_come_do_not_keep_the_line_open(demo: TenantSnapshot) -> None:
    def check(watch: Watch, conversation: Conversation, _tools: ToolContext) -> None:
        watch.closes(Disposition.MAX_DURATION, START_S)
        late_s = START_S + 2 * FAREWELL_S
        conversation.last_frame_s = late_s
        assert watch.deadline_s() <= late_s
        due = watch.due(late_s)
        assert due is not None
        assert (due.act, due.disposition) == ("finish", Disposition.MAX_DURATION)

    watched(demo, check)


@pytest.mark.parametrize(
    ("transferred", "disposition"),
    [(False, Disposition.COMPLETED), (True, Disposition.TRANSFERRED)],
)
def test_what_a_tool_decided_ends_the_call_once_it_has_been_said(
    demo: TenantSnapshot, transferred: bool, disposition: Disposition
) -> None:
    def check(watch: Watch, conversation: Conversation, tools: ToolContext) -> None:
        tools.ending, tools.transferred = True, transferred
        assert watch.said_all(START_S) is None
        conversation.reply_text("Goodbye.")
        conversation.transcript.voice_began(interruptible=True)
        assert watch.said_all(START_S) is None
        conversation.assistant_stopped()
        assert watch.said_all(START_S) is disposition

    watched(demo, check)
