"""Puts the caller through to a person or department."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from pydantic import Field

from knowledge.directory import Destination
from knowledge.hours_answer import answer
from knowledge.when import understand
from receptionist.handoff.order import has_telephone, next_of
from receptionist.tools.contract import Arguments, Tool, ToolContext, TransferOutcome
from receptionist.tools.destinations import shown, subject

OPERATOR = "operator"
"""Stands for the first of those who take callers that want any person."""


class TransferArguments(Arguments):
    """Whom to ring, and why."""

    contact_id: str = Field(
        description="Id that find_contact returned, or 'operator' for any person."
    )
    reason: str = Field(default="", description="What the caller wants, in a few words.")


class TransferCall(Tool):
    """Rings somebody and connects the caller."""

    name: ClassVar[str] = "transfer_call"
    description: ClassVar[str] = (
        "Puts the caller through and tells how it ended. Only `answered` means that the caller is "
        "connected; after anything else say the truth and offer to take a message."
    )
    arguments: ClassVar[type[Arguments]] = TransferArguments
    timeout_ms: ClassVar[int] = 330_000
    """Longer than a line rings for the one who is wanted and the one after him."""
    told_late: ClassVar[bool] = True

    def key(self, arguments: TransferArguments) -> str:
        """Returns whom it rings: whoever asks for the same person again joins the ringing."""
        return f"{self.name} {arguments.contact_id}"

    async def run(self, arguments: TransferArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns how the transfer ended."""
        target = context.snapshot.destination(arguments.contact_id)
        if target is None:
            return {
                "outcome": TransferOutcome.FAILED,
                "problem": f"there is no contact {arguments.contact_id!r}; call find_contact first",
            }
        contact = shown(target, context.snapshot, context.language)
        if not context.urgent and not context.snapshot.hours_of(target).is_open(context.now()):
            return {
                "outcome": TransferOutcome.UNREACHABLE,
                "contact": contact,
                "reason": "closed",
                "spoken": _closed(target, context),
            }
        if not has_telephone(context.snapshot, target):
            return {
                "outcome": TransferOutcome.UNREACHABLE,
                "contact": contact,
                "reason": "no_number",
            }
        with _ringing(context):
            return await _rung(target, arguments.reason, context)


@contextmanager
def _ringing(context: ToolContext) -> Generator[None]:
    """Has the caller kept company while it rings."""
    if context.rings is None:
        yield
        return
    context.rings(True)
    try:
        yield
    finally:
        context.rings(False)


async def _rung(target: Destination, reason: str, context: ToolContext) -> Mapping[str, Any]:
    """Rings `target`, and whoever the tenant names after him while nobody takes the call.

    The caller is told how it ended with whom he asked for, or who took the call instead.
    """
    first = TransferOutcome.FAILED
    for turn, one in enumerate((target, *_others(target, context))):
        outcome = await context.line.transfer(one, reason=reason)
        first = first if turn else outcome
        if outcome is TransferOutcome.ANSWERED:
            context.transferred = context.ending = True
            contact = shown(one, context.snapshot, context.language)
            return {"outcome": outcome, "contact": contact}
        if outcome is TransferOutcome.CANCELLED:
            first = outcome
            break
    if first is TransferOutcome.DECLINED and context.returned and not context.urgent:
        await context.returned()
    return {"outcome": first, "contact": shown(target, context.snapshot, context.language)}


def _others(target: Destination, context: ToolContext) -> Sequence[Destination]:
    """Returns who is there to be rung when `target` does not take the call."""
    snapshot, now = context.snapshot, context.now()
    return [
        other
        for other in next_of(snapshot, target)
        if has_telephone(snapshot, other)
        and (context.urgent or snapshot.hours_of(other).is_open(now))
    ]


def _closed(target: Destination, context: ToolContext) -> str:
    now = context.now()
    told = answer(
        understand("", context.language, now.date()),
        context.snapshot.hours_of(target),
        now,
        language=context.language,
        texts=context.snapshot.texts[context.language].hours,
        subject=subject(target, context.language),
    )
    return told.spoken
