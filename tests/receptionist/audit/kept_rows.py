"""Reads what a test has written into an audit log."""

from receptionist.audit.records import AuditRecord
from receptionist.audit.repository import AuditRepository
from receptionist.audit.verification import verify
from receptionist.database import Database


async def rows(database: Database) -> list[AuditRecord]:
    """Returns what stands in a chain that is whole."""
    async with database.read() as session:
        kept = AuditRepository(session, "demo")
        assert (await verify(kept, "demo")).breaks == ()
        return [row async for row in kept.rows()]
