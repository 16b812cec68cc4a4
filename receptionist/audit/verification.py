"""Proves that an audit log is whole, and says where it is not."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from guardrails.chain import Break, ChainCheck, End
from receptionist.audit.records import AuditRecord, Kind
from receptionist.audit.repository import AuditRepository, Unreadable, Wanted

SHOWN = 100
"""Breaks that are told at most; one row too few may shift every later one."""


class BreakRecord(BaseModel):
    """A place at which a chain does not hold; see guardrails.chain.Break."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    seq: int
    fault: str
    says: str


class Verification(BaseModel):
    """What was found.

    Attributes:
        rows: How many there are.
        erased: How many of them had their texts erased.
        last_seq: Number of the last row.
        last_hash: Its hash. Kept elsewhere, it proves that the log was not written anew.
        breaks: The first places at which the chain does not hold.
    """

    model_config = ConfigDict(frozen=True)

    tenant: str
    rows: int
    erased: int
    last_seq: int
    last_hash: str
    breaks: tuple[BreakRecord, ...]

    @property
    def whole(self) -> bool:
        """True when nothing is wrong."""
        return not self.breaks


async def verify(log: AuditRepository, tenant: str, anchor: End | None = None) -> Verification:
    """Walks the whole chain of `tenant`.

    Args:
        log: Its rows, in one transaction.
        tenant: Whose.
        anchor: A row and its hash as somebody kept them elsewhere.
    """
    check = ChainCheck(await _start(log), await _erased_through(log))
    found: list[Break] = []
    rows = erased = 0
    anchored = anchor is None or anchor.seq == check.last.seq
    async for row in log.found():
        rows += 1
        if isinstance(row, Unreadable):
            found += check.unreadable(row.seq)
            continue
        erased += row.erased
        found += check.row(row.link())
        if anchor is not None and row.seq == anchor.seq:
            anchored = True
            found += check.end(anchor)
    found += check.end(await log.end())
    if anchor is not None and not anchored:
        found += check.end(anchor)
    return Verification(
        tenant=tenant,
        rows=rows,
        erased=erased,
        last_seq=check.last.seq,
        last_hash=check.last.digest,
        breaks=_told(found),
    )


def _told(found: Sequence[Break]) -> tuple[BreakRecord, ...]:
    return tuple(BreakRecord.model_validate(one) for one in found[:SHOWN])


async def _start(log: AuditRepository) -> End:
    """Returns what the first row follows: the last one that was pruned, if any was."""
    start = End()
    async for row in log.found(Wanted(kind=Kind.PRUNED)):
        if isinstance(row, AuditRecord):
            digest = str(row.details.get("through_hash", ""))
            start = End(seq=_through(row), digest=digest)
    return start


async def _erased_through(log: AuditRepository) -> int:
    """Returns the number of the last row whose texts may be gone."""
    through = 0
    async for row in log.found(Wanted(kind=Kind.TEXTS_ERASED)):
        if isinstance(row, AuditRecord):
            through = max(through, _through(row))
    return through


def _through(row: AuditRecord) -> int:
    through = row.details.get("through_seq")
    return through if isinstance(through, int) else 0
