"""The tables of appointments."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class AppointmentRow(Base):
    """An appointment, held while another calendar is asked or booked for good.

    `call_id` is no foreign key: the caller waits for the booking, which may be stored before the
    row of the call.
    """

    __tablename__ = "appointment"
    __table_args__ = (Index(None, "tenant", "starts_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    call_id: Mapped[str] = mapped_column(index=True)
    calendar: Mapped[str]
    service: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    free_at: Mapped[datetime] = mapped_column(UtcDateTime)
    caller_name: Mapped[str]
    callback_number: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AppointmentPartRow(Base):
    """Five minutes of a calendar that an appointment takes up.

    The primary key is what makes a double booking impossible, whatever the database and however
    many processes write to it.
    """

    __tablename__ = "appointment_part"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    calendar: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appointment_id: Mapped[str] = mapped_column(
        ForeignKey("appointment.id", ondelete="CASCADE"), index=True
    )
