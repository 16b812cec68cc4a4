"""Transfers on a spoken call: who waits hears that it rings, may come back, and is told the end."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Protocol

from pipecat.frames.frames import Frame, LLMContextFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from receptionist.calls.conversation import Conversation
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import Disposition
from receptionist.calls.plan import CallBack, CallPlan
from receptionist.calls.switching import last_turn
from receptionist.guard.contract import Floor
from receptionist.handoff.answers import reader_of
from receptionist.handoff.transfers import FollowedCall, Transfers
from receptionist.tools.calling import told
from receptionist.tools.confirmation import Result
from receptionist.tools.contract import Arguments, ToolContext
from receptionist.tools.keypad import OPERATOR_KEY, REPEAT_KEY, heard
from receptionist.tools.registry import ToolRunner
from receptionist.tools.transfer_call import TransferArguments, TransferCall

RINGING = "ringing"
"""Line that keeps a caller company for whom it rings."""


class SpokenCall(Protocol):
    """What is needed of a spoken call."""

    conversation: Conversation
    delivery: EventDelivery

    @property
    def plan(self) -> CallPlan:
        """How it is answered, in the language it is in now."""
        ...

    @property
    def floor(self) -> Floor:
        """How the product itself speaks on it."""
        ...


class CallerWaits:
    """Keeps a caller company for whom it rings, unless somebody does so already.

    Args:
        conversation: His call.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def __call__(self, ringing: bool) -> None:
        """It rings, or not any more: then he is owed what came of it."""
        conversation, air = self._conversation, self._conversation.dead_air
        if ringing and not air.endless:
            conversation.holds(waiting=True, line=RINGING)
        elif not ringing and air.line == RINGING:
            conversation.holds(waiting=False)
            air.waits(conversation.clock_s())


class CallTransfers:
    """What a call has to do with transfers.

    Args:
        call: The call.
        plan: How it is answered.
        context: What its tools know of it.
        tools: What the assistant can do.
    """

    def __init__(
        self, call: SpokenCall, plan: CallPlan, context: ToolContext, tools: ToolRunner
    ) -> None:
        self._call = call
        self._context = context
        self._tools = tools
        self._late = count(1)
        context.rings = CallerWaits(call.conversation)
        self._transfers = context.line if isinstance(context.line, Transfers) else None
        self.gate = RecallGate(self.comes_back)
        tools.unheard = self._unheard
        if self._transfers:
            self._transfers.follows(_followed(call, plan, context))

    def heard(self, keys: str) -> str:
        """Returns what keys say; what a lone one asks for, it asks in words."""
        ringing = self._transfers is not None and self._transfers.ringing
        plan = self._call.plan
        words = {
            OPERATOR_KEY: plan.line("dtmf_operator"),
            REPEAT_KEY: plan.line("dtmf_come_back" if ringing else "dtmf_repeat"),
        }
        return heard(keys, self._context.keypad, words)

    def comes_back(self, text: str) -> bool:
        """Takes a turn of the caller; True when it stopped the ringing and asks nothing more.

        People who are rung for a caller in danger are rung until one answers.
        """
        if self._transfers is None or not self._transfers.ringing or self._context.urgent:
            return False
        snapshot = self._call.plan.snapshot
        reader = reader_of(snapshot.texts[self._call.plan.language])
        return reader.comes_back(text) and self._transfers.come_back()

    async def put_through(self, call_back: CallBack) -> None:
        """Rings whom somebody is called back by; he is told how that ended."""
        given = {"contact_id": call_back.contact_id, "reason": call_back.about}
        arguments = TransferArguments.model_validate(given)
        result = await self._tools.run(TransferCall.name, given)
        self._unheard(TransferCall.name, arguments, result)

    def ended(self, disposition: Disposition) -> Disposition:
        """Returns how a call has ended: who was put through by his own exchange hangs up here."""
        gone = disposition is Disposition.CALLER_HUNG_UP and self._context.transferred
        return Disposition.TRANSFERRED if gone else disposition

    async def close(self) -> None:
        """Stops what still rings, so that it is told with the call how that ended."""
        await self._tools.close()

    def _unheard(self, name: str, arguments: Arguments, result: Result) -> None:
        """Tells a caller who spoke while it rang how that ended."""
        identifier = f"late-{next(self._late)}"
        given = arguments.model_dump(exclude_defaults=True)
        messages = told(name, given, result, identifier)
        self.gate.create_task(self._tell(messages), identifier)

    async def _tell(self, messages: Sequence[Mapping[str, Any]]) -> None:
        conversation = self._call.conversation
        await conversation.when(lambda: not conversation.caller_has_floor)
        await self._call.floor.go_on(messages)


class RecallGate(FrameProcessor):
    """Before the brain: a turn that only stops the ringing is not for it.

    What it says about it, it says when it is told that the transfer was cancelled.
    """

    def __init__(self, comes_back: Callable[[str], bool]) -> None:
        super().__init__()
        self._comes_back = comes_back

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keeps such a turn to itself and passes everything else on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            text = last_turn(frame.context)
            if text.strip() and self._comes_back(text):
                return
        await self.push_frame(frame, direction)


def _followed(call: SpokenCall, plan: CallPlan, context: ToolContext) -> FollowedCall:
    conversation = call.conversation
    return FollowedCall(
        snapshot=plan.snapshot,
        caller=plan.caller,
        language=lambda: context.language,
        turns=lambda: conversation.transcript.turns,
        now=context.now,
        now_s=lambda: conversation.timeline.now_s,
        urgent=lambda: context.urgent,
        emit=call.delivery.emit,
    )
