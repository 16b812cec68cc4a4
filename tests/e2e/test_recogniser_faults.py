"""A remote recogniser that never answers: the caller is not left waiting for it."""

from pathlib import Path

import pytest

from eval.speech import CallerVoices
from receptionist.calls.events import CallEvent, Disposition, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven
from tests.e2e.brain_endpoint import Mood, brain_endpoint
from tests.e2e.product import bundle, fake, settings, started

pytestmark = pytest.mark.e2e

RATE_HZ = 16_000
DEAD_AIR_S = 4.0


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.ABSENT], ids=str)
async def test_a_recogniser_that_does_not_answer_is_admitted_before_the_silence_is_long(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    pcm = voices.say("hibari:default", "When do you open?", rate_hz=RATE_HZ)
    events: list[CallEvent] = []

    async def ask_twice(session: CallSession, caller: CallerAudio) -> None:
        conversation = session.conversation
        for _ in range(2):
            await conversation.when(lambda: conversation.callers_turn)
            mark = conversation.mark()
            caller.say(pcm)
            await conversation.when(lambda: conversation.said_since(mark))  # noqa: B023 - awaited

    async def gather(event: CallEvent) -> None:
        events.append(event)

    async with brain_endpoint() as endpoint:
        engines = {
            "stt": {"*": {"id": "openai:m", "settings": {"base_url": endpoint.base_url}}},
            "tts": {"*": fake("tts", ms_per_char=5)},
            "llm": fake("llm"),
        }
        async with started(settings(tmp_path, bundle(tmp_path, engines=engines))) as supervisor:
            await endpoint.turn(mood)
            call = RecordedCall(turns=[])
            result = await driven(supervisor, RATE_HZ, ask_twice, call, [gather])
            lines = supervisor.snapshot.texts["en"].session
    turns = [event for event in events if isinstance(event, TurnEnded)]
    greeting, problem, goodbye = turns[-3:]
    assert problem.text in lines["technical_problem"]
    assert goodbye.text in lines["technical_goodbye"]
    assert result.disposition is Disposition.FAILED
    spoken_s = len(pcm.rstrip(b"\0")) / 2 / RATE_HZ
    for before, after in ((greeting, problem), (problem, goodbye)):
        assert after.start_s - (before.end_s + spoken_s) < DEAD_AIR_S
