"""The tables of callbacks."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class CallbackRow(Base):
    """Somebody who was promised to be called back.

    `call_id` is no foreign key: the promise is stored while the caller waits for it, perhaps before
    the row of the call.
    """

    __tablename__ = "callback"
    __table_args__ = (Index(None, "tenant", "due_from"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call_id: Mapped[str] = mapped_column(index=True)
    contact_id: Mapped[str]
    caller_name: Mapped[str]
    callback_number: Mapped[str]
    about: Mapped[str] = mapped_column(Text)
    due_from: Mapped[datetime] = mapped_column(UtcDateTime)
    due_until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CallbackAttemptRow(Base):
    """A try to call somebody back; see AttemptRecord."""

    __tablename__ = "callback_attempt"
    __table_args__ = (Index(None, "tenant", "started_at"),)

    callback_id: Mapped[str] = mapped_column(
        ForeignKey("callback.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant: Mapped[str]
    call_id: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]
