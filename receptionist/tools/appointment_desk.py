"""How `book_appointment` tells a caller of free times, in the language of the call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from loguru import logger

from knowledge.open_windows import named_moment
from knowledge.spoken import speech
from knowledge.typed_moment import typed_moment
from knowledge.when import Asked, When, understand
from knowledge.wording import worded
from receptionist.appointments.calendar import CalendarError
from receptionist.appointments.config import Service
from receptionist.appointments.diary import Diary, Slot
from receptionist.appointments.offers import Wish, spoken
from receptionist.appointments.services import meant
from receptionist.tools.captured import WrongError
from receptionist.tools.contract import ToolContext
from receptionist.tools.phrases import say
from receptionist.tools.said_in import said_in

Result = Mapping[str, Any]


class AppointmentDesk:
    """The free times of one service, for one caller.

    Attributes:
        service: What is to be booked.
        name: What it is called.
    """

    def __init__(self, service: Service, diary: Diary, context: ToolContext) -> None:
        self.service = service
        self.name = worded(service.names, context.language)
        self._diary = diary
        self._context = context
        self._now = context.now()
        self._hours = diary.hours(service)

    async def free(self) -> list[Slot]:
        """Returns all free times.

        Raises:
            CalendarError: a calendar cannot be asked.
        """
        return await self._diary.free(self.service, self._now)

    def chosen(self, identifier: str, slots: Sequence[Slot]) -> Slot | None:
        """Returns the slot with this id, if it is free."""
        return next((slot for slot in slots if self.identifier(slot) == identifier), None)

    def asked_for(self, words: str, slots: Sequence[Slot]) -> Slot | None:
        """Returns the free slot at the very time `words` name; None when they name none."""
        for when in self._understood(words):
            fitting = Wish(when, self._hours).fitting(slots)
            if fitting and named_moment(when, self._hours) is not None:
                return fitting[0]
        return None

    def offer(self, words: str, slots: Sequence[Slot]) -> Result:
        """Returns a few free times that fit what the caller said, or else come nearest."""
        wishes = [Wish(when, self._hours) for when in self._understood(words)]
        for wish in wishes:
            if fitting := wish.fitting(slots):
                key = "offer_one_slot" if len(fitting) == 1 else "offer_slots"
                return self._told("slots", fitting, key)
        return self._told("none", wishes[0].nearest(slots), "other_slots")

    def taken(self, near: datetime | None, slots: Sequence[Slot]) -> Result:
        """Returns that somebody was faster, and times near the one that is gone."""
        moment = (near or self._now).astimezone(self._hours.time_zone)
        best = sorted(slots, key=lambda slot: abs(slot.start - moment))[:3]
        return self._told("taken", sorted(best, key=lambda slot: slot.start), "slot_taken")

    def shown(self, slot: Slot) -> Mapping[str, str]:
        """Returns a slot as a brain sees it."""
        return {
            "id": self.identifier(slot),
            "start": slot.start.astimezone(self._hours.time_zone).isoformat(),
            "spoken": self._spoken([slot]),
        }

    def identifier(self, slot: Slot) -> str:
        """Returns what a slot is called: the same as long as it exists."""
        local = slot.start.astimezone(self._hours.time_zone)
        return f"{self.service.id}@{local.isoformat(timespec='minutes')}"

    def failed(self, error: CalendarError) -> Result:
        """Returns that the diary cannot be used, and what can be done instead."""
        logger.error(f"the diary cannot be used: {error}")
        return {
            "outcome": "failed",
            "problem": "the diary cannot be used at the moment; offer a callback or a message",
            "spoken": say(self._context, "diary_failed"),
        }

    def _told(self, outcome: str, slots: Sequence[Slot], key: str) -> Result:
        told = [self.shown(slot) for slot in slots]
        if not told:
            line = say(self._context, "no_slots", service=self.name)
            return {"outcome": "none", "slots": told, "spoken": line}
        values = {"slots": self._spoken(slots)}
        if key != "slot_taken":
            values["service"] = self.name
        return {"outcome": outcome, "slots": told, "spoken": say(self._context, key, **values)}

    def _spoken(self, slots: Sequence[Slot]) -> str:
        return spoken(slots, self._now, self._hours, self._context.language)

    def _understood(self, words: str) -> list[When]:
        """Returns what `words` may mean, the likeliest first.

        On a Thursday, "Thursday" may be next week's.
        """
        today = self._now.astimezone(self._hours.time_zone).date()
        words = typed_moment(words, self._context.language)
        when = understand(words, said_in(words, self._context), today)
        if when.asked is not Asked.WEEKDAY or when.days != (today,):
            return [when]
        return [when, replace(when, days=(today + timedelta(days=7),))]


def service_for(words: str, slot: str, context: ToolContext) -> Service | Result:
    """Returns the service a caller means, or a result that says what can be booked."""
    services = context.snapshot.config.appointments.services
    if not services or context.diary is None:
        return {"outcome": "not_offered", "spoken": say(context, "nothing_to_book")}
    named = context.snapshot.config.appointments.service(slot.partition("@")[0])
    found = [named] if named else _meant(words, services, context)
    if len(found) == 1:
        return found[0]
    names = [worded(service.names, context.language) for service in found or services]
    listed = speech(context.language).joined(names)
    if not found:
        return {"outcome": "not_offered", "spoken": say(context, "not_offered", services=listed)}
    line = say(context, "ask_service", services=listed)
    return WrongError("service", "ask which service is meant", line).result


def _meant(words: str, services: Sequence[Service], context: ToolContext) -> list[Service]:
    """Returns the services `words` may mean; said in any of its languages."""
    for language in dict.fromkeys((context.language, *context.snapshot.config.languages)):
        if found := meant(words, services, language):
            return found
    return []
