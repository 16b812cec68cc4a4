"""What an admin writes in `appointments.yaml`: what can be booked, and in whose calendar."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from knowledge.wording import Phrases, Wording
from providers.spec import SecretReference

PART_MIN = 5
"""Calendars are divided into parts this long; see AppointmentPartRow."""

_Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
_Minutes = Annotated[int, Field(multiple_of=PART_MIN, ge=0, le=24 * 60)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CalDavAccount(_Model):
    """A calendar on a CalDAV server (RFC 4791).

    Attributes:
        url: The calendar itself, as its owner's programs show it.
        secrets: `password`, by reference.
        timeout_ms: Longest wait for the server; a caller waits too.
    """

    url: HttpUrl
    username: str = ""
    secrets: Mapping[Literal["password"], SecretReference] = Field(default_factory=dict)
    timeout_ms: Annotated[int, Field(ge=100, le=10_000)] = 2500


class CalendarConfig(_Model):
    """Somebody's or something's calendar.

    Attributes:
        of: Department or contact whose opening hours it keeps; "" is the company.
        caldav: Where it is kept beside our own database; None is in the database alone.
    """

    id: _Identifier
    of: str = ""
    caldav: CalDavAccount | None = None


class Service(_Model):
    """Something that can be booked.

    Attributes:
        names: What it is called, as it is said in "a boiler service on Friday at nine".
        aliases: What else callers call it.
        duration_min: How long it takes.
        buffer_min: Time kept free after it.
        notice_min: Shortest time from the call to the appointment.
        horizon_days: How far ahead it can be booked.
        step_min: Appointments begin this far apart, counted from the opening.
        calendars: Ids of the calendars that can take it, preferred first.
    """

    id: _Identifier
    names: Wording
    aliases: Phrases = Field(default_factory=dict[str, tuple[str, ...]])
    duration_min: Annotated[_Minutes, Field(gt=0)]
    buffer_min: _Minutes = 0
    notice_min: Annotated[int, Field(ge=0, le=60 * 24 * 60)] = 60
    horizon_days: Annotated[int, Field(ge=1, le=365)] = 60
    step_min: Annotated[_Minutes, Field(gt=0)] = 30
    calendars: Annotated[tuple[str, ...], Field(min_length=1)]


class Appointments(_Model):
    """All that can be booked with a tenant."""

    calendars: tuple[CalendarConfig, ...] = ()
    services: tuple[Service, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [calendar.id for calendar in self.calendars]
        for name, given in (("calendar", ids), ("service", [s.id for s in self.services])):
            if twice := sorted({one for one in given if given.count(one) > 1}):
                raise ValueError(f"the {name} {twice[0]!r} is given twice")
        for service in self.services:
            if unknown := sorted(set(service.calendars) - set(ids)):
                raise ValueError(
                    f"service {service.id!r}: there is no calendar {unknown[0]!r}; "
                    f"known: {', '.join(ids) or 'none'}"
                )
        return self

    def service(self, identifier: str) -> Service | None:
        """Returns the service with this id."""
        return next((one for one in self.services if one.id == identifier), None)

    def calendar(self, identifier: str) -> CalendarConfig:
        """Returns the calendar with this id, which is there."""
        return next(one for one in self.calendars if one.id == identifier)
