"""Every query on the audit log; each sees the rows of one tenant only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from guardrails.chain import GENESIS, End
from receptionist.audit.models import AuditEndRow, AuditRow
from receptionist.audit.records import AuditEntry, AuditRecord, Kind, chained
from receptionist.errors import StorageError

KEPT_DAYS_MIN = 184
"""Six months of any length, as the AI Act asks of logs (Art. 19(1) and 26(6))."""

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows; None takes any."""

    since: datetime | None = None
    until: datetime | None = None
    call_id: str | None = None
    category: str | None = None
    verdict: str | None = None
    kind: Kind | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Returns them for a query."""
        row = AuditRow
        asked: list[ColumnElement[bool]] = []
        if self.since is not None:
            asked.append(row.at >= self.since)
        if self.until is not None:
            asked.append(row.at < self.until)
        equal = (
            (row.call_id, self.call_id),
            (row.category, self.category),
            (row.verdict, self.verdict),
            (row.kind, self.kind),
        )
        return [*asked, *(column == value for column, value in equal if value is not None)]


ANY = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A row that was spoilt: not even its columns hold what they should."""

    seq: int


class AuditRepository:
    """The audit log of one tenant, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def append(self, entries: Sequence[AuditEntry]) -> Sequence[AuditRecord]:
        """Puts `entries` at the end of the chain; those that stand in it already are left out.

        Other writers wait until this transaction is over.
        """
        row = await self._locked_end()
        known = await self._known([entry.uid for entry in entries])
        last = End(seq=row.seq, digest=row.hash)
        added: list[AuditRecord] = []
        for entry in entries:
            if entry.uid in known:
                continue
            record = chained(entry, self._tenant, last)
            self._session.add(AuditRow(**_columns(record)))
            added.append(record)
            last = End(seq=record.seq, digest=record.hash)
            if len(added) % _PAGE == 0:  # a server has a few seconds for each statement
                await self._session.flush()
        row.seq, row.hash = last.seq, last.digest
        await self._session.flush()
        return added

    async def _known(self, uids: Sequence[str]) -> set[str]:
        """Returns which of `uids` stand in the chain already."""
        found: set[str] = set()
        for start in range(0, len(uids), _PAGE):
            some = AuditRow.uid.in_(uids[start : start + _PAGE])
            found.update(await self._session.scalars(select(AuditRow.uid).where(some)))
        return found

    async def end(self) -> End:
        """Returns where the chain ends."""
        row = await self._session.get(AuditEndRow, self._tenant)
        return End(seq=row.seq, digest=row.hash) if row else End()

    async def rows(self, wanted: Wanted = ANY) -> AsyncIterator[AuditRecord]:
        """Yields the rows that are wanted, the earliest first, some at a time.

        Raises:
            StorageError: one of them is no row any more; `found` goes on behind it.
        """
        async for row in self.found(wanted):
            if isinstance(row, Unreadable):
                raise _unreadable(self._tenant, row)
            yield row

    async def found(self, wanted: Wanted = ANY) -> AsyncIterator[AuditRecord | Unreadable]:
        """Yields the rows that are wanted and what is left of those that were spoilt."""
        row, after = AuditRow, 0
        while True:
            mine = (row.tenant == self._tenant, row.seq > after, *wanted.conditions())
            query = select(row.seq).where(*mine).order_by(row.seq).limit(_PAGE)
            seqs = (await self._session.scalars(query)).all()
            for one in await self._page(seqs):
                yield one
            if len(seqs) < _PAGE:
                return
            after = seqs[-1]
            self._session.expunge_all()

    async def latest(self, limit: int, wanted: Wanted = ANY) -> Sequence[AuditRecord]:
        """Returns the last `limit` rows that are wanted, the latest first."""
        query = select(AuditRow).where(AuditRow.tenant == self._tenant, *wanted.conditions())
        query = query.order_by(AuditRow.seq.desc()).limit(limit)
        return [AuditRecord.model_validate(row) for row in await self._session.scalars(query)]

    async def _page(self, seqs: Sequence[int]) -> Sequence[AuditRecord | Unreadable]:
        mine = AuditRow.tenant == self._tenant
        query = select(AuditRow).where(mine, AuditRow.seq.in_(seqs)).order_by(AuditRow.seq)
        try:
            return [AuditRecord.model_validate(row) for row in (await self._session.scalars(query))]
        except (ValueError, StatementError):
            if len(seqs) > 1:
                return [one for seq in seqs for one in await self._page([seq])]
            return [Unreadable(seq=seqs[0])]

    async def erase_texts(self, before: datetime, now: datetime) -> int:
        """Erases the texts of the rows before `before`, and says so in the chain.

        Returns:
            How many rows had one.
        """
        await self._locked_end()
        row = AuditRow
        mine = (row.tenant == self._tenant, row.at < before, row.text_salt.is_not(None))
        through = await self._session.scalar(select(func.max(row.seq)).where(*mine))
        if through is None:
            return 0
        count = await self._session.scalar(select(func.count()).where(*mine)) or 0
        erased = update(row).where(*mine).values(text=None, history=None, text_salt=None)
        await self._session.execute(erased)
        details = {"before": before.isoformat(), "through_seq": through, "rows": count}
        await self.append([AuditEntry(at=now, kind=Kind.TEXTS_ERASED, details=details)])
        return count

    async def prune(self, before: datetime, now: datetime) -> int:
        """Deletes the rows of the chain's beginning that are from before `before`, and says so.

        Returns:
            How many.

        Raises:
            ValueError: `before` is less than `KEPT_DAYS_MIN` ago.
        """
        if before > now - timedelta(days=KEPT_DAYS_MIN):
            raise ValueError(f"audit rows are kept for {KEPT_DAYS_MIN} days at least")
        await self._locked_end()
        row, mine = AuditRow, AuditRow.tenant == self._tenant
        first_kept = await self._session.scalar(
            select(func.min(row.seq)).where(mine, row.at >= before)
        )
        gone = [mine] if first_kept is None else [mine, row.seq < first_kept]
        last = await self._session.scalar(
            select(row).where(*gone).order_by(row.seq.desc()).limit(1)
        )
        if last is None:
            return 0
        count = await self._session.scalar(select(func.count()).where(*gone)) or 0
        details = {"through_seq": last.seq, "through_hash": last.hash, "rows": count}
        await self._session.execute(delete(row).where(*gone))
        await self.append([AuditEntry(at=now, kind=Kind.PRUNED, details=details)])
        return count

    async def _locked_end(self) -> AuditEndRow:
        """Returns the row with the end of the chain, which no other writer has now.

        SQLite has one writer anyway; elsewhere the row itself is locked.
        """
        query = select(AuditEndRow).where(AuditEndRow.tenant == self._tenant).with_for_update()
        if (found := await self._session.scalar(query)) is not None:
            return found
        try:
            async with self._session.begin_nested():
                self._session.add(AuditEndRow(tenant=self._tenant, seq=0, hash=GENESIS))
        except IntegrityError:  # another writer was first
            self._session.expire_all()
        return (await self._session.scalars(query)).one()


async def tenants_with_audit(session: AsyncSession) -> Sequence[str]:
    """Returns the tenants that have an audit log, for whoever runs the machine."""
    tenants = select(AuditEndRow.tenant).order_by(AuditEndRow.tenant)
    return (await session.scalars(tenants)).all()


def _unreadable(tenant: str, row: Unreadable) -> StorageError:
    error = StorageError(
        f"Row {row.seq} of {tenant!r} in the audit log is spoilt; `receptionist audit verify`"
        " tells what else is."
    )
    error.retryable = False
    return error


def _columns(record: AuditRecord) -> Mapping[str, Any]:
    columns = record.model_dump()
    return columns | {"kind": record.kind.value, "history": record.history and list(record.history)}
