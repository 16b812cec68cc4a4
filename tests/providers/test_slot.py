"""Another service takes a place in a running pipeline, and nobody around it notices."""

import asyncio
from typing import Any

import pytest
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMTextFrame,
    StartFrame,
    STTMetadataFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from eval.clock import run_virtual
from providers.fakes import FakeLLMService, FakeSTTService, FakeTTSService
from providers.fakes.scripts import LLMScript, STTScript, TTSScript
from providers.slot import ServiceSlot
from tests.providers.stage import on_stage

pytestmark = pytest.mark.unit


def voice(**script: Any) -> FakeTTSService:
    return FakeTTSService(TTSScript(**script))


class Slow(FrameProcessor):
    """Never passes its StartFrame on."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, StartFrame):
            await self.push_frame(frame, direction)


def speak(text: str) -> TTSSpeakFrame:
    return TTSSpeakFrame(text)


def test_a_slot_works_as_the_service_in_it() -> None:
    async def run() -> None:
        slot = ServiceSlot(voice(delay_ms=30))
        async with on_stage(slot) as stage:
            await stage.send(speak("one"))
            await asyncio.sleep(1)
        assert [frame.text for frame in stage.after.of(TTSTextFrame)] == ["one"]
        assert len(stage.after.of(StartFrame)) == len(stage.after.of(EndFrame)) == 1

    run_virtual(run())


def test_a_voice_put_in_the_place_of_another_says_what_comes_next() -> None:
    async def run() -> None:
        first, second = voice(), voice()
        slot = ServiceSlot(first)
        async with on_stage(slot) as stage:
            await stage.send(speak("one"))
            await asyncio.sleep(1)
            await slot.put(second)
            await stage.send(speak("two"))
            await asyncio.sleep(1)
        assert (first.texts, second.texts) == (["one"], ["two"])
        assert second.sample_rate == 16_000
        assert [frame.text for frame in stage.after.of(TTSTextFrame)] == ["one", "two"]

    run_virtual(run())


@pytest.mark.parametrize("drain", [True, False])
def test_neither_the_start_nor_the_end_of_a_change_leaves_the_slot(drain: bool) -> None:
    async def run() -> None:
        slot = ServiceSlot(voice())
        async with on_stage(slot) as stage:
            for _ in range(3):
                await slot.put(voice(), drain=drain)
            await asyncio.sleep(1)
            seen = [*stage.before.seen, *stage.after.seen]
            assert not [f for _, f, _ in seen if isinstance(f, EndFrame | CancelFrame)]
        assert len(stage.after.of(StartFrame)) == len(stage.after.of(EndFrame)) == 1

    run_virtual(run())


def test_an_old_voice_that_is_drained_finishes_before_the_new_one_begins() -> None:
    async def run() -> None:
        slot = ServiceSlot(voice(delay_ms=300, tone_hz=440))
        async with on_stage(slot) as stage, asyncio.TaskGroup() as group:
            await stage.send(speak("the old one"))
            await asyncio.sleep(0.1)
            group.create_task(slot.put(voice(delay_ms=0, tone_hz=880), drain=True))
            await asyncio.sleep(0.05)
            await stage.send(speak("the new one"))
            await asyncio.sleep(3)
        texts = [frame.text for frame in stage.after.of(TTSTextFrame)]
        assert texts == ["the old one", "the new one"]
        contexts = [frame.context_id for frame in stage.after.of(TTSAudioRawFrame)]
        assert contexts == sorted(contexts, key=contexts.index)
        assert len(set(contexts)) == 2

    run_virtual(run())


def test_what_an_old_voice_that_is_cut_off_was_saying_is_not_heard() -> None:
    async def run() -> None:
        slot = ServiceSlot(voice(delay_ms=300))
        async with on_stage(slot) as stage:
            await stage.send(speak("the old one"))
            await asyncio.sleep(0.1)
            await slot.put(voice())
            await asyncio.sleep(2)
        assert not stage.after.of(TTSAudioRawFrame)

    run_virtual(run())


def test_an_interruption_reaches_the_voice_that_is_leaving_and_passes_once() -> None:
    async def run() -> None:
        slot = ServiceSlot(voice(delay_ms=900))
        async with on_stage(slot) as stage, asyncio.TaskGroup() as group:
            await stage.send(speak("the old one"))
            await asyncio.sleep(0.1)
            change = group.create_task(slot.put(voice(), drain=True))
            await asyncio.sleep(0.1)
            await stage.send(InterruptionFrame())
            await asyncio.sleep(0.1)
            assert change.done()
            await asyncio.sleep(2)
        assert not stage.after.of(TTSAudioRawFrame)
        assert len(stage.after.of(InterruptionFrame)) == 1

    run_virtual(run())


def test_a_recogniser_put_in_says_what_it_is_and_hears_the_audio_that_follows() -> None:
    async def run() -> None:
        first = FakeSTTService(STTScript(transcripts=("uno",)), language="it")
        second = FakeSTTService(STTScript(transcripts=("two",)))
        slot = ServiceSlot(first)
        async with on_stage(slot) as stage:
            await stage.send(VADUserStoppedSpeakingFrame())
            await asyncio.sleep(0.1)
            await slot.put(second)
            await stage.send(InputAudioRawFrame(bytes(640), 16_000, 1))
            await stage.send(VADUserStoppedSpeakingFrame())
            await asyncio.sleep(0.1)
        assert [frame.text for frame in stage.after.of(TranscriptionFrame)] == ["uno", "two"]
        assert [frame.service_name for frame in stage.after.of(STTMetadataFrame)] == [
            first.name,
            second.name,
        ]
        assert len(stage.after.of(InputAudioRawFrame)) == 1

    run_virtual(run())


def test_a_brain_put_in_answers_the_next_turn() -> None:
    async def run() -> None:
        slot = ServiceSlot(FakeLLMService(LLMScript(replies=("one",))))
        async with on_stage(slot) as stage:
            await stage.send(LLMContextFrame(LLMContext()))
            await asyncio.sleep(0.1)
            await slot.put(FakeLLMService(LLMScript(replies=("two",))), drain=True)
            await stage.send(LLMContextFrame(LLMContext()))
            await asyncio.sleep(0.1)
        assert [frame.text for frame in stage.after.of(LLMTextFrame)] == ["one", "two"]

    run_virtual(run())


def test_a_service_that_does_not_start_leaves_the_old_one_in_place() -> None:
    async def run() -> None:
        first = voice()
        slot = ServiceSlot(first)
        async with on_stage(slot) as stage:
            with pytest.raises(TimeoutError):
                await slot.put(Slow())
            await stage.send(speak("one"))
            await asyncio.sleep(1)
        assert slot.service is first
        assert first.texts == ["one"]

    run_virtual(run())


def test_a_service_put_before_the_call_begins_is_the_one_that_starts() -> None:
    async def run() -> None:
        first, second = voice(), voice()
        slot = ServiceSlot(first)
        await slot.put(second)
        async with on_stage(slot) as stage:
            await stage.send(speak("one"))
            await asyncio.sleep(1)
            await stage.send(EndFrame())
            await asyncio.sleep(0.1)
            await slot.put(first)  # too late: nothing happens
            assert slot.service is second
        assert second.texts == ["one"]

    run_virtual(run())
