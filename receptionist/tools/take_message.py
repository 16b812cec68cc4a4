"""Notes a message for a person or a department."""

import re
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from knowledge.spoken import speech
from receptionist.messages.records import MessageRecord
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.destinations import shown

_FEWEST_DIGITS = 3
_MOST_DIGITS = 15
"""ITU-T E.164: a telephone number has at most fifteen digits."""


class MessageOutcome(StrEnum):
    """How taking a message ended."""

    NOTED = "noted"
    INVALID = "invalid"


class MessageArguments(Arguments):
    """What to tell whom."""

    about: str = Field(description="What it is about, in the caller's words.")
    caller_name: str = Field(description="The caller's name.")
    callback_number: str = Field(
        default="", description="Number to call back on, in digits; empty if the caller gave none."
    )
    contact_id: str = Field(
        default="", description="Id that find_contact returned; empty is the reception."
    )


class TakeMessage(Tool):
    """Keeps a message; it is on the disk when the caller is told so."""

    name: ClassVar[str] = "take_message"
    description: ClassVar[str] = (
        "Notes a message for somebody. Ask for the caller's name, a number to call back on and "
        "what it is about, and read them back before you call it."
    )
    arguments: ClassVar[type[Arguments]] = MessageArguments
    once: ClassVar[bool] = True

    async def run(self, arguments: MessageArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns the id of the message, or what is missing."""
        destination = context.snapshot.destination(arguments.contact_id or "operator")
        problem = _problem(arguments)
        if destination is None:
            problem = f"there is no contact {arguments.contact_id!r}; call find_contact first"
        if problem or destination is None:
            return {"outcome": MessageOutcome.INVALID, "problem": problem}
        if context.messages is None:
            raise RuntimeError("this call has no place to keep messages")
        number = _digits(arguments.callback_number)
        identifier = await context.messages.save(
            MessageRecord(
                id=_identifier(context),
                tenant=context.snapshot.config.tenant,
                call_id=context.call_id,
                contact_id=destination.id if arguments.contact_id else "",
                caller_name=arguments.caller_name.strip(),
                callback_number=number,
                about=arguments.about.strip(),
                created_at=context.now(),
            )
        )
        context.messages_taken += 1
        result: dict[str, Any] = {
            "outcome": MessageOutcome.NOTED,
            "message_id": identifier,
            "contact": shown(destination, context.snapshot, context.language),
        }
        if number:
            result["spoken_number"] = speech(context.language).digits(number)
        return result


def _identifier(context: ToolContext) -> str:
    if not context.call_id:
        return uuid.uuid4().hex
    return f"{context.call_id}-m{context.messages_taken + 1}"


def _problem(arguments: MessageArguments) -> str:
    if not arguments.caller_name.strip():
        return "caller_name is empty; ask the caller's name"
    if not arguments.about.strip():
        return "about is empty; ask what the message is about"
    number = arguments.callback_number.strip()
    count = len(_digits(number).removeprefix("+"))
    if number and not _FEWEST_DIGITS <= count <= _MOST_DIGITS:
        return f"callback_number {number!r} is not a telephone number; ask for it again"
    return ""


def _digits(number: str) -> str:
    plus = "+" if number.strip().startswith("+") else ""
    return plus + re.sub(r"\D", "", number)
