"""Opens the audit log of a process: what an earlier one could not write is written first."""

from contextlib import AsyncExitStack
from pathlib import Path

from receptionist.audit.log import AuditLog
from receptionist.database import Database


async def open_audit(
    database: Database, tenant: str, data_dir: Path, owned: AsyncExitStack
) -> AuditLog:
    """Returns the audit log of `tenant`; `owned` closes it."""
    audit = AuditLog(database, tenant, data_dir)
    owned.push_async_callback(audit.close)
    await audit.take_in()
    return audit
