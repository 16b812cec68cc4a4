"""A promised callback as it is handed out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class CallbackState(StrEnum):
    """What became of it."""

    OPEN = "open"
    DONE = "done"


class CallbackRecord(BaseModel):
    """Who is to be called back, about what, and when.

    Attributes:
        contact_id: The person or department that calls back.
        callback_number: In E.164, such as "+441632960555".
        due_from: Not before; within the hours of who calls back.
        due_until: Not after.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    tenant: str
    call_id: str
    contact_id: str
    caller_name: str
    callback_number: str
    about: str
    due_from: datetime
    due_until: datetime
    state: CallbackState = CallbackState.OPEN
    created_at: datetime
