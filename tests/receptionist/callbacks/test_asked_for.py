"""A command asks the process that serves to call somebody back, and is told why it does not."""

import asyncio
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from receptionist.callbacks.dialling import Hindrance, NotDialledError
from receptionist.callbacks.records import AttemptRecord
from receptionist.control import ProcessStatus, RefusedError, answerable, dialled
from receptionist.errors import NotFoundError

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEGUN = AttemptRecord(
    callback_id="c 1-é", number=2, tenant="mill", call_id="x", started_at=NOON, seen_at=NOON
)


async def status(*, dials: bool) -> ProcessStatus:
    return ProcessStatus(
        pid=os.getpid(),
        fleet=0,
        page="",
        sip="",
        draining=False,
        max_calls=1,
        lag_ms=0.0,
        memory_mb=0.0,
        open_files=0,
        calls=[],
        dials=dials,
    )


async def begin(callback_id: str) -> AttemptRecord:
    if callback_id != BEGUN.callback_id:
        raise NotDialledError(callback_id, Hindrance.HOURS)
    return BEGUN


async def test_the_try_that_has_begun_is_told(tmp_path: Path) -> None:
    async with answerable(tmp_path, partial(status, dials=True), begin):
        assert await asyncio.to_thread(dialled, tmp_path, BEGUN.callback_id) == BEGUN


async def test_why_nobody_is_dialled_is_told_in_words(tmp_path: Path) -> None:
    async with answerable(tmp_path, partial(status, dials=True), begin):
        with pytest.raises(RefusedError, match="'c2' is not dialled: it is outside the hours"):
            await asyncio.to_thread(dialled, tmp_path, "c2")


async def test_without_a_process_that_can_dial_what_to_do_is_told(tmp_path: Path) -> None:
    async with answerable(tmp_path, partial(status, dials=False)):
        with pytest.raises(NotFoundError, match="RECEPTIONIST_SIP_OUTBOUND"):
            await asyncio.to_thread(dialled, tmp_path, "c1")
