"""What happens on one call, for tests of whoever keeps it."""

from datetime import UTC, datetime

from receptionist.calls.events import CallEnded, CallStarted, Disposition, TurnEnded

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STARTED = CallStarted(
    call_id="c1", tenant="demo", version="v1", language="en", channel="text", started_at=NOON
)
ENDED = CallEnded(disposition=Disposition.COMPLETED, duration_s=9.0)


def turn(index: int, said: str = "When do you open?") -> TurnEnded:
    return TurnEnded(index=index, speaker="caller", text=said, start_s=index, end_s=index + 0.5)
