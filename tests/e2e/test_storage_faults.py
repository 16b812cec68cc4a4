"""A database that refuses in the middle of a call: the call goes on and nothing false is said."""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from loguru import logger
from sqlalchemy import event as listen_to
from sqlalchemy.engine import Connection, Engine

from eval.speech import CallerVoices
from receptionist.audit.records import Kind
from receptionist.audit.repository import AuditRepository, Wanted
from receptionist.audit.verification import verify
from receptionist.calls.events import CallEvent, CallStarted, Disposition, Guarded, TurnEnded
from receptionist.calls.plan import CallRequest
from receptionist.calls.text import TextCall, TextReply
from receptionist.database import DEFAULT_FILE, Database
from receptionist.errors import StorageError
from receptionist.messages.repository import MessageRepository
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.recorded_call import RecordedCall, place
from receptionist.telephony.recording import Recording
from tests.e2e.product import bundle, fake, kept, settings, started

pytestmark = pytest.mark.e2e

RATE_HZ = 16_000
LONG = ", and on Saturday" * 25
"""What no page with something else in it has room for."""
QUESTION, ANSWER = f"When do you open{LONG}?", "We open at nine."
MESSAGE = (
    "I'd like to leave a message for Helen Marsh",
    "my name is Anna Verdi",
    "01632 960123",
    f"about my new boiler{LONG}",
    "yes that's right",
)
AGAIN = (MESSAGE[0], *MESSAGE[3:])
"""Who has given his name and number on this call is not asked again."""
NO_LIMIT = 1 << 30
Trouble = Callable[[Settings], AbstractContextManager[None]]


@dataclass
class Disk:
    """Limits how far databases may grow, in pages."""

    pages: int = NO_LIMIT

    def limit(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {self.pages}")

    @contextmanager
    def full(self, _own: Settings) -> Generator[None]:
        self.pages = 1
        yield
        self.pages = NO_LIMIT


def small_pages(own: Settings) -> None:
    """Begins a database with the smallest pages there are."""
    own.data_dir.mkdir(parents=True)
    with closing(sqlite3.connect(own.data_dir / DEFAULT_FILE)) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("PRAGMA user_version = 0")


@contextmanager
def locked(own: Settings) -> Generator[None]:
    """Holds the database as another program would."""
    file = own.data_dir / DEFAULT_FILE
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")


@pytest.fixture(params=["locked", "full"])
def trouble(request: pytest.FixtureRequest) -> Generator[Trouble]:
    """Makes a database refuse for as long as what it returns is open."""
    disk = Disk()
    listen_to.listen(Engine, "begin", disk.limit)
    yield disk.full if request.param == "full" else locked
    listen_to.remove(Engine, "begin", disk.limit)


@pytest.fixture
def warnings_said() -> Generator[list[str]]:
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), level="WARNING", format="{message}")
    yield lines
    logger.remove(handler)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    engines = {
        "stt": {"*": fake("stt", transcripts=[QUESTION])},
        "tts": {"*": fake("tts", ms_per_char=5)},
        "llm": fake("llm", replies=[ANSWER]),
    }
    return settings(tmp_path, bundle(tmp_path, engines=engines))


async def say(call: TextCall, lines: Sequence[str]) -> TextReply:
    """Says the lines and returns the last reply."""
    return [await call.say(line) for line in lines][-1]


async def messages(own: Settings, call_id: str) -> list[str]:
    async with await Database.open("", own.data_dir) as database:
        return [kept.about for kept in await MessageRepository(database, "demo").of_call(call_id)]


async def audited(own: Settings, call_id: str) -> list[Kind]:
    """Returns what the audit log, which is whole, says of a call; disclosures aside."""
    async with await Database.open("", own.data_dir) as database, database.read() as session:
        log = AuditRepository(session, "demo")
        assert (await verify(log, "demo")).breaks == ()
        kinds = [row.kind async for row in log.rows(Wanted(call_id=call_id))]
    return [kind for kind in kinds if kind is not Kind.DISCLOSURE]


async def test_a_message_that_cannot_be_kept_is_never_said_to_be_noted(
    tmp_path: Path, trouble: Trouble
) -> None:
    own = settings(tmp_path, bundle(tmp_path))
    small_pages(own)
    async with started(own, spoken=()) as supervisor:
        plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))
        async with supervisor.text_call(plan) as call:
            with trouble(own):
                refused = await say(call, MESSAGE)
            assert [tool.outcome for tool in refused.tools] == ["failed"]
            assert "couldn't save the message" in refused.text
            assert "noted" not in refused.text
            assert await messages(own, plan.call_id) == []
            noted = await say(call, AGAIN)
            assert [tool.outcome for tool in noted.tools] == ["noted"]
            assert "noted" in noted.text
        assert len(await messages(own, plan.call_id)) == 1
        record = await kept(own, plan.call_id)
    assert record.disposition is Disposition.CALLER_HUNG_UP
    assert len(record.turns) == 1 + 2 * (len(MESSAGE) + len(AGAIN))
    outcomes = [tool.outcome for tool in record.tools if tool.name == "take_message"]
    assert outcomes == ["confirm", "failed", "confirm", "noted"]


async def test_a_caller_notices_nothing_of_it_and_his_call_is_kept_afterwards(
    own: Settings, voices: CallerVoices, trouble: Trouble, warnings_said: list[str]
) -> None:
    pcm = voices.say("hibari:default", "When do you open?", rate_hz=RATE_HZ)
    question = Recording(path=Path("question"), rate_hz=RATE_HZ, pcm=pcm)
    small_pages(own)
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    async with started(own) as supervisor:
        with trouble(own):
            result = await place(supervisor, RecordedCall(turns=[question]), [gather])
        assert result.disposition is Disposition.CALLER_HUNG_UP
        assert any("Calls go on, but are not being kept" in line for line in warnings_said)
        call_id = next(event.call_id for event in events if isinstance(event, CallStarted))
        record = await kept(own, call_id)
    judged = [event for event in events if isinstance(event, Guarded)]
    assert judged
    assert await audited(own, call_id) == [
        Kind.CALL_STARTED,
        *[Kind.GUARDED] * len(judged),
        *[Kind.CALL_ENDED],
    ]
    turns = [event for event in events if isinstance(event, TurnEnded)]
    asked, answered = turns[-2:]
    assert (asked.text, answered.text) == (QUESTION, ANSWER)
    assert answered.start_s - asked.end_s < 2
    assert [turn.text for turn in record.turns] == [turn.text for turn in turns]


async def test_a_locked_database_is_named_at_the_start(own: Settings) -> None:
    async with await Database.open("", own.data_dir):
        pass
    with locked(own), pytest.raises(StorageError, match="locked by another program"):
        await Supervisor.start(own, spoken=())
