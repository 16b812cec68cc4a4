"""A kept message as it is handed out."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class MessageRecord(BaseModel):
    """What a caller wanted somebody to know.

    Attributes:
        contact_id: The person or department it is for; "" when the caller named nobody.
        callback_number: In E.164, such as "+441632960555"; "" when none was given.
        email: "" when none was given.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    tenant: str
    call_id: str
    contact_id: str
    caller_name: str
    callback_number: str
    email: str = ""
    about: str
    created_at: datetime
