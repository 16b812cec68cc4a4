"""Every query on approvals; each sees those of one tenant only."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.versions.models import ApprovalRow
from receptionist.versions.records import ApprovalRecord


class ApprovalRepository:
    """Who has approved which sentence of one tenant, in the transaction of `session`."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, approvals: Iterable[ApprovalRecord]) -> None:
        """Keeps approvals for good; the tenant is locked. Their position is given here."""
        row = ApprovalRow
        highest = select(func.max(row.position)).where(row.tenant == self._tenant)
        last = await self._session.scalar(highest) or 0
        rows = [
            one.model_dump()
            | {"tenant": self._tenant, "position": position, "origin": one.origin.value}
            for position, one in enumerate(approvals, last + 1)
        ]
        if rows:
            await self._session.execute(insert(row), rows)

    async def all(self) -> Sequence[ApprovalRecord]:
        """Returns every approval, the latest first."""
        row = ApprovalRow
        query = select(row).where(row.tenant == self._tenant).order_by(row.position.desc())
        return [ApprovalRecord.model_validate(one) for one in await self._session.scalars(query)]
