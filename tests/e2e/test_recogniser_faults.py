"""A remote recogniser or voice that fails: a local one does its work over."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eval.speech import CallerVoices
from receptionist.calls.events import (
    AssistantSpeaks,
    CallEvent,
    Disposition,
    EngineChanged,
    TurnEnded,
)
from receptionist.telephony.recorded_call import RecordedCall, place
from receptionist.telephony.recording import Manners, Recording
from tests.e2e.brain_endpoint import Mood, brain_endpoint
from tests.e2e.product import bundle, fake, settings, started

pytestmark = pytest.mark.e2e

RATE_HZ = 16_000
QUESTION = "When do you open?"
ANSWER = "We open at nine in the morning."
MOODS = [Mood.SILENT, Mood.ABSENT, Mood.BROKEN, Mood.GARBAGE]


@dataclass
class Listener:
    """Keeps what happens on a call."""

    events: list[tuple[float, CallEvent]] = field(default_factory=list[tuple[float, CallEvent]])

    async def __call__(self, event: CallEvent) -> None:
        self.events.append((asyncio.get_running_loop().time(), event))

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def clauses(self) -> list[str]:
        return [event.text for event in self.all(AssistantSpeaks)]


async def one_call(
    folder: Path, voices: CallerVoices, mood: Mood, slot: str, engines: dict[str, Any]
) -> Listener:
    """Places a call of one question while the remote engine of `slot` is in `mood`."""
    pcm = voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)
    turn = Recording(path=Path("question"), rate_hz=RATE_HZ, pcm=pcm)
    heard = Listener()
    async with brain_endpoint() as endpoint:
        await endpoint.turn(mood)
        remote = {"id": "openai:m", "settings": {"base_url": endpoint.base_url}}
        tenant = bundle(folder, engines=engines | {slot: {"*": [remote, engines[slot]["*"]]}})
        async with started(settings(folder, tenant)) as supervisor:
            call = RecordedCall(turns=[turn], manners=Manners(gap_ms=60))
            result = await place(supervisor, call, [heard])
    assert result.disposition is Disposition.CALLER_HUNG_UP
    return heard


ENGINES = {
    "stt": {"*": fake("stt", transcripts=[QUESTION], delay_ms=100)},
    "tts": {"*": fake("tts", ms_per_char=10, delay_ms=50)},
    "llm": fake("llm", replies=[ANSWER]),
}


@pytest.mark.parametrize("mood", MOODS, ids=str)
async def test_what_a_remote_recogniser_does_not_hear_a_local_one_does(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    heard = await one_call(tmp_path, voices, mood, "stt", ENGINES)
    asked = [turn.text for turn in heard.all(TurnEnded) if turn.speaker == "caller"]
    assert asked == [QUESTION]
    assert heard.clauses()[-1] == ANSWER
    [change] = heard.all(EngineChanged)
    assert (change.slot, change.failed, change.instead) == ("stt", "openai:m", "fake:stt")


@pytest.mark.parametrize("mood", MOODS, ids=str)
async def test_what_a_remote_voice_leaves_unsaid_a_local_one_says_once(
    tmp_path: Path, voices: CallerVoices, mood: Mood
) -> None:
    heard = await one_call(tmp_path, voices, mood, "tts", ENGINES)
    said = heard.clauses()
    assert said[0].startswith("Hello")
    assert said[-1] == ANSWER
    assert len(said) == len(set(said))
    [change] = heard.all(EngineChanged)
    assert (change.slot, change.failed, change.instead) == ("tts", "openai:m", "fake:tts")
