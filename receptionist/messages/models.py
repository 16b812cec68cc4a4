"""The table of messages."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class MessageRow(Base):
    """A message a caller left for a person or a department.

    `call_id` is no foreign key: a message is written at once, while the caller waits, and may be
    stored before the row of its call.
    """

    __tablename__ = "message"
    __table_args__ = (Index(None, "tenant", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call_id: Mapped[str] = mapped_column(index=True)
    contact_id: Mapped[str]
    caller_name: Mapped[str]
    callback_number: Mapped[str]
    email: Mapped[str]
    about: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
