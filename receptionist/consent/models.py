"""The table of consents."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class ConsentRow(Base):
    """What a caller answered when he was asked whether the call may be recorded.

    `call_id` is no foreign key: it is stored before the first sound is, perhaps before the row of
    the call, and it outlives the call as long as a recording does.
    """

    __tablename__ = "consent"
    __table_args__ = (Index(None, "tenant", "at"),)

    call_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    language: Mapped[str]
    asked: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    consent: Mapped[str]
    policy_hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
