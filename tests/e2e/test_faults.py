"""A brain that fails in the middle of a call: the caller is never left in silence."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio

from eval.speech import CallerVoices
from receptionist.calls.events import (
    AssistantSpeaks,
    CallEvent,
    CallStarted,
    Disposition,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.plan import CallRequest
from receptionist.calls.session import CallSession
from receptionist.errors import BusyError
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven, place
from receptionist.telephony.recording import Manners, Recording
from tests.e2e.brain_endpoint import ANSWER, BEGINNING, BrainEndpoint, Mood, brain_endpoint
from tests.e2e.product import Held, bundle, fake, held, kept, settings, settled_to, started

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

RATE_HZ = 16_000
QUESTION = "When do you open?"
CONCIERGE = "nine"
"""In every answer to the question that is worked out from the opening hours."""
WITHIN_S = 2.5
LINES = 2
SHORT_CALLS = 30
FAULTS = [mood for mood in Mood if mood is not Mood.ANSWERS]


@dataclass
class Office:
    """A process whose brain is an endpoint, and the call of one question asked twice."""

    supervisor: Supervisor
    settings: Settings
    endpoint: BrainEndpoint
    call: RecordedCall

    def occasion(self, said: str) -> str:
        """Returns on what occasion the session says `said`; "" when it does not."""
        lines = self.supervisor.snapshot.texts["en"].session
        return next((name for name, variants in lines.items() if said in variants), "")

    async def is_as_it_was(self, before: Held) -> None:
        """Checks that nothing of the calls is left."""
        assert self.supervisor.active == {}
        await self.endpoint.turn(Mood.ANSWERS)
        await settled_to(before)


@dataclass
class Listener:
    """Keeps what happens on a call."""

    events: list[CallEvent] = field(default_factory=list[CallEvent])
    started: asyncio.Event = field(default_factory=asyncio.Event)
    clauses: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    asked_s: float = 0.0

    async def __call__(self, event: CallEvent) -> None:
        now_s = asyncio.get_running_loop().time()
        if isinstance(event, AssistantSpeaks):
            self.clauses.append((now_s, event.text))
        elif isinstance(event, TurnEnded) and event.speaker == "caller":
            self.asked_s = now_s
        self.started.set()
        self.events.append(event)

    @property
    def call_id(self) -> str:
        return next(event.call_id for event in self.events if isinstance(event, CallStarted))

    @property
    def turns(self) -> list[TurnEnded]:
        return [event for event in self.events if isinstance(event, TurnEnded)]

    @property
    def said(self) -> list[str]:
        return [turn.text for turn in self.turns if turn.speaker == "assistant"]

    @property
    def tools(self) -> list[ToolFinished]:
        return [event for event in self.events if isinstance(event, ToolFinished)]


@asynccontextmanager
async def opened(folder: Path, voices: CallerVoices) -> AsyncGenerator[Office]:
    """Yields an office whose brain answers and has answered once."""
    async with brain_endpoint() as endpoint:
        tenant = bundle(
            folder,
            engines={
                "stt": {"*": fake("stt", transcripts=[QUESTION] * 9, delay_ms=50)},
                "tts": {"*": fake("tts", ms_per_char=20, delay_ms=30)},
                "llm": {"id": "openai:m", "settings": {"base_url": endpoint.base_url}},
            },
        )
        # What is open now depends on the time of day; this is so at any.
        (tenant / "prompts" / "opening.md").write_text(ANSWER, encoding="utf-8")
        own = settings(folder, tenant, max_calls=LINES)
        pcm = voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)
        turn = Recording(path=Path("question"), rate_hz=RATE_HZ, pcm=pcm)
        async with started(own) as supervisor:
            plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text"))
            async with supervisor.text_call(plan) as call:  # some things begin with the first call
                assert (await call.say(QUESTION)).text == ANSWER
            await kept(own, plan.call_id)
            manners = Manners(gap_ms=60)
            yield Office(supervisor, own, endpoint, RecordedCall(turns=[turn] * 2, manners=manners))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    tmp_path_factory: pytest.TempPathFactory, voices: CallerVoices
) -> AsyncGenerator[Office]:
    async with opened(tmp_path_factory.mktemp("office"), voices) as office:
        yield office


def one_turn(office: Office) -> RecordedCall:
    return replace(office.call, turns=office.call.turns[:1])


@pytest.mark.parametrize("mood", FAULTS, ids=str)
async def test_the_concierge_answers_for_a_brain_that_fails(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    async with opened(tmp_path, voices) as office:
        await office.endpoint.turn(mood)
        heard = Listener()
        result = await place(office.supervisor, one_turn(office), [heard])
        assert result.disposition is Disposition.CALLER_HUNG_UP
        answer_s = next(at_s for at_s, text in heard.clauses if CONCIERGE in text)
        assert answer_s - heard.asked_s < WITHIN_S
        [tool] = heard.tools
        assert (tool.name, tool.outcome in {"hours", "open", "closed"}) == ("check_hours", True)
        occasions = [office.occasion(said) for said in heard.said]
        assert not {"technical_problem", "technical_goodbye"} & set(occasions)
        record = await kept(office.settings, heard.call_id)
        [change] = record.engine_changes
        assert (change.slot, change.failed) == ("llm", "openai:m")
        assert change.instead == "concierge:default"
        assert office.supervisor.active == {}
    assert not [name for name in held().tasks if name.startswith("recover")]


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.DROPS], ids=str)
async def test_only_the_first_turn_of_all_calls_finds_out_that_the_brain_is_gone(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    async with opened(tmp_path, voices) as office:
        await office.endpoint.turn(mood)
        asked = office.endpoint.asked
        heard = [Listener(), Listener()]
        for each in heard:
            await place(office.supervisor, office.call, [each])
        assert office.endpoint.asked == asked + 1
        first, second = [await kept(office.settings, each.call_id) for each in heard]
        assert len(first.engine_changes) == 1
        assert second.engine_changes == ()
        assert all(CONCIERGE in " ".join(each.said[-1:]) for each in heard)


async def test_a_brain_that_is_back_is_noticed_without_a_caller_and_asked_again(
    tmp_path: Path, voices: CallerVoices
) -> None:
    async with opened(tmp_path, voices) as office:
        await office.endpoint.turn(Mood.ABSENT)
        plan = office.supervisor.plan(CallRequest(call_id=new_call_id(), channel="text"))
        async with office.supervisor.text_call(plan) as call:
            assert CONCIERGE in (await call.say(QUESTION)).text
            await office.endpoint.turn(Mood.ANSWERS)
            office.endpoint.probed.clear()
            async with asyncio.timeout(20):
                await office.endpoint.probed.wait()
                while (reply := await call.say(QUESTION)).text != ANSWER:
                    assert CONCIERGE in reply.text
        await kept(office.settings, plan.call_id)


@pytest.mark.parametrize("mood", FAULTS, ids=str)
async def test_the_concierge_answers_in_writing_too(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    async with opened(tmp_path, voices) as office:
        await office.endpoint.turn(mood)
        plan = office.supervisor.plan(CallRequest(call_id=new_call_id(), channel="text"))
        async with office.supervisor.text_call(plan) as call, asyncio.timeout(WITHIN_S):
            reply = await call.say(QUESTION)
        assert CONCIERGE in reply.text
        assert BEGINNING not in reply.text
        assert [tool.name for tool in reply.tools] == ["check_hours"]
        record = await kept(office.settings, plan.call_id)
        assert [change.slot for change in record.engine_changes] == ["llm"]


async def test_a_caller_too_many_is_told_and_the_next_one_taken(office: Office) -> None:
    before, heard = held(), [Listener() for _ in range(LINES)]
    short = one_turn(office)

    async def third() -> None:
        await heard[-1].started.wait()
        with pytest.raises(BusyError, match=f"All {LINES} lines are busy; call again") as refused:
            await place(office.supervisor, short, [])
        assert refused.value.retryable

    async with asyncio.TaskGroup() as group:
        group.create_task(third())
        calls = [group.create_task(place(office.supervisor, short, [each])) for each in heard]
    assert [call.result().disposition for call in calls] == [Disposition.CALLER_HUNG_UP] * LINES
    assert [each.said[-1] for each in heard] == [ANSWER] * LINES
    result = await place(office.supervisor, short, [])
    assert result.disposition is Disposition.CALLER_HUNG_UP
    await office.is_as_it_was(before)


async def test_many_short_calls_leave_nothing_behind(office: Office) -> None:
    before = held()

    async def greeted(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.assistant_speaking)
        await session.hear(QUESTION)
        await session.conversation.when(lambda: session.conversation.turn >= 0)
        session.hang_up()

    for _ in range(SHORT_CALLS // LINES):
        async with asyncio.TaskGroup() as group:
            for _ in range(LINES):
                call = driven(office.supervisor, RATE_HZ, greeted, replace(office.call, turns=[]))
                group.create_task(call)
    await office.is_as_it_was(before)
    gc.collect()
    left = [held for held in gc.get_objects() if isinstance(held, CallSession)]
    assert len(left) <= 1  # a scripted engine remembers its last call
