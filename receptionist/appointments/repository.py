"""Every query on appointments; each sees the appointments of one tenant only."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.open_windows import Window
from receptionist.appointments.calendar import Booking, TakenError
from receptionist.appointments.config import PART_MIN
from receptionist.appointments.models import AppointmentPartRow, AppointmentRow
from receptionist.appointments.records import AppointmentRecord, AppointmentState
from receptionist.database import Database, one_writer

HELD_FOR = timedelta(minutes=2)
"""A time that was held and never booked is free again after this: its process was killed."""
_PART_S = PART_MIN * 60


class AppointmentRepository:
    """The appointments of one tenant. Each method is a transaction of its own."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def busy(self, calendar: str, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns what is taken in `calendar` between `start` and `end`."""
        row = AppointmentRow
        query = select(row.starts_at, row.free_at).where(
            row.tenant == self._tenant,
            row.calendar == calendar,
            row.starts_at < end,
            row.free_at > start,
            or_(row.state == AppointmentState.BOOKED, row.created_at > _stale()),
        )
        async with self._database.read() as session:
            return [Window(start=a, end=b) for a, b in await session.execute(query)]

    async def take(self, calendar: str, booking: Booking, state: AppointmentState) -> None:
        """Takes the time of `booking` in `calendar`; what was held before is booked now.

        Raises:
            TakenError: part of the time is taken.
            StorageError: the database refuses; nothing was taken.
        """
        async with self._database.write() as session:
            await one_writer(session, f"appointments of {self._tenant}")
            await self._drop_stale(session)
            row = await session.get(AppointmentRow, booking.id)
            if row is not None:
                if state is AppointmentState.BOOKED:
                    row.state = state
                return
            session.add(self._row(calendar, booking, state))
            try:
                await session.flush()
                session.add_all(self._parts(calendar, booking))
                await session.flush()
            except IntegrityError as error:
                raise TakenError(booking.id) from error

    async def give_back(self, booking_id: str) -> None:
        """Removes an appointment."""
        row = AppointmentRow
        mine = delete(row).where(row.tenant == self._tenant, row.id == booking_id)
        async with self._database.write() as session:
            await session.execute(mine)

    async def latest(self, limit: int) -> Sequence[AppointmentRecord]:
        """Returns the last `limit` appointments that were made, the latest first."""
        query = (
            select(AppointmentRow)
            .where(AppointmentRow.tenant == self._tenant)
            .order_by(AppointmentRow.created_at.desc(), AppointmentRow.id)
            .limit(limit)
        )
        async with self._database.read() as session:
            return [AppointmentRecord.model_validate(row) for row in await session.scalars(query)]

    async def _drop_stale(self, session: AsyncSession) -> None:
        row = AppointmentRow
        held = (row.tenant == self._tenant, row.state == AppointmentState.HELD)
        await session.execute(delete(row).where(*held, row.created_at <= _stale()))

    def _row(self, calendar: str, booking: Booking, state: AppointmentState) -> AppointmentRow:
        return AppointmentRow(
            id=booking.id,
            tenant=self._tenant,
            call_id=booking.call_id,
            calendar=calendar,
            service=booking.service,
            starts_at=booking.start,
            ends_at=booking.end,
            free_at=booking.free_at,
            caller_name=booking.caller_name,
            callback_number=booking.callback_number,
            state=state,
            created_at=datetime.now(UTC),
        )

    def _parts(self, calendar: str, booking: Booking) -> list[AppointmentPartRow]:
        first = int(booking.start.timestamp() // _PART_S)
        end = int(-(-booking.free_at.timestamp() // _PART_S))
        return [
            AppointmentPartRow(
                tenant=self._tenant, calendar=calendar, part=part, appointment_id=booking.id
            )
            for part in range(first, end)
        ]


def _stale() -> datetime:
    return datetime.now(UTC) - HELD_FOR


async def tenants_with_appointments(database: Database) -> Sequence[str]:
    """Returns the tenants appointments were made with, for whoever runs the machine."""
    async with database.read() as session:
        tenants = select(AppointmentRow.tenant).distinct().order_by(AppointmentRow.tenant)
        return (await session.scalars(tenants)).all()
