"""Promises a caller that somebody will call back."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from knowledge.directory import Destination
from knowledge.typed_moment import typed_moment
from receptionist.callbacks.due import CallbackTimes, Due
from receptionist.callbacks.records import CallbackRecord
from receptionist.tools.captured import WrongError, caller
from receptionist.tools.confirmation import (
    ConfirmedArguments,
    ConfirmedTool,
    Proposal,
    Result,
    digest,
)
from receptionist.tools.contract import Arguments, ToolContext
from receptionist.tools.destinations import named
from receptionist.tools.phrases import say
from receptionist.tools.said_in import said_in
from receptionist.tools.take_message import addressee, beginning, subject


class CallbackOutcome(StrEnum):
    """How it ended, beside `confirm` and `invalid`."""

    PROMISED = "promised"


class CallbackArguments(ConfirmedArguments):
    """Who calls whom back, about what and when."""

    caller_name: str = Field(description="The caller's name.")
    callback_number: str = Field(description="Number to call back, in digits.")
    about: str = Field(description="What it is about, in the caller's words.")
    when: str = Field(
        default="",
        description="When, in the caller's own words: 'tomorrow afternoon', 'after five'. Empty "
        "is as soon as possible. Or `next` of an earlier result, when the caller accepts it.",
    )
    contact_id: str = Field(
        default="", description="Id that find_contact returned; empty is the reception."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    callback: CallbackRecord
    by: str
    at: str


class PromiseCallback(ConfirmedTool):
    """Keeps who is to be called back, and when; it is on the disk when the caller is told so."""

    name: ClassVar[str] = "promise_callback"
    description: ClassVar[str] = (
        "Promises that somebody will call the caller back. Ask for name, number, what it is about "
        "and when it suits, one at a time; it finds the time and reads everything back for you on "
        "`confirm`. On `invalid`, say `spoken`."
    )
    arguments: ClassVar[type[Arguments]] = CallbackArguments
    done: ClassVar[frozenset[str]] = frozenset({CallbackOutcome.PROMISED})

    async def propose(
        self, arguments: CallbackArguments, context: ToolContext
    ) -> Proposal | Result:
        """Returns the promise read back, or what is missing."""
        try:
            who = caller(arguments, context, number_needed=True)
            about = subject(arguments.about, context)
            by = addressee(arguments.contact_id, context)
        except WrongError as wrong:
            return wrong.result
        due = await _due(arguments.when, by, context)
        if not isinstance(due, Due):
            return due
        callback = CallbackRecord(
            id=f"{context.call_id}-c{digest(self.key(arguments))}",
            tenant=context.snapshot.config.tenant,
            call_id=context.call_id,
            contact_id=by.id,
            caller_name=who.name,
            callback_number=who.number,
            about=about,
            due_from=due.start,
            due_until=due.end,
            created_at=context.now(),
        )
        name = named(by, context.snapshot, context.language)
        at = due.spoken or say(context, "callback_soon")
        spoken = say(
            context,
            "read_back_callback",
            contact=name,
            at=at,
            details=who.spoken,
            about=beginning(about, context),
        )
        return Proposal(spoken=spoken, plan=_Plan(callback=callback, by=name, at=at))

    async def carry_out(self, plan: _Plan, context: ToolContext) -> Result:
        """Returns the id of the promise and when it is due."""
        if context.callbacks is None:
            raise RuntimeError("this call has no place to keep callbacks")
        return {
            "outcome": CallbackOutcome.PROMISED,
            "id": await context.callbacks.save(plan.callback),
            "at": plan.callback.due_from.astimezone(context.snapshot.time_zone).isoformat(),
            "spoken": say(context, "promised", contact=plan.by, at=plan.at),
        }


async def _due(when: str, by: Destination, context: ToolContext) -> Due | Result:
    """Returns when to call back, or a result that says why not then, with the `next` time."""
    when = typed_moment(when, context.language)
    times = CallbackTimes(
        context.snapshot.hours_of(by),
        context.now(),
        language=context.language,
        texts=context.snapshot.texts[context.language].hours,
    )
    found = await asyncio.to_thread(lambda: times.find(when, said_in(when, context)))
    if found.due is not None:
        return found.due
    name = named(by, context.snapshot, context.language)
    if found.instead is None:
        spoken = say(context, "callback_never", contact=name)
        return WrongError("when", "nobody is there in the next weeks", spoken).result
    at = found.instead.spoken or say(context, "callback_soon")
    spoken = say(context, "callback_closed", contact=name, at=at)
    result = WrongError("when", "nobody is there at that time", spoken).result
    start = found.instead.start.astimezone(context.snapshot.time_zone)
    return {**result, "next": start.isoformat()}
