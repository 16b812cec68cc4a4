"""A promised callback as it is handed out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class CallbackState(StrEnum):
    """What became of it."""

    OPEN = "open"
    DONE = "done"
    GIVEN_UP = "given_up"
    """He was dialled as often as the tenant wants, and not reached."""


class AttemptOutcome(StrEnum):
    """How dialling somebody ended."""

    ANSWERED = "answered"
    """He heard who calls and why."""
    MACHINE = "machine"
    SILENT = "silent"
    """Somebody or something answered and said nothing."""
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NOBODY_HERE = "nobody_here"
    """Nobody of ours took the call that was to come: he was not dialled."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The process that dialled died."""


class AttemptRecord(BaseModel):
    """One call to somebody who is to be called back; it stands there before he is dialled.

    Attributes:
        number: Which of the tries.
        call_id: Of the call that comes of it.
        seen_at: When the process that dials last showed a sign of life.
        outcome: None while it goes on.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    callback_id: str
    number: int
    tenant: str
    call_id: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None


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
