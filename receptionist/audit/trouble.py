"""Tells a supervisor that nothing can be proved any more, and that people take the calls."""

from collections.abc import Callable
from datetime import UTC, datetime

from receptionist.audit.log import AuditLog
from receptionist.audit.records import AuditEntry, Kind
from receptionist.guard.alarms import Alarm

AUDIT_LOG = "audit_log"


def watch(audit: AuditLog, tenant: str, alarm: Callable[[Alarm], object]) -> Callable[[], None]:
    """Raises an alarm each time the audit log of `tenant` gets into trouble.

    The row about it waits with the others and says, once it is written, since when people took the
    calls.

    Returns:
        What ends that.
    """

    def listen(trouble: bool) -> None:
        if not trouble:
            return
        now = datetime.now(UTC)
        audit.put(AuditEntry(at=now, kind=Kind.ALARM, category=AUDIT_LOG, action="alarmed"))
        at = now.isoformat(timespec="seconds")
        alarm(Alarm(call_id="", tenant=tenant, category=AUDIT_LOG, language="", at=at))

    return audit.on_trouble(listen)
