"""A voice that fails in the middle of what it says, and the next one that says the rest."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pipecat.frames.frames import (
    AggregatedTextFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)

from eval.clock import run_virtual
from providers.contracts import TTSOptions
from providers.fakes import FakeTTS, FakeTTSService, TTSScript
from providers.fallback.breaker import State
from providers.fallback.frames import EngineChangedFrame
from providers.fallback.health import Infirmary
from providers.fallback.voice import VoiceChain
from providers.spec import ProviderSpec, Slot
from tests.providers.stage import RATE_HZ, Stage, on_stage

pytestmark = pytest.mark.unit

TIMEOUT_MS = 800


class BrokenService(FakeTTSService):
    """Gives `audio_s` of the text of number `at`, then an error, or nothing more."""

    def __init__(self, script: TTSScript, at: int, audio_s: float, *, hangs: bool) -> None:
        super().__init__(script, rate_hz=RATE_HZ)
        self._at, self._audio_s, self._hangs = at, audio_s, hangs

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        if len(self.texts) != self._at:
            async for frame in super().run_tts(text, context_id):
                yield frame
            return
        self.texts.append(text)
        for _ in range(int(self._audio_s * 50)):
            yield TTSAudioRawFrame(b"\1\0" * (RATE_HZ // 50), RATE_HZ, 1, context_id=context_id)
        await asyncio.sleep(0.01)
        if self._hangs:
            await asyncio.Event().wait()
        await self.push_error("gone")


class BrokenVoice(FakeTTS):
    """A voice that breaks at a text."""

    def __init__(
        self, name: str, *, at: int = 0, audio_s: float = 0.0, hangs: bool = False
    ) -> None:
        super().__init__(ProviderSpec(id=f"fake:{name}", timeout_ms=TIMEOUT_MS))
        self._at, self._audio_s, self._hangs = at, audio_s, hangs

    def service(self, options: TTSOptions) -> FakeTTSService:
        self.last = BrokenService(self.script, self._at, self._audio_s, hangs=self._hangs)
        return self.last


def voice(name: str, **script: Any) -> FakeTTS:
    return FakeTTS(ProviderSpec(id=f"fake:{name}", settings=script, timeout_ms=TIMEOUT_MS))


class Chain:
    """A chain, what it shares with other calls, and its service of one call."""

    def __init__(self, *engines: FakeTTS) -> None:
        self.infirmary = Infirmary()
        self.engines = engines
        self.engine = VoiceChain([self.infirmary.of(engine) for engine in engines])
        self.service = self.engine.service(TTSOptions(language="en", rate_hz=RATE_HZ))

    def texts(self, index: int) -> list[str]:
        last = self.engines[index].last
        return last.texts if last else []


def reply(*sentences: str) -> list[Frame]:
    return [
        LLMFullResponseStartFrame(),
        *(AggregatedTextFrame(text, "sentence") for text in sentences),
        LLMFullResponseEndFrame(),
    ]


def said(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.after.of(TTSTextFrame)]


def audio_s(stage: Stage) -> float:
    return sum(len(frame.audio) / 2 / RATE_HZ for frame in stage.after.of(TTSAudioRawFrame))


@pytest.mark.parametrize("hangs", [False, True], ids=["an error", "no sign"])
def test_a_text_without_any_audio_is_said_by_the_next_voice(hangs: bool) -> None:
    async def run() -> None:
        chain = Chain(BrokenVoice("a", hangs=hangs), voice("b", delay_ms=30))
        async with on_stage(chain.service) as stage:
            began_s = asyncio.get_running_loop().time()
            await stage.send(TTSSpeakFrame("good morning"))
            await stage.after.saw(TTSAudioRawFrame, 1)
            waited_s = asyncio.get_running_loop().time() - began_s
            await stage.after.saw(TTSTextFrame, 1)
        assert waited_s <= (TIMEOUT_MS / 1000 if hangs else 0) + 0.1
        assert said(stage) == ["good morning"]
        assert chain.texts(1) == ["good morning"]
        [change] = stage.before.of(EngineChangedFrame)
        assert (change.slot, change.failed, change.instead) == (Slot.TTS, "fake:a", "fake:b")
        assert not stage.before.of(ErrorFrame)
        await chain.infirmary.close()

    run_virtual(run())


def test_what_was_heard_is_not_said_again_and_the_rest_is_in_order() -> None:
    first, second, third = "We open at nine.", "We close at six in the evening.", "Come and see us."

    async def run() -> None:
        chain = Chain(BrokenVoice("a", at=1, audio_s=0.9), voice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(*reply(first, second, third))
            await stage.after.saw(LLMFullResponseEndFrame, 1)
        assert said(stage) == [first, "We close at", "six in the evening.", third]
        assert chain.texts(1) == ["six in the evening.", third]
        assert len(stage.after.of(LLMFullResponseStartFrame)) == 1
        assert len(stage.after.of(LLMFullResponseEndFrame)) == 1
        started, stopped = stage.after.of(TTSStartedFrame), stage.after.of(TTSStoppedFrame)
        assert [frame.context_id for frame in started] == [frame.context_id for frame in stopped]
        await chain.infirmary.close()

    run_virtual(run())


def test_no_voice_says_anything_twice_when_all_goes_well() -> None:
    async def run() -> None:
        chain = Chain(voice("a"), voice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(TTSSpeakFrame("hello"), *reply("one.", "two."), TTSSpeakFrame("bye"))
            await stage.after.saw(TTSTextFrame, 4)
            await asyncio.sleep(10)
        assert said(stage) == ["hello", "one.", "two.", "bye"]
        assert chain.texts(1) == []
        assert not stage.before.of(EngineChangedFrame)

    run_virtual(run())


def test_an_interruption_drops_what_the_next_voice_would_have_said() -> None:
    async def run() -> None:
        chain = Chain(BrokenVoice("a", hangs=True), voice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(TTSSpeakFrame("one"), TTSSpeakFrame("two"))
            await asyncio.sleep(0.2)
            await stage.send(InterruptionFrame())
            await asyncio.sleep(3)
        assert said(stage) == []
        assert chain.texts(1) == []

    run_virtual(run())


def test_the_voice_that_failed_speaks_again_once_it_is_well() -> None:
    async def run() -> None:
        chain = Chain(BrokenVoice("a"), voice("b"))
        async with on_stage(chain.service) as stage:
            for text in ("one", "two"):
                await stage.send(TTSSpeakFrame(text))
                await asyncio.sleep(4)
            assert chain.engine.healths[0].breaker.state is State.HALF_OPEN
            await stage.send(TTSSpeakFrame("three"))
            await asyncio.sleep(4)
            assert chain.engine.healths[0].breaker.state is State.CLOSED
        assert chain.texts(0) == ["one", "three"]
        assert said(stage) == ["one", "two", "three"]
        await chain.infirmary.close()

    run_virtual(run())


def test_when_no_voice_is_left_it_is_said_once_and_the_call_goes_on() -> None:
    async def run() -> None:
        chain = Chain(BrokenVoice("a"), BrokenVoice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(*reply("one.", "two."))
            await stage.after.saw(LLMFullResponseEndFrame, 1)
            await asyncio.sleep(3)
        assert len(stage.before.of(ErrorFrame)) == 1
        assert len(stage.after.of(EndFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())


def test_a_call_that_ends_while_its_voice_hangs_says_its_last_words_and_ends() -> None:
    async def run() -> None:
        chain = Chain(BrokenVoice("a", hangs=True), voice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(TTSSpeakFrame("goodbye"), EndFrame())
            await asyncio.sleep(4)
            assert said(stage) == ["goodbye"]
            assert len(stage.after.of(EndFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())


def test_audio_is_never_lost_when_no_voice_fails() -> None:
    async def run() -> None:
        chain = Chain(voice("a", ms_per_char=60), voice("b"))
        async with on_stage(chain.service) as stage:
            await stage.send(*reply("ten chars.", "ten chars."))
            await stage.after.saw(LLMFullResponseEndFrame, 1)
        assert audio_s(stage) == pytest.approx(1.2)

    run_virtual(run())
