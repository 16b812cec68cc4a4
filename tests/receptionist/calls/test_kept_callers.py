"""Who called, whom, and whose telephones were rung is kept with the call."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from receptionist.calls.events import CallStarted
from receptionist.calls.repository import CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.handoff.events import TransferEnded
from receptionist.telephony.caller import CallerIdentity, Verdict

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("caller", "known"),
    [
        (None, ("", "", "")),
        (CallerIdentity(withheld=True), ("", "", "withheld")),
        (
            CallerIdentity(number="+393331234567", name="Rose", verdict=Verdict.FULL),
            ("+393331234567", "Rose", "full"),
        ),
    ],
)
async def test_who_called_and_who_was_rung_is_kept(
    database: Database, caller: CallerIdentity | None, known: tuple[str, str, str]
) -> None:
    rung = TransferEnded(
        at_s=4.0,
        target="repairs",
        rung="ann",
        mode="warm",
        outcome="declined",
        reason="in a meeting",
        ring_s=3.5,
    )
    begun = CallStarted(
        call_id="c1",
        tenant="demo",
        version="v1",
        language="en",
        channel="sip",
        started_at=NOON,
        called="+441632960100",
        caller=caller,
    )
    store = CallStore(database, "demo")
    sink = store.sink("c1")
    for event in (begun, rung):
        await sink(event)
    assert await store.close() == {}
    async with database.read() as session:
        call = await CallRepository(session, "demo").get("c1", now=NOON)
    assert (call.caller, call.caller_name, call.caller_verdict) == known
    assert call.called == "+441632960100"
    assert [transfer.model_dump() for transfer in call.transfers] == [asdict(rung)]
