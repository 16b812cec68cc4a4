"""A kept appointment as it is handed out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class AppointmentState(StrEnum):
    """Whether it stands."""

    HELD = "held"
    """The time is held while another calendar is asked."""
    BOOKED = "booked"


class AppointmentRecord(BaseModel):
    """Who comes, or is visited, for what and when.

    Attributes:
        free_at: When the calendar is free again.
        callback_number: In E.164.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    tenant: str
    call_id: str
    calendar: str
    service: str
    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    caller_name: str
    callback_number: str
    state: AppointmentState
    created_at: datetime
