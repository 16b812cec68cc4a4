"""Notes a message for a person or a department."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from knowledge.directory import Destination
from receptionist.messages.records import MessageRecord
from receptionist.tools.captured import WrongError, caller, spoken_number, text
from receptionist.tools.confirmation import (
    ConfirmedArguments,
    ConfirmedTool,
    Proposal,
    Result,
    digest,
)
from receptionist.tools.contract import Arguments, ToolContext
from receptionist.tools.destinations import named, shown
from receptionist.tools.phrases import say

_READ_BACK_WORDS = 40
"""A message longer than this is kept whole; only its beginning is read back."""


class MessageOutcome(StrEnum):
    """How taking a message ended, beside `confirm` and `invalid`."""

    NOTED = "noted"


class MessageArguments(ConfirmedArguments):
    """What to tell whom."""

    about: str = Field(description="What it is about, in the caller's words.")
    caller_name: str = Field(description="The caller's name.")
    callback_number: str = Field(
        default="", description="Number to call back on, in digits; empty if the caller gave none."
    )
    contact_id: str = Field(
        default="", description="Id that find_contact returned; empty is the reception."
    )
    email: str = Field(default="", description="E-mail address, if the caller gave one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    message: MessageRecord
    destination: Destination


class TakeMessage(ConfirmedTool):
    """Keeps a message; it is on the disk when the caller is told so."""

    name: ClassVar[str] = "take_message"
    description: ClassVar[str] = (
        "Notes a message for somebody. Ask for the caller's name, a number to call back on and "
        "what it is about, one at a time; it reads them back for you on `confirm`."
    )
    arguments: ClassVar[type[Arguments]] = MessageArguments
    done: ClassVar[frozenset[str]] = frozenset({MessageOutcome.NOTED})

    async def propose(self, arguments: MessageArguments, context: ToolContext) -> Proposal | Result:
        """Returns the message read back, or what is missing."""
        try:
            who = caller(arguments, context, number_needed=False)
            about = subject(arguments.about, context)
            to = addressee(arguments.contact_id, context)
        except WrongError as wrong:
            return wrong.result
        message = MessageRecord(
            id=f"{context.call_id}-m{digest(self.key(arguments))}",
            tenant=context.snapshot.config.tenant,
            call_id=context.call_id,
            contact_id=to.id if arguments.contact_id else "",
            caller_name=who.name,
            callback_number=who.number,
            email=who.email,
            about=about,
            created_at=context.now(),
        )
        spoken = say(
            context,
            "read_back_message",
            contact=named(to, context.snapshot, context.language),
            details=who.spoken,
            about=beginning(about, context),
        )
        return Proposal(spoken=spoken, plan=_Plan(message=message, destination=to))

    async def carry_out(self, plan: _Plan, context: ToolContext) -> Result:
        """Returns the id of the message."""
        if context.messages is None:
            raise RuntimeError("this call has no place to keep messages")
        result: dict[str, Any] = {
            "outcome": MessageOutcome.NOTED,
            "message_id": await context.messages.save(plan.message),
            "contact": shown(plan.destination, context.snapshot, context.language),
        }
        if plan.message.callback_number:
            result["spoken_number"] = spoken_number(plan.message.callback_number, context)
        return result


def subject(about: str, context: ToolContext) -> str:
    """Returns what it is about.

    Raises:
        WrongError: nothing was said.
    """
    said = text(about)
    if not said:
        raise WrongError("about", "ask what it is about", say(context, "ask_about"))
    return said


def addressee(contact_id: str, context: ToolContext) -> Destination:
    """Returns whom it is for; nobody in particular is the operator.

    Raises:
        WrongError: there is no such person or department.
    """
    found = context.snapshot.destination(contact_id or "operator")
    if found is None:
        problem = f"there is no contact {contact_id!r}; call find_contact first"
        raise WrongError("contact_id", problem, say(context, "ask_who"))
    return found


def beginning(about: str, context: ToolContext) -> str:
    """Returns as much of `about` as is read back, without its full stop."""
    words = about.split()
    if len(words) > _READ_BACK_WORDS:
        return say(context, "about_long", about=" ".join(words[:_READ_BACK_WORDS]))
    return about.rstrip(".!?;, ")
