"""Every query on versions and labels; each sees those of one tenant only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.errors import NotFoundError
from receptionist.versions.files import Manifest
from receptionist.versions.models import LabelMoveRow, VersionFileRow, VersionRow
from receptionist.versions.records import Label, LabelMove, VersionRecord


class VersionRepository:
    """The versions of one tenant, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, version: VersionRecord, manifest: Manifest) -> None:
        """Keeps a version for good; the tenant is locked, its contents are kept."""
        await self._session.execute(insert(VersionRow), [_columns(version)])
        files = [
            {"tenant": self._tenant, "number": version.number, "path": path, "sha256": sha256}
            for path, sha256 in sorted(manifest.items())
        ]
        await self._session.execute(insert(VersionFileRow), files)

    async def last_number(self) -> int:
        """Returns the number of the latest version; 0 when there is none."""
        highest = select(func.max(VersionRow.number)).where(VersionRow.tenant == self._tenant)
        return await self._session.scalar(highest) or 0

    async def get(self, number: int) -> VersionRecord:
        """Returns a version.

        Raises:
            NotFoundError: there is none of this number.
        """
        row = VersionRow
        query = select(row).where(row.tenant == self._tenant, row.number == number)
        found = await self._session.scalar(query)
        if found is None:
            raise NotFoundError(f"Tenant {self._tenant!r} has no version {number}.")
        return VersionRecord.model_validate(found)

    async def latest(self, limit: int, before: int | None = None) -> Sequence[VersionRecord]:
        """Returns the last versions, the latest first; `before` leaves out those from it on."""
        row = VersionRow
        query = select(row).where(row.tenant == self._tenant)
        query = query if before is None else query.where(row.number < before)
        found = await self._session.scalars(query.order_by(row.number.desc()).limit(limit))
        return [VersionRecord.model_validate(one) for one in found]

    async def manifest(self, number: int) -> Manifest:
        """Returns the hash of each file of a version.

        Raises:
            NotFoundError: there is none of this number.
        """
        row = VersionFileRow
        query = select(row.path, row.sha256).where(row.tenant == self._tenant, row.number == number)
        found = dict((await self._session.execute(query)).all())
        if not found:
            await self.get(number)
        return found

    # --- labels -----------------------------------------------------------------------------

    async def named(self, label: Label) -> int | None:
        """Returns the version a label names; None when it names none."""
        moves = await self.moves(label, limit=1)
        return moves[0].number if moves else None

    async def labels(self) -> Mapping[Label, int]:
        """Returns the version each label names, of those that name one."""
        found = {label: await self.named(label) for label in Label}
        return {label: number for label, number in found.items() if number is not None}

    async def move(
        self, label: Label, number: int, *, author: str, message: str, at: datetime
    ) -> LabelMove:
        """Lets a label name a version from now on; the tenant is locked."""
        row = LabelMoveRow
        highest = select(func.max(row.position)).where(row.tenant == self._tenant)
        move = LabelMove(
            position=(await self._session.scalar(highest) or 0) + 1,
            label=label,
            number=number,
            author=author,
            message=message,
            at=at,
        )
        columns = move.model_dump() | {"label": label.value, "tenant": self._tenant}
        await self._session.execute(insert(row), [columns])
        return move

    async def moves(
        self, label: Label | None = None, *, limit: int | None = None
    ) -> Sequence[LabelMove]:
        """Returns how labels were moved, the latest first."""
        row = LabelMoveRow
        query = select(row).where(row.tenant == self._tenant)
        query = query if label is None else query.where(row.label == label.value)
        found = await self._session.scalars(query.order_by(row.position.desc()).limit(limit))
        return [LabelMove.model_validate(one) for one in found]


def _columns(version: VersionRecord) -> dict[str, Any]:
    problems = [problem.model_dump(mode="json") for problem in version.problems]
    return version.model_dump() | {"problems": problems}
