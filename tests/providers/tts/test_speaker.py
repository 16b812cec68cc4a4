import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from providers.tts.cache import PhraseCache
from providers.tts.speaker import SilentVoiceError, Speaker
from tests.providers.tts.phone_line import ScriptedVoice

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
def speaker(voice: ScriptedVoice, phrases: PhraseCache, threads: ThreadPoolExecutor) -> Speaker:
    return Speaker(voice, rate_hz=8000, phrases=phrases, threads=threads)


async def said(speaker: Speaker, text: str) -> list[bytes]:
    return [piece async for piece in speaker.say(text)]


async def test_sentences_come_one_by_one_and_in_order(
    speaker: Speaker, voice: ScriptedVoice
) -> None:
    made = await said(speaker, THREE)
    assert voice.said == [
        "This is the first sentence.",
        "This is the second one.",
        "And this is the third.",
    ]
    assert [round(len(piece) / 16000, 1) for piece in made] == [2.9, 2.5, 2.4]


async def test_first_sentence_is_heard_before_the_second_is_made(
    speaker: Speaker, voice: ScriptedVoice
) -> None:
    voice.holds_at = "second"
    voice.free.clear()
    speaking = speaker.say(THREE)
    assert await asyncio.wait_for(anext(speaking), 5)
    voice.free.set()
    await speaking.aclose()


async def test_same_words_again_are_identical_and_cost_no_synthesis(
    speaker: Speaker, voice: ScriptedVoice
) -> None:
    first = await said(speaker, THREE)
    voice.said.clear()
    assert await said(speaker, THREE) == first
    assert voice.said == []


async def test_known_sentence_is_heard_while_the_next_is_being_made(
    speaker: Speaker, voice: ScriptedVoice
) -> None:
    await speaker.prepare("This is the first sentence.")
    voice.free.clear()
    speaking = speaker.say(THREE)
    assert await asyncio.wait_for(anext(speaking), 5)
    assert voice.said == ["This is the first sentence."]
    voice.free.set()
    await speaking.aclose()


async def test_known_words_need_no_thread(
    voice: ScriptedVoice, phrases: PhraseCache, threads: ThreadPoolExecutor
) -> None:
    await Speaker(voice, rate_hz=8000, phrases=phrases, threads=threads).prepare(THREE)
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    again = Speaker(voice, rate_hz=8000, phrases=phrases, threads=closed)
    assert len(await said(again, THREE)) == 3


async def test_words_on_disk_are_not_made_again(
    new_voice: type[ScriptedVoice], threads: ThreadPoolExecutor, tmp_path: Path
) -> None:
    for expected in (3, 0):
        voice = new_voice()
        cache = PhraseCache(tmp_path, 1 << 20)
        await Speaker(voice, rate_hz=8000, phrases=cache, threads=threads).prepare(THREE)
        assert len(voice.said) == expected


async def test_stopping_makes_the_running_sentence_the_last(
    speaker: Speaker, voice: ScriptedVoice, threads: ThreadPoolExecutor
) -> None:
    voice.free.clear()
    speaking = speaker.say(THREE)
    first = asyncio.ensure_future(anext(speaking))
    await asyncio.to_thread(voice.began.wait, 5)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    voice.free.set()
    await asyncio.to_thread(threads.shutdown)
    assert voice.said == ["This is the first sentence."]


async def test_stopping_before_a_thread_is_free_makes_nothing(
    new_voice: type[ScriptedVoice], phrases: PhraseCache
) -> None:
    with ThreadPoolExecutor(1) as pool:
        busy, idle = new_voice(), new_voice()
        busy.free.clear()
        speakers = [
            Speaker(voice, rate_hz=8000, phrases=phrases, threads=pool) for voice in (busy, idle)
        ]
        running = asyncio.ensure_future(said(speakers[0], "Hold the line."))
        await asyncio.to_thread(busy.began.wait, 5)
        waiting = asyncio.ensure_future(said(speakers[1], THREE))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        busy.free.set()
        await running
    assert idle.said == []


async def test_failure_reaches_the_caller_after_what_was_made(
    speaker: Speaker, voice: ScriptedVoice, phrases: PhraseCache
) -> None:
    voice.fails_at = "second"
    speaking = speaker.say(THREE)
    assert await anext(speaking)
    with pytest.raises(RuntimeError, match="out of breath"):
        await anext(speaking)
    voice.fails_at = None
    voice.said.clear()
    await said(speaker, THREE)
    assert voice.said[0] == "This is the second one."


async def test_silent_voice_is_an_error_and_is_not_kept(
    speaker: Speaker, voice: ScriptedVoice
) -> None:
    voice.is_silent = True
    with pytest.raises(SilentVoiceError):
        await said(speaker, "Hello.")
    voice.is_silent = False
    assert await said(speaker, "Hello.")


async def test_two_calls_share_one_voice_at_once(
    voice: ScriptedVoice, phrases: PhraseCache, threads: ThreadPoolExecutor
) -> None:
    calls = [
        Speaker(voice, rate_hz=rate_hz, phrases=phrases, threads=threads)
        for rate_hz in (8000, 16000)
    ]
    narrow, wide = await asyncio.gather(*(said(call, THREE) for call in calls))
    assert len(narrow) == len(wide) == 3
    assert abs(len(wide[0]) - 2 * len(narrow[0])) <= 640
