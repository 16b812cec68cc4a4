import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pipecat.frames.frames import (
    AggregatedTextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.services.settings import TTSSettings
from pipecat.utils.errors import ErrorCategory
from pipecat.utils.text.base_text_aggregator import TextType

from providers.tts.cache import PhraseCache
from providers.tts.service import LocalTTSService
from providers.tts.speaker import Speaker
from tests.providers.tts.phone_line import Dial, ScriptedVoice

pytestmark = pytest.mark.unit

THREE = "This is the first sentence. This is the second one. And this is the third."


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def voice(new_voice: type[ScriptedVoice]) -> ScriptedVoice:
    return new_voice()


@pytest.fixture
def service(
    voice: ScriptedVoice, phrases: PhraseCache, threads: ThreadPoolExecutor
) -> LocalTTSService:
    speaker = Speaker(voice, rate_hz=8000, phrases=phrases, threads=threads)
    return LocalTTSService(
        speaker, settings=TTSSettings(model="scripted", voice="tone", language="en")
    )


async def test_text_is_spoken_between_start_and_stop_in_short_frames(
    service: LocalTTSService, dial: Dial
) -> None:
    async with dial(service) as line:
        await line.say(THREE)
        kinds = [type(frame) for _, frame in line.ear.heard]
        assert kinds.count(TTSStartedFrame) == kinds.count(TTSStoppedFrame) == 1
        assert kinds.index(TTSStartedFrame) < kinds.index(TTSAudioRawFrame)
        for frame in line.ear.audio():
            assert frame.sample_rate == 8000
            assert 0 < len(frame.audio) <= 8000
            assert len(frame.audio) % 320 == 0
        assert line.ear.texts == [THREE]
        assert line.errors == []


async def test_clause_without_an_end_is_spoken_at_once(
    service: LocalTTSService, voice: ScriptedVoice, dial: Dial
) -> None:
    async with dial(service) as line:
        await line.worker.queue_frames(
            [
                LLMFullResponseStartFrame(),
                AggregatedTextFrame("We open at nine in the", TextType.SENTENCE),
            ]
        )
        await asyncio.wait_for(line.ear.audible.wait(), 5)
        assert voice.said == ["We open at nine in the"]


async def test_reply_is_one_start_and_one_stop(service: LocalTTSService, dial: Dial) -> None:
    async with dial(service) as line:
        await line.worker.queue_frames(
            [
                LLMFullResponseStartFrame(),
                AggregatedTextFrame("We open at nine,", TextType.SENTENCE),
                AggregatedTextFrame("and close at five.", TextType.SENTENCE),
                LLMFullResponseEndFrame(),
            ]
        )
        await asyncio.wait_for(line.ear.stops.get(), 2)  # well before the stop time-out of 3 s
        assert line.ear.texts == ["We open at nine,", "and close at five."]


async def test_interruption_stops_after_the_running_sentence(
    service: LocalTTSService, voice: ScriptedVoice, threads: ThreadPoolExecutor, dial: Dial
) -> None:
    voice.free.clear()
    async with dial(service) as line:
        await line.worker.queue_frame(TTSSpeakFrame(THREE))
        await asyncio.to_thread(voice.began.wait, 5)
        await line.interrupt()
        voice.free.set()
        await line.say("Yes, please go on.")
        assert voice.said == ["This is the first sentence.", "Yes, please go on."]
        assert line.ear.texts == ["Yes, please go on."]


async def test_failing_voice_is_reported_and_the_next_text_is_spoken(
    service: LocalTTSService, voice: ScriptedVoice, dial: Dial
) -> None:
    voice.fails_at = "second"
    async with dial(service) as line:
        await line.say("The second one.")
        await asyncio.wait_for(line.failed.wait(), 5)
        assert line.errors[0].category is ErrorCategory.SERVER
        assert "out of breath" in line.errors[0].error
        assert len(await line.say("The third one.")) > 8000
        assert service.is_usable


async def test_failure_inside_a_text_keeps_what_was_said_and_ends_the_turn(
    service: LocalTTSService, voice: ScriptedVoice, dial: Dial
) -> None:
    voice.fails_at = "second"
    async with dial(service) as line:
        assert len(await line.say(THREE)) > 16000
        assert len(line.errors) == 1


async def test_marks_alone_are_no_error(
    service: LocalTTSService, voice: ScriptedVoice, dial: Dial
) -> None:
    async with dial(service) as line:
        for _ in range(4):
            await line.say("…")
        assert voice.said == []
        assert line.errors == []
        assert service.is_usable
