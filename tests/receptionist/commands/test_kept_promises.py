"""Promised callbacks and booked appointments are listed for people and for programs."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.appointments.local import LocalCalendar
from receptionist.appointments.repository import AppointmentRepository
from receptionist.callbacks.records import CallbackRecord
from receptionist.callbacks.repository import CallbackRepository
from receptionist.cli import app
from receptionist.database import Database
from tests.receptionist.appointments.bookings import a_booking

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_callback(number: int, tenant: str) -> CallbackRecord:
    return CallbackRecord(
        id=f"c{number}",
        tenant=tenant,
        call_id=f"call-{number}",
        contact_id="sales",
        caller_name="Zoë\x1b[2J",
        callback_number="+390600000000",
        about="un [preventivo]",
        due_from=NOON,
        due_until=NOON,
        created_at=NOON.replace(minute=number),
    )


async def _fill(folder: Path) -> None:
    async with await Database.open("", folder) as database:
        for number, tenant in enumerate(("garden", "mill", "garden")):
            await CallbackRepository(database, tenant).save(a_callback(number, tenant))
        ann = LocalCalendar(AppointmentRepository(database, "garden"), "ann")
        await ann.book(a_booking("a", NOON))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two tenants in it."""
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    return tmp_path


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_before_anything_is_kept_a_list_says_so(folder: Path) -> None:
    assert printed("callbacks", "list") == "No callbacks are kept yet.\n"
    assert printed("appointments", "list") == "No appointments are kept yet.\n"
    assert printed("messages", "list") == "No messages are kept yet.\n"
    assert json.loads(printed("callbacks", "list", "--json")) == []


def test_callbacks_are_listed_the_latest_first(folder: Path) -> None:
    asyncio.run(_fill(folder))
    kept = json.loads(printed("callbacks", "list", "--json"))
    assert [one["id"] for one in kept] == ["c2", "c1", "c0"]
    mine = json.loads(printed("callbacks", "list", "--json", "--tenant", "garden", "--limit", "1"))
    assert [one["id"] for one in mine] == ["c2"]
    shown = printed("callbacks", "list")
    assert "un [preventivo]" in shown
    assert "\x1b" not in shown


def test_appointments_are_listed(folder: Path) -> None:
    asyncio.run(_fill(folder))
    (kept,) = json.loads(printed("appointments", "list", "--json"))
    assert (kept["calendar"], kept["state"]) == ("ann", "booked")
    assert "+390600000000" in printed("appointments", "list")
