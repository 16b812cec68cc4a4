"""A brain that fails in the middle of a call: the caller is never left in silence."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from eval.speech import CallerVoices
from receptionist.calls.events import CallEvent, CallStarted, Disposition, TurnEnded
from receptionist.calls.plan import CallRequest
from receptionist.calls.session import CallSession
from receptionist.calls.text import TextReply
from receptionist.errors import BusyError
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven, place
from receptionist.telephony.recording import Manners, Recording
from tests.e2e.brain_endpoint import ANSWER, BrainEndpoint, Mood, brain_endpoint
from tests.e2e.product import Held, bundle, fake, held, kept, settings, settled_to, started

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

RATE_HZ = 16_000
QUESTION = "When do you open?"
FIRST_TOKEN_MS = 800
DEAD_AIR_S = 4.0
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

    async def __call__(self, event: CallEvent) -> None:
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

    def longest_silence_s(self) -> float:
        """Longest wait after one of the caller's turns until something was said."""
        turns = self.turns
        return max(
            after.start_s - turn.end_s
            for turn, after in pairwise(turns)
            if turn.speaker == "caller"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    tmp_path_factory: pytest.TempPathFactory, voices: CallerVoices
) -> AsyncGenerator[Office]:
    folder = tmp_path_factory.mktemp("office")
    async with brain_endpoint() as endpoint:
        brain = {"base_url": endpoint.base_url, "first_token_timeout_ms": FIRST_TOKEN_MS}
        tenant = bundle(
            folder,
            engines={
                "stt": {"*": fake("stt", transcripts=[QUESTION] * 9, delay_ms=50)},
                "tts": {"*": fake("tts", ms_per_char=5, delay_ms=30)},
                "llm": {"id": "openai:m", "settings": brain},
            },
        )
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


@pytest.mark.parametrize("mood", FAULTS, ids=str)
async def test_a_brain_that_fails_twice_is_admitted_and_the_call_ended_kindly(
    office: Office, mood: Mood
) -> None:
    before, heard = held(), Listener()
    await office.endpoint.turn(mood)
    result = await place(office.supervisor, office.call, [heard])
    assert result.disposition is Disposition.FAILED
    assert heard.longest_silence_s() < DEAD_AIR_S
    assert [office.occasion(said) for said in heard.said[-2:]] == [
        "technical_problem",
        "technical_goodbye",
    ]
    record = await kept(office.settings, heard.call_id)
    assert record.disposition is Disposition.FAILED
    assert [turn.text for turn in record.turns] == [turn.text for turn in heard.turns]
    await office.is_as_it_was(before)


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.ABSENT], ids=str)
async def test_a_call_goes_on_when_the_brain_is_back(office: Office, mood: Mood) -> None:
    before, heard = held(), Listener()
    await office.endpoint.turn(mood)

    async def back(event: CallEvent) -> None:
        if isinstance(event, TurnEnded) and office.occasion(event.text) == "technical_problem":
            await office.endpoint.turn(Mood.ANSWERS)

    result = await place(office.supervisor, office.call, [heard, back])
    assert heard.said[-1] == ANSWER
    assert result.disposition is Disposition.CALLER_HUNG_UP
    await office.is_as_it_was(before)


@pytest.mark.parametrize("mood", FAULTS, ids=str)
async def test_a_brain_that_fails_in_writing_is_admitted_and_twice_in_a_row_ends_the_call(
    office: Office, mood: Mood
) -> None:
    before, replies = held(), list[TextReply]()
    plan = office.supervisor.plan(CallRequest(call_id=new_call_id(), channel="text"))
    async with office.supervisor.text_call(plan) as call:
        for then in (mood, Mood.ANSWERS, mood, mood):
            await office.endpoint.turn(then)
            async with asyncio.timeout(DEAD_AIR_S):
                replies.append(await call.say(QUESTION))
    problem, goodbye = plan.lines["technical_problem"], plan.lines["technical_goodbye"]
    assert replies[0].text.endswith(tuple(problem))
    assert replies[1].text == ANSWER
    assert replies[2].text.endswith(tuple(problem))
    assert replies[3].text.endswith(tuple(goodbye))
    assert [reply.disposition for reply in replies] == [None, None, None, Disposition.FAILED]
    record = await kept(office.settings, plan.call_id)
    assert record.disposition is Disposition.FAILED
    assert [turn.text for turn in record.turns][2::2] == [reply.text for reply in replies]
    await office.is_as_it_was(before)


async def test_a_caller_too_many_is_told_and_the_next_one_taken(office: Office) -> None:
    before, heard = held(), [Listener() for _ in range(LINES)]
    one_turn = replace(office.call, turns=office.call.turns[:1])

    async def third() -> None:
        await heard[-1].started.wait()
        with pytest.raises(BusyError, match=f"All {LINES} lines are busy; call again") as refused:
            await place(office.supervisor, one_turn, [])
        assert refused.value.retryable

    async with asyncio.TaskGroup() as group:
        group.create_task(third())
        calls = [group.create_task(place(office.supervisor, one_turn, [each])) for each in heard]
    assert [call.result().disposition for call in calls] == [Disposition.CALLER_HUNG_UP] * LINES
    assert [each.said[-1] for each in heard] == [ANSWER] * LINES
    result = await place(office.supervisor, one_turn, [])
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
