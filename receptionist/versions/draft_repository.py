"""Every query on drafts; each sees the draft of one tenant only."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.errors import NotFoundError
from receptionist.versions.blob_repository import in_parts
from receptionist.versions.files import Manifest
from receptionist.versions.models import BlobRow, DraftEditRow, DraftFileRow, TenantRow
from receptionist.versions.records import DraftFile, EditKind, EditRecord, TenantRecord


class DraftRepository:
    """The draft of one tenant, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def locked(self) -> TenantRecord:
        """Returns the tenant, whose draft and versions nobody else changes in this transaction.

        Raises:
            NotFoundError: there is no such tenant.
        """
        return await self._found(lock=True)

    async def tenant(self) -> TenantRecord:
        """Returns the tenant.

        Raises:
            NotFoundError: there is no such tenant.
        """
        return await self._found(lock=False)

    async def base_on(self, number: int) -> None:
        """Notes which version the draft was made of or published as."""
        changed = update(TenantRow).where(TenantRow.id == self._tenant).values(based_on=number)
        await self._session.execute(changed)

    async def files(self) -> Sequence[DraftFile]:
        """Returns the files that are there, by path."""
        row = DraftFileRow
        query = select(row).where(row.tenant == self._tenant, row.sha256.is_not(None))
        found = await self._session.scalars(query.order_by(row.path))
        return [DraftFile.model_validate(one) for one in found]

    async def manifest(self) -> Manifest:
        """Returns the hash of each file that is there."""
        row = DraftFileRow
        query = select(row.path, row.sha256).where(row.tenant == self._tenant)
        found = await self._session.execute(query)
        return {path: sha256 for path, sha256 in found if sha256 is not None}

    async def sizes(self) -> Mapping[str, int]:
        """Returns how large each file is that is there, in bytes."""
        row, blob = DraftFileRow, BlobRow
        same = (blob.tenant == row.tenant) & (blob.sha256 == row.sha256)
        query = select(row.path, blob.size_bytes).join(blob, same)
        found = await self._session.execute(query.where(row.tenant == self._tenant))
        return dict(found.all())

    async def file(self, path: str) -> DraftFile | None:
        """Returns a file, also one that has been deleted; None when there never was one."""
        row = DraftFileRow
        query = select(row).where(row.tenant == self._tenant, row.path == path)
        found = await self._session.scalar(query)
        return DraftFile.model_validate(found) if found else None

    async def edits(
        self, path: str | None = None, *, limit: int | None = None, before: int | None = None
    ) -> Sequence[EditRecord]:
        """Returns changes, the latest first.

        Args:
            path: Of the file; None is any.
            limit: How many; None is all.
            before: Only those with a smaller revision.
        """
        row = DraftEditRow
        query = select(row).where(row.tenant == self._tenant)
        query = query if path is None else query.where(row.path == path)
        query = query if before is None else query.where(row.revision < before)
        found = await self._session.scalars(query.order_by(row.revision.desc()).limit(limit))
        return [EditRecord.model_validate(one) for one in found]

    async def edit(self, path: str, revision: int) -> EditRecord:
        """Returns the change that made a file what it was at a revision.

        Raises:
            NotFoundError: the file has never had that revision.
        """
        row = DraftEditRow
        mine = (row.tenant == self._tenant, row.path == path, row.revision == revision)
        found = await self._session.scalar(select(row).where(*mine))
        if found is None:
            raise NotFoundError(f"{path!r} has never had revision {revision}.")
        return EditRecord.model_validate(found)

    async def put(
        self, contents: Mapping[str, str | None], kind: EditKind, author: str, at: datetime
    ) -> int:
        """Changes files to what their hash names, whatever was there, and returns the revision.

        The tenant is locked. A file without a hash is deleted.
        """
        edit = DraftEditRow
        highest = select(func.max(edit.revision)).where(edit.tenant == self._tenant)
        last = await self._session.scalar(highest) or 0
        head = DraftFileRow
        for some in in_parts(contents):
            gone = delete(head).where(head.tenant == self._tenant, head.path.in_(some))
            await self._session.execute(gone)
        rows = [
            {"tenant": self._tenant, "path": path, "sha256": sha256, "author": author}
            | {"revision": revision}
            for revision, (path, sha256) in enumerate(sorted(contents.items()), last + 1)
        ]
        if rows:
            edits = [row | {"kind": kind.value, "at": at} for row in rows]
            await self._session.execute(insert(edit), edits)
            await self._session.execute(insert(head), [row | {"edited_at": at} for row in rows])
        return last + len(rows)

    async def _found(self, *, lock: bool) -> TenantRecord:
        query = select(TenantRow).where(TenantRow.id == self._tenant)
        query = query.with_for_update() if lock else query
        found = await self._session.scalar(query)
        if found is None:
            raise NotFoundError(
                f"There is no tenant {self._tenant!r}. `receptionist tenants list` shows them."
            )
        return TenantRecord.model_validate(found)
