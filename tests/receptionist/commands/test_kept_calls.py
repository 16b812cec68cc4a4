"""`receptionist calls` and `receptionist messages` show what is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from receptionist.calls.events import (
    CallEnded,
    CallStarted,
    Disposition,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.store import CallStore
from receptionist.commands import calls, messages
from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.handoff.events import TransferEnded
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository
from receptionist.telephony.caller import CallerIdentity

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("RECEPTIONIST_DATABASE_URL", raising=False)


@pytest.fixture
def kept(tmp_path: Path) -> None:
    asyncio.run(_keep(tmp_path))


async def _keep(folder: Path) -> None:
    async with await Database.open("", data_dir=folder) as database:
        for number, tenant in enumerate(("garden", "mill", "garden")):
            store = CallStore(database, tenant)
            await _one_call(store, f"call-{number}", tenant, NOON + timedelta(minutes=number))
            assert await store.close() == {}
        await MessageRepository(database, "garden").save(
            MessageRecord(
                id="m1",
                tenant="garden",
                call_id="call-2",
                contact_id="sales",
                caller_name="Ada Byron",
                callback_number="+44 20 7946 0018",
                about="wants [bold]twenty[/bold] chairs\x1b[2J",
                created_at=NOON,
            )
        )


TRANSFER = TransferEnded(
    at_s=4.0,
    target="repairs",
    rung="ann",
    mode="warm",
    outcome="declined",
    reason="in a [bold]meeting",
    ring_s=3.5,
)
HOURS = ToolFinished(
    turn=0,
    name="check_hours",
    arguments={"when": "on saturday"},
    outcome="hours",
    result={"outcome": "hours"},
    id="c1-t1",
    key="0f00",
    duration_ms=12.5,
)


async def _one_call(store: CallStore, call_id: str, tenant: str, started_at: datetime) -> None:
    sink = store.sink(call_id)
    await sink(
        CallStarted(
            call_id=call_id,
            tenant=tenant,
            version="v7",
            language="en",
            channel="recording",
            started_at=started_at,
            called="reception",
            caller=CallerIdentity(number="+393331234567", name="Rose [red]\x1b[2J"),
        )
    )
    words = "Are you [open] on Saturday?\x1b[2J"
    await sink(TurnEnded(index=0, speaker="caller", text=words, start_s=1.25, end_s=2.5))
    await sink(TRANSFER)
    await sink(HOURS)
    stages = {"endpointing": 200.0, "tts": 43.6}
    await sink(LatencyMeasured(turn=0, voice_to_voice_ms=512.4, stages=stages))
    await sink(
        TurnEnded(
            index=1, speaker="assistant", text="From ten", start_s=3, end_s=4, interrupted=True
        )
    )
    if call_id != "call-1":
        await sink(CallEnded(disposition=Disposition.CALLER_HUNG_UP, duration_s=9.04))


def run(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.mark.usefixtures("kept")
def test_calls_are_listed_latest_first_over_all_tenants() -> None:
    listed = json.loads(run(calls.app, "list", "--json").stdout)
    assert [call["call_id"] for call in listed] == ["call-2", "call-1", "call-0"]
    assert [call["tenant"] for call in listed] == ["garden", "mill", "garden"]
    assert listed[0]["disposition"] == "caller_hung_up"
    assert listed[1]["disposition"] == "in_progress"
    assert listed[0]["duration_s"] == 9.04
    assert listed[0]["started_at"] == "2026-11-23T12:02:00Z"


@pytest.mark.usefixtures("kept")
def test_a_list_can_be_limited_to_a_tenant_and_a_number() -> None:
    assert "call-1" not in run(calls.app, "list", "--tenant", "garden").stdout
    limited = json.loads(run(calls.app, "list", "--limit", "1", "--json").stdout)
    assert [call["call_id"] for call in limited] == ["call-2"]
    assert run(calls.app, "list", "--limit", "0").exit_code == 2


@pytest.mark.usefixtures("kept")
def test_a_call_is_shown_with_words_tools_waits_and_messages() -> None:
    shown = run(calls.app, "show", "call-2").stdout
    for part in (
        "caller_hung_up after 9.0 s",
        "Tenant garden, version v7",
        "From Rose [red] [2J +393331234567 (unknown) to reception",
        "in a [bold]meeting",
        "declined",
        "Are you [open] on Saturday?",
        "From ten [interrupted]",
        "1.25 s",
        "check_hours",
        '{"when": "on saturday"}',
        "hours",
        "endpointing",
        "512",
        "44",
        "Ada Byron",
        "wants [bold]twenty[/bold] chairs",
    ):
        assert part in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("kept")
def test_a_call_as_json_has_the_shape_of_a_call_file() -> None:
    call = json.loads(run(calls.app, "show", "call-2", "--json").stdout)
    assert call["turns"][1] == {
        "index": 1,
        "speaker": "assistant",
        "text": "From ten",
        "start_s": 3.0,
        "end_s": 4.0,
        "interrupted": True,
    }
    assert call["latency"] == [
        {
            "turn": 0,
            "voice_to_voice_ms": 512.4,
            "stages": {"endpointing": 200.0, "tts": 43.6},
        }
    ]
    assert call["tools"][0]["arguments"] == {"when": "on saturday"}
    assert call["tools"][0]["outcome"] == "hours"
    assert call["messages"][0]["caller_name"] == "Ada Byron"


@pytest.mark.usefixtures("kept")
def test_an_unknown_call_is_an_error_that_says_where_to_look() -> None:
    with pytest.raises(NotFoundError, match="no call 'nope'") as error:
        run(calls.app, "show", "nope")
    assert error.value.exit_code == 2


def test_nothing_kept_yet_is_said() -> None:
    assert "No calls are kept yet." in run(calls.app, "list").stdout
    assert json.loads(run(calls.app, "list", "--json").stdout) == []
    assert "No messages are kept yet." in run(messages.app, "list").stdout


@pytest.mark.usefixtures("kept")
def test_messages_are_listed() -> None:
    shown = run(messages.app, "list").stdout
    assert "wants [bold]twenty[/bold] chairs" in shown
    assert "\x1b" not in shown
    listed = json.loads(run(messages.app, "list", "--tenant", "garden", "--json").stdout)
    assert [message["callback_number"] for message in listed] == ["+44 20 7946 0018"]
    assert json.loads(run(messages.app, "list", "--tenant", "mill", "--json").stdout) == []
