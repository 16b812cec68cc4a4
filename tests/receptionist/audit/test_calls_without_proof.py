"""A call that leaves no proof is taken by a person."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event as listen_to
from sqlalchemy.engine import Engine

from eval.speech import CallerVoices
from receptionist.audit.log import PATIENCE_S
from receptionist.audit.records import Kind
from receptionist.audit.repository import AuditRepository
from receptionist.audit.spill import FOLDER
from receptionist.audit.trouble import AUDIT_LOG
from receptionist.audit.verification import verify
from receptionist.calls.plan import CallPlan, CallRequest
from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.e2e.product import bundle, fake, settings, started
from tests.e2e.test_storage_faults import Disk, Trouble, locked, small_pages
from tests.receptionist.calls.simulation import RATE_HZ, Script
from tests.receptionist.guard.scripted_judge import guards
from tests.receptionist.guard.voiced import ANSWER, voiced
from tests.receptionist.tools.remote.service import Received, answering, serving

pytestmark = pytest.mark.integration

QUESTION = "When do you open?"


@pytest.fixture(scope="module")
def speech(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


@asynccontextmanager
async def beside_the_loop(trouble: AbstractContextManager[None]) -> AsyncGenerator[None]:
    """Waits for the database in another thread: whoever writes now needs this one to finish."""
    await asyncio.to_thread(trouble.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(trouble.__exit__, None, None, None)


@pytest.mark.parametrize("failing", [True, False])
def test_every_turn_goes_to_a_person_while_nothing_can_be_proved(
    demo: TenantSnapshot, speech: bytes, failing: bool
) -> None:
    script = Script(caller=[speech], heard=[QUESTION], replies=[ANSWER])
    without = replace(guards(), failing=lambda: failing)
    line = ScriptedLine(TransferOutcome.ANSWERED)
    said = voiced(demo, script, guards=without, line=line)
    assert ("We open at nine" in " ".join(said)) is not failing


@pytest.fixture
def disk() -> Generator[Disk]:
    disk = Disk()
    listen_to.listen(Engine, "begin", disk.limit)
    yield disk
    listen_to.remove(Engine, "begin", disk.limit)


@pytest.fixture(params=["locked", "full"])
def trouble(request: pytest.FixtureRequest, disk: Disk) -> Trouble:
    return disk.full if request.param == "full" else locked


class Supervised:
    """Where alarms are posted."""

    def __init__(self) -> None:
        self.url = ""
        self.alarms: list[dict[str, str]] = []
        self.told = asyncio.Event()

    async def take(self, request: Received, writer: asyncio.StreamWriter) -> None:
        self.alarms.append(json.loads(request.body))
        self.told.set()
        await answering(status=204)(request, writer)


@pytest.fixture
async def supervised() -> AsyncGenerator[Supervised]:
    desk = Supervised()
    async with serving(desk.take) as service:
        desk.url = service.url
        yield desk


@pytest.fixture
def own(tmp_path: Path, supervised: Supervised) -> Settings:
    engines = {"llm": fake("llm", replies=[ANSWER] * 4)}
    made = settings(tmp_path, bundle(tmp_path, engines=engines), alarm_url=supervised.url)
    small_pages(made)
    return made


def planned(supervisor: Supervisor) -> CallPlan:
    return supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))


async def test_a_log_that_cannot_be_written_sends_running_and_new_calls_to_people(
    own: Settings, supervised: Supervised, trouble: Trouble
) -> None:
    async with started(own, spoken=()) as supervisor:
        line = ScriptedLine(TransferOutcome.ANSWERED)
        async with supervisor.text_call(planned(supervisor), line=line) as call:
            assert (await call.say(QUESTION)).text == ANSWER
            assert await supervisor.audit.flush(5) == 0
            async with beside_the_loop(trouble(own)):
                await call.say(QUESTION)
                async with asyncio.timeout(PATIENCE_S + 5):
                    await supervised.told.wait()
                handed = await call.say(QUESTION)
                assert ANSWER not in handed.text
                assert [tool.name for tool in handed.tools] == ["transfer_call"]
                async with supervisor.text_call(planned(supervisor), line=line) as another:
                    assert ANSWER not in (await another.say(QUESTION)).text
                [alarm] = supervised.alarms
                assert (alarm["category"], alarm["tenant"]) == (AUDIT_LOG, "demo")
                assert (alarm["call_id"], alarm["language"]) == ("", "")
        assert await supervisor.audit.flush(10) == 0
        assert not supervisor.audit.in_trouble
    assert len(supervised.alarms) == 1
    kinds = await written(own)
    assert kinds.count(Kind.ALARM) == 1
    assert kinds.count(Kind.CALL_ENDED) == 2


async def test_a_disk_that_stays_full_loses_no_row(
    own: Settings, disk: Disk, supervised: Supervised
) -> None:
    async with await Database.open("", own.data_dir):
        pass
    with disk.full(own):
        async with started(own, spoken=()) as supervisor:
            async with supervisor.text_call(planned(supervisor)) as call:
                await call.say(QUESTION)
            async with asyncio.timeout(PATIENCE_S + 5):
                await supervised.told.wait()
    assert list((own.data_dir / FOLDER / "demo").glob("*.jsonl"))
    async with started(own, spoken=()):
        pass
    kinds = await written(own)
    assert {Kind.CALL_STARTED, Kind.GUARDED, Kind.ALARM, Kind.SPILL_TAKEN_IN} <= set(kinds)
    assert not list((own.data_dir / FOLDER / "demo").glob("*.jsonl"))


async def written(own: Settings) -> list[Kind]:
    """Returns what the rows of the log, which is whole, are about."""
    async with await Database.open("", own.data_dir) as database, database.read() as session:
        log = AuditRepository(session, "demo")
        assert (await verify(log, "demo")).whole
        return [row.kind async for row in log.rows()]
