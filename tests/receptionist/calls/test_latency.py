"""Where the caller's wait goes."""

import pytest

from receptionist.calls.latency import LatencyMeter

pytestmark = pytest.mark.unit


def waiting() -> LatencyMeter:
    meter = LatencyMeter()
    meter.voice_stopped(10.2)
    meter.transcribed(10.3)
    meter.turn_ended(4, speech_end_s=10.0, at_s=10.5)
    return meter


def test_the_stages_add_up_to_the_whole_wait() -> None:
    meter = waiting()
    meter.text(10.6)
    measured = meter.audible(10.75)
    assert measured is not None
    assert measured.turn == 4
    assert measured.voice_to_voice_ms == 750
    assert measured.stages == {"endpointing": 500, "brain": 100, "tts": 150, "stt": 100}
    parts = sum(measured.stages[stage] for stage in ("endpointing", "brain", "tts"))
    assert parts == measured.voice_to_voice_ms


def test_an_answer_is_measured_once_at_its_first_sound() -> None:
    meter = waiting()
    meter.text(10.6)
    meter.text(10.9)
    assert meter.audible(10.75) is not None
    assert meter.audible(10.80) is None


def test_a_filler_is_no_answer() -> None:
    meter = waiting()
    assert meter.audible(14.0) is None
    meter.text(15.0)
    measured = meter.audible(15.1)
    assert measured is not None
    assert measured.voice_to_voice_ms == 5100


def test_a_caller_who_goes_on_is_not_measured() -> None:
    meter = waiting()
    meter.text(10.6)
    meter.dropped()
    assert meter.audible(10.75) is None


def test_a_recogniser_that_gave_nothing_has_no_stage() -> None:
    meter = LatencyMeter()
    meter.voice_stopped(10.2)
    meter.turn_ended(0, speech_end_s=10.0, at_s=10.5)
    meter.text(10.6)
    measured = meter.audible(10.7)
    assert measured is not None
    assert "stt" not in measured.stages
