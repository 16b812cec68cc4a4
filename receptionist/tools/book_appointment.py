"""Books an appointment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from receptionist.appointments.calendar import CalendarError, TakenError
from receptionist.appointments.config import Service
from receptionist.appointments.diary import Customer, Slot
from receptionist.tools.appointment_desk import AppointmentDesk, service_for
from receptionist.tools.captured import WrongError, caller
from receptionist.tools.confirmation import (
    ConfirmedArguments,
    ConfirmedTool,
    Proposal,
    Result,
    digest,
)
from receptionist.tools.contract import Arguments, ToolContext
from receptionist.tools.phrases import say


class BookingOutcome(StrEnum):
    """How it ended, beside `confirm` and `invalid`."""

    SLOTS = "slots"
    NONE = "none"
    BOOKED = "booked"
    TAKEN = "taken"
    NOT_OFFERED = "not_offered"
    FAILED = "failed"


class BookingArguments(ConfirmedArguments):
    """What, when and for whom."""

    service: str = Field(description="What to book, in the caller's own words.")
    when: str = Field(
        default="",
        description="When, in the caller's own words: 'Friday morning', 'tomorrow at ten'. Empty "
        "is as soon as possible.",
    )
    caller_name: str = Field(default="", description="The caller's name, once it is known.")
    callback_number: str = Field(default="", description="The caller's number, in digits.")
    slot: str = Field(
        default="", description="Id of the slot the caller chose among those returned."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    slot: Slot
    customer: Customer


class BookAppointment(ConfirmedTool):
    """Finds free times and books one of them; it is in the calendar when the caller is told so."""

    name: ClassVar[str] = "book_appointment"
    description: ClassVar[str] = (
        "Finds free times for a service and books one. Call it with what the caller wants and "
        "when: on `slots`, `none` or `taken` say `spoken` and let the caller choose; then call it "
        "with the `id` of that slot, the caller's name and number. It reads back on `confirm`."
    )
    arguments: ClassVar[type[Arguments]] = BookingArguments
    timeout_ms: ClassVar[int] = 8000
    """A calendar elsewhere is asked, asked again and written to."""
    done: ClassVar[frozenset[str]] = frozenset({BookingOutcome.BOOKED})

    def key(self, arguments: BookingArguments) -> str:
        """Returns what tells this booking from others; a slot says what and when by itself."""
        if arguments.slot:
            arguments = arguments.model_copy(update={"when": "", "service": ""})
        return super().key(arguments)

    async def propose(self, arguments: BookingArguments, context: ToolContext) -> Proposal | Result:
        """Returns the booking read back, times to choose from, or what is missing."""
        service = service_for(arguments.service, arguments.slot, context)
        if not isinstance(service, Service):
            return service
        assert context.diary is not None
        desk = AppointmentDesk(service, context.diary, context)
        try:
            return await self._propose(arguments, desk, context)
        except WrongError as wrong:
            return wrong.result
        except CalendarError as error:
            return desk.failed(error)

    async def carry_out(self, plan: _Plan, context: ToolContext) -> Result:
        """Books, or returns other times when somebody was faster."""
        assert context.diary is not None
        desk = AppointmentDesk(plan.slot.service, context.diary, context)
        try:
            try:
                await context.diary.book(plan.slot, plan.customer)
            except TakenError:
                return desk.taken(plan.slot.start, await desk.free())
        except CalendarError as error:
            return desk.failed(error)
        told = desk.shown(plan.slot)
        line = say(context, "booked", service=desk.name, at=told["spoken"])
        return {**told, "outcome": BookingOutcome.BOOKED, "spoken": line}

    async def _propose(
        self, arguments: BookingArguments, desk: AppointmentDesk, context: ToolContext
    ) -> Proposal | Result:
        slots = await desk.free()
        if arguments.slot:
            chosen = desk.chosen(arguments.slot, slots)
            if chosen is None:
                return desk.taken(_moment(arguments.slot), slots)
        else:
            chosen = desk.asked_for(arguments.when, slots)
            if chosen is None:
                return desk.offer(arguments.when, slots)
        who = caller(arguments, context, number_needed=True)
        told = desk.shown(chosen)
        completed = arguments.model_copy(update={"slot": told["id"]})
        customer = Customer(
            booking_id=f"{context.call_id}-a{digest(self.key(completed))}",
            call_id=context.call_id,
            title=f"{desk.name}: {who.name}, {who.number}",
            name=who.name,
            number=who.number,
        )
        line = say(
            context, "read_back_booking", service=desk.name, at=told["spoken"], details=who.spoken
        )
        return Proposal(
            spoken=line,
            plan=_Plan(slot=chosen, customer=customer),
            facts={"slot": told["id"], "start": told["start"]},
            completed=completed,
        )


def _moment(slot: str) -> datetime | None:
    """Returns when a slot that is gone began; None when its id was made up."""
    try:
        moment = datetime.fromisoformat(slot.partition("@")[2])
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
