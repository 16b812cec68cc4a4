"""A recogniser that fails on an utterance, and the next one that hears it from the beginning."""

import asyncio
from typing import Any

import pytest
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from eval.clock import run_virtual
from providers.contracts import STTOptions
from providers.fakes import FakeSTT, FakeSTTService
from providers.fallback.breaker import State
from providers.fallback.ears import PRE_ROLL_FRAMES, EarsChain
from providers.fallback.frames import EngineChangedFrame
from providers.fallback.health import Infirmary
from providers.spec import ProviderSpec, Slot
from tests.providers.stage import RATE_HZ, Stage, on_stage

pytestmark = pytest.mark.unit

TIMEOUT_MS = 800


class ListeningService(FakeSTTService):
    """Counts the audio it is given, frame by frame, by the number in it."""

    def __init__(self, *args: Any, hangs: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers: list[int] = []
        self._hangs = hangs

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputAudioRawFrame):
            self.numbers.append(int.from_bytes(frame.audio[:2], "little"))
        elif self._hangs and isinstance(frame, VADUserStoppedSpeakingFrame):
            await asyncio.Event().wait()
        await super().process_frame(frame, direction)


class Listening(FakeSTT):
    """Remembers what its service hears."""

    def __init__(self, name: str, *heard: str, hangs: bool = False, **script: Any) -> None:
        settings = {"transcripts": heard, "delay_ms": 50} | script
        super().__init__(ProviderSpec(id=f"fake:{name}", settings=settings, timeout_ms=TIMEOUT_MS))
        self._hangs = hangs
        self.ears: ListeningService | None = None

    def service(self, options: STTOptions) -> FakeSTTService:
        self.ears = ListeningService(self.script, language=options.language, hangs=self._hangs)
        return self.ears


class Chain:
    """A chain, what it shares with other calls, and its service of one call."""

    def __init__(self, *engines: Listening) -> None:
        self.infirmary = Infirmary()
        self.engines = engines
        self.engine = EarsChain([self.infirmary.of(engine) for engine in engines])
        self.service = self.engine.service(STTOptions(language="en", rate_hz=RATE_HZ))
        self._number = 0

    async def audio(self, stage: Stage, frames: int) -> None:
        for _ in range(frames):
            self._number += 1
            pcm = self._number.to_bytes(2, "little") * (RATE_HZ // 50)
            await stage.send(InputAudioRawFrame(pcm, RATE_HZ, 1))
            await asyncio.sleep(0.02)

    async def utterance(self, stage: Stage, *, silence: int = 40, speech: int = 20) -> None:
        await self.audio(stage, silence)
        await stage.send(VADUserStartedSpeakingFrame())
        await self.audio(stage, speech)
        await stage.send(VADUserStoppedSpeakingFrame())

    def states(self) -> list[State]:
        return [health.breaker.state for health in self.engine.healths]


def heard(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.after.of(TranscriptionFrame)]


@pytest.mark.parametrize(
    ("first", "within_s"),
    [
        (Listening("a", fail_after=0), 0.2),
        (Listening("a"), TIMEOUT_MS / 1000 + 0.1),
        (Listening("a", hangs=True), TIMEOUT_MS / 1000 + 0.1),
    ],
    ids=["an error", "no transcript", "hangs with the audio"],
)
def test_the_next_recogniser_hears_the_utterance_from_before_its_beginning(
    first: Listening, within_s: float
) -> None:
    async def run() -> None:
        chain = Chain(first, Listening("b", "hello"))
        async with on_stage(chain.service) as stage:
            await chain.utterance(stage)
            stopped_s = asyncio.get_running_loop().time()
            await chain.audio(stage, 50)
            await stage.after.saw(TranscriptionFrame, 1)
            assert stage.after.at_s(TranscriptionFrame)[0] - stopped_s <= within_s
        assert heard(stage) == ["hello"]
        second = chain.engines[1].ears
        assert second is not None
        begins = 40 - PRE_ROLL_FRAMES + 1
        assert second.numbers[:50] == list(range(begins, begins + 50))
        assert second.numbers == sorted(set(second.numbers))
        assert [n.audio for n in stage.after.of(InputAudioRawFrame)] == [
            number.to_bytes(2, "little") * (RATE_HZ // 50) for number in range(1, 111)
        ]
        [change] = stage.before.of(EngineChangedFrame)
        assert (change.slot, change.failed, change.instead) == (Slot.STT, "fake:a", "fake:b")
        assert not stage.before.of(ErrorFrame)
        assert chain.states() == [State.OPEN, State.CLOSED]
        await chain.infirmary.close()

    run_virtual(run())


def test_a_cough_that_one_recogniser_says_nothing_about_does_not_cost_it_its_place() -> None:
    async def run() -> None:
        chain = Chain(Listening("a", "", "really"), Coughing("b"))
        async with on_stage(chain.service) as stage:
            await chain.utterance(stage)
            await chain.audio(stage, 100)
            await chain.utterance(stage)
            await chain.audio(stage, 20)
        assert heard(stage) == [" ", "really"]
        assert chain.states() == [State.CLOSED, State.CLOSED]
        assert not stage.before.of(EngineChangedFrame)

    run_virtual(run())


class CoughingService(ListeningService):
    """Says of everything that it was no speech."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            await self.push_frame(TranscriptionFrame(" ", "", "", finalized=True))


class Coughing(Listening):
    """A recogniser that answers every stop, a cough with a blank."""

    def service(self, options: STTOptions) -> FakeSTTService:
        self.ears = CoughingService(self.script)
        return self.ears


def test_a_recogniser_that_is_well_again_hears_the_next_utterance() -> None:
    async def run() -> None:
        first = Listening("a", "", "second", fail_after=0)
        chain = Chain(first, Listening("b", "first"))
        async with on_stage(chain.service) as stage:
            await chain.utterance(stage)
            await chain.audio(stage, 300)
            assert chain.states()[0] is State.HALF_OPEN
            assert first.ears is not None
            first.ears._script = first.script.model_copy(update={"fail_after": None})  # pyright: ignore[reportPrivateUsage] # the engine is mended
            await chain.utterance(stage)
            await chain.audio(stage, 20)
        assert heard(stage) == ["first", "second"]
        assert chain.states() == [State.CLOSED, State.CLOSED]
        await chain.infirmary.close()

    run_virtual(run())


def test_two_stretches_of_speech_are_not_heard_twice() -> None:
    async def run() -> None:
        chain = Chain(Listening("a", "one", fail_after=1), Listening("b", "two"))
        async with on_stage(chain.service) as stage:
            await chain.utterance(stage)
            await chain.audio(stage, 10)
            await chain.utterance(stage, silence=5)
            await chain.audio(stage, 20)
        assert heard(stage) == ["one", "two"]
        await chain.infirmary.close()

    run_virtual(run())


def test_when_no_recogniser_is_left_it_is_said_once() -> None:
    async def run() -> None:
        chain = Chain(Listening("a", fail_after=0), Listening("b", fail_after=0))
        async with on_stage(chain.service) as stage:
            await chain.utterance(stage)
            await chain.audio(stage, 100)
        assert len(stage.before.of(ErrorFrame)) == 1
        assert len(stage.after.of(EndFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())
