"""An engine fails in the middle of a call, and the caller has his answer all the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from eval.speech import CallerVoices
from providers.contracts import LLMEngine, STTEngine, TTSEngine
from providers.fakes import FakeLLM, FakeSTT, FakeTTS
from providers.fallback.brain import BrainChain
from providers.fallback.ears import EarsChain
from providers.fallback.health import Infirmary
from providers.fallback.voice import VoiceChain
from providers.spec import ProviderSpec
from receptionist.calls.events import (
    AssistantSpeaks,
    Disposition,
    EngineChanged,
    LatencyMeasured,
    TurnEnded,
)
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, scripted, simulate

pytestmark = pytest.mark.integration

ANSWER = "We open at nine."
LONG = "We open at nine on Mondays, and we close at"
"""Its first clause is spoken before the sentence breaks off."""
WITHIN_MS = 2500


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "When do you open?", rate_hz=RATE_HZ)


def brains(*replies: Any) -> LLMEngine:
    """Returns a chain of a remote brain that gives `replies` and one that answers."""
    infirmary = Infirmary()
    first = FakeLLM(
        ProviderSpec(id="fake:a", settings={"replies": replies, "ttft_ms": 50}, timeout_ms=1500)
    )
    last = FakeLLM(ProviderSpec(id="fake:b", settings={"replies": [ANSWER] * 3, "ttft_ms": 30}))
    return BrainChain([infirmary.of(first), infirmary.of(last)])


def two_voices(**script: Any) -> TTSEngine:
    infirmary = Infirmary()
    first = FakeTTS(ProviderSpec(id="fake:a", settings=script, timeout_ms=1200))
    last = FakeTTS(ProviderSpec(id="fake:b", settings={"delay_ms": 100}))
    return VoiceChain([infirmary.of(first), infirmary.of(last)])


def ears(heard: Sequence[str], **script: Any) -> STTEngine:
    infirmary = Infirmary()
    settings = {"transcripts": heard, "delay_ms": 100}
    first = FakeSTT(ProviderSpec(id="fake:a", settings=script, timeout_ms=1200))
    last = FakeSTT(ProviderSpec(id="fake:b", settings=settings))
    return EarsChain([infirmary.of(first), infirmary.of(last)])


def waited_ms(outcome: Outcome) -> float:
    """Returns the time from the caller's last sound to the first sound after it."""
    return outcome.all(LatencyMeasured)[0].voice_to_voice_ms


def spoken(outcome: Outcome) -> list[str]:
    return [event.text for event in outcome.all(AssistantSpeaks)]


@pytest.mark.parametrize(
    ("reply", "silence_ms"),
    [
        ({"error": "gone"}, 1000),
        ({"error": "crash", "category": None}, 1000),
        ({"hang": True}, WITHIN_MS),
    ],
    ids=["an error", "a crash", "no sign"],
)
def test_a_brain_that_fails_before_the_first_word(
    demo: TenantSnapshot, question: bytes, reply: Any, silence_ms: float
) -> None:
    script = Script(caller=[question], heard=["When do you open?"])
    engines = replace(scripted(script), llm=brains(reply))
    outcome = simulate(demo, script, engines=engines)
    assert outcome.disposition is Disposition.CALLER_HUNG_UP
    assert spoken(outcome)[-1] == ANSWER
    assert waited_ms(outcome) < silence_ms
    [change] = outcome.all(EngineChanged)
    assert (change.slot, change.failed, change.instead) == ("llm", "fake:a", "fake:b")


def test_a_caller_who_waits_for_a_brain_that_hangs_is_asked_to_wait_once(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question, question], heard=["When do you open?"] * 2)
    engines = replace(scripted(script), llm=brains({"hang": True}))
    outcome = simulate(demo, script, engines=engines)
    fillers = [text for text in spoken(outcome) if text in demo.texts["en"].session["filler"]]
    assert len(fillers) == 1
    assert spoken(outcome).count(ANSWER) == 2


@pytest.mark.parametrize(
    "reply", [{"error": "gone", "text": LONG}, {"hang": True, "text": LONG}], ids=["drop", "stall"]
)
def test_a_brain_that_fails_in_the_middle_of_a_sentence(
    demo: TenantSnapshot, question: bytes, reply: Any
) -> None:
    script = Script(caller=[question], heard=["When do you open?"])
    engines = replace(scripted(script), llm=brains(reply))
    outcome = simulate(demo, script, engines=engines)
    first, answer = spoken(outcome)[-2:]
    assert LONG.startswith(first)
    assert answer == ANSWER
    said = {turn.text: turn for turn in outcome.all(TurnEnded)}
    assert said[ANSWER].start_s - said[first].start_s < WITHIN_MS / 1000
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


@pytest.mark.parametrize(
    "script", [{"fail_after": 0}, {"delay_ms": 60_000}], ids=["an error", "no audio"]
)
def test_a_voice_that_fails(demo: TenantSnapshot, question: bytes, script: Any) -> None:
    said = Script(caller=[question], heard=["When do you open?"], replies=[ANSWER])
    engines = replace(scripted(said), tts=two_voices(**script))
    outcome = simulate(demo, said, engines=engines)
    assert outcome.said()[0].startswith("Hello")
    assert spoken(outcome)[-1] == ANSWER
    assert len(spoken(outcome)) == len(set(spoken(outcome)))
    assert waited_ms(outcome) < WITHIN_MS


@pytest.mark.parametrize(
    "script", [{"fail_after": 0}, {"delay_ms": 60_000}], ids=["an error", "no transcript"]
)
def test_a_recogniser_that_fails(demo: TenantSnapshot, question: bytes, script: Any) -> None:
    said = Script(caller=[question], replies=[ANSWER])
    engines = replace(scripted(said), stt=ears(["When do you open?"], **script))
    outcome = simulate(demo, said, engines=engines)
    assert spoken(outcome)[-1] == ANSWER
    assert waited_ms(outcome) < WITHIN_MS
    [change] = outcome.all(EngineChanged)
    assert change.slot == "stt"
