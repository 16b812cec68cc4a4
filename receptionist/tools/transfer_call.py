"""Puts the caller through to a person or department."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from knowledge.directory import Destination
from knowledge.hours_answer import answer
from knowledge.when import understand
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
    timeout_ms: ClassVar[int] = 60000
    """Longer than any line lets it ring."""

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
        if not (target.extension or "").strip():
            return {
                "outcome": TransferOutcome.UNREACHABLE,
                "contact": contact,
                "reason": "no_number",
            }
        outcome = await context.line.transfer(target, reason=arguments.reason)
        if outcome is TransferOutcome.ANSWERED:
            context.transferred = context.ending = True
        elif outcome is TransferOutcome.DECLINED and context.returned and not context.urgent:
            await context.returned()
        return {"outcome": outcome, "contact": contact}


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
