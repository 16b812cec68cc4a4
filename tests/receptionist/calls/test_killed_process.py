"""A process that is killed in the middle of a call leaves all of it but the running turn."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receptionist.calls.events import CallerHeard, CallStarted, TurnEnded
from receptionist.calls.repository import PRESUMED_DEAD_AFTER, CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database

pytestmark = pytest.mark.integration


async def test_a_killed_process_loses_only_the_turn_that_was_running(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout
    assert await process.stdout.readline() == b"speaking\n"
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    now = datetime.now(UTC)
    async with await Database.open("", data_dir=tmp_path) as database, database.read() as session:
        calls = CallRepository(session, "demo")
        call = await calls.get("c1", now=now)
        assert [line.text for line in call.turns] == [f"Turn {index}" for index in range(5)]
        assert call.disposition == "in_progress"
        later = now + PRESUMED_DEAD_AFTER + timedelta(seconds=1)
        assert (await calls.get("c1", now=later)).disposition == "interrupted"


async def _speak_until_killed(folder: Path) -> None:
    """The call of the process that is killed."""
    store = CallStore(await Database.open("", data_dir=folder), "demo")
    sink = store.sink("c1")
    await sink(
        CallStarted(
            call_id="c1",
            tenant="demo",
            version="v1",
            language="en",
            channel="text",
            started_at=datetime.now(UTC),
        )
    )
    for index in range(5):
        await sink(
            TurnEnded(index=index, speaker="caller", text=f"Turn {index}", start_s=index, end_s=9)
        )
    await store.flush()
    await sink(CallerHeard(text="I was just about to"))
    sys.stdout.write("speaking\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_speak_until_killed(Path(sys.argv[1])))
