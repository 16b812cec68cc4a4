"""A person who answers is told from a machine within seconds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.engines import load
from eval.speech import CallerVoices
from providers.contracts import VADEngine
from providers.spec import Slot
from receptionist.telephony.answerer import Answerer, Listener

pytestmark = pytest.mark.integration

RATES_HZ = (8000, 16000)
PERSONS = ("Hello?", "Zoe Miller.", "Yes, hello, who is there?")
GREETING = (
    "You have reached the voice mail of Zoe Miller. I cannot take your call at the moment,"
    " so please leave a message after the tone."
)
Sound = NDArray[np.int16]


def listener(rate_hz: int) -> Listener:
    engine = load(Slot.VAD, "silero:default")
    assert isinstance(engine, VADEngine)
    return Listener.of(engine, rate_hz)


def told(sound: Sound, rate_hz: int) -> tuple[Answerer | None, float]:
    """Returns who it is, and after how many seconds that was known."""
    ears, step = listener(rate_hz), rate_hz // 50
    for start in range(0, sound.size, step):
        if known := ears.hear(sound[start : start + step].tobytes()):
            return known, (start + step) / rate_hz
    return None, sound.size / rate_hz


def pause(seconds: float, rate_hz: int) -> Sound:
    return np.random.default_rng(1).normal(0, 12, int(seconds * rate_hz)).astype(np.int16)


def tone(hz: float, seconds: float, rate_hz: int) -> Sound:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return (6000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def answering(voices: CallerVoices, text: str, rate_hz: int) -> Sound:
    said = np.frombuffer(voices.say("hibari:default", text, rate_hz=rate_hz), np.int16)
    return np.concatenate([pause(0.4, rate_hz), said, pause(3, rate_hz)])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("text", PERSONS)
def test_a_word_and_a_pause_is_a_person(voices: CallerVoices, text: str, rate_hz: int) -> None:
    known, after_s = told(answering(voices, text, rate_hz), rate_hz)
    assert known is Answerer.PERSON
    assert after_s < 3.2


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_sentence_read_out_is_a_machine(voices: CallerVoices, rate_hz: int) -> None:
    known, after_s = told(answering(voices, GREETING, rate_hz), rate_hz)
    assert known is Answerer.MACHINE
    assert after_s < 4.5


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("hz", [440, 1000, 1400, 2100])
def test_a_tone_is_a_machine(rate_hz: int, hz: int) -> None:
    sound = [pause(1, rate_hz), tone(hz, 0.5, rate_hz), pause(2, rate_hz)]
    known, after_s = told(np.concatenate(sound), rate_hz)
    assert known is Answerer.MACHINE
    assert after_s < 1.4


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_whoever_says_nothing_waits_to_be_spoken_to(rate_hz: int) -> None:
    known, after_s = told(pause(4, rate_hz), rate_hz)
    assert known is Answerer.PERSON
    assert 1.9 < after_s < 2.2


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_any_sound_is_borne(parts: list[bytes]) -> None:
    ears = Listener(8000, lambda _: 0.7)
    for part in parts:
        assert ears.hear(part) in (None, Answerer.PERSON, Answerer.MACHINE)
