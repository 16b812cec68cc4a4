"""Turns from the audio that was really heard."""

import pytest

from receptionist.calls.transcript import Transcript
from receptionist.calls.unfinished import sentences_after

pytestmark = pytest.mark.unit


def speak(transcript: Transcript, *clauses: str, interruptible: bool = True) -> None:
    transcript.voice_began(interruptible=interruptible)
    for clause in clauses:
        transcript.made.audio(float(len(clause.split())))
        transcript.made.text(clause)
    transcript.voice_ended()


def test_an_utterance_heard_to_its_end_is_one_turn() -> None:
    transcript = Transcript()
    speak(transcript, "We open at nine,", "Monday to Friday.")
    transcript.heard.played(1.0, 8.0)
    turn = transcript.assistant_stopped()
    assert turn is not None
    assert (turn.text, turn.start_s, turn.end_s) == ("We open at nine, Monday to Friday.", 1.0, 8.0)
    assert not turn.interrupted


def test_an_interrupted_turn_holds_only_the_words_that_were_heard() -> None:
    transcript = Transcript()
    speak(transcript, "We open at nine,", "Monday to Friday.")
    transcript.heard.played(0.0, 5.0)
    turn = transcript.assistant_cut_off()
    assert turn is not None
    assert turn.text == "We open at nine, Monday"
    assert turn.interrupted


def test_speech_made_ahead_is_not_taken_for_speech_heard() -> None:
    transcript = Transcript()
    speak(transcript, "Hello.")
    speak(transcript, "How can I help you?")
    transcript.heard.played(0.0, 1.0)
    first = transcript.assistant_stopped()
    assert first is not None
    assert first.text == "Hello."
    assert transcript.under_way == 1


def test_nothing_heard_is_no_turn() -> None:
    transcript = Transcript()
    speak(transcript, "Hello there.")
    assert transcript.assistant_cut_off() is None
    assert transcript.turns == []


def test_the_disclosure_goes_on_when_the_rest_is_cut_off() -> None:
    transcript = Transcript()
    speak(transcript, "I am an automated assistant.", interruptible=False)
    speak(transcript, "How can I help?")
    transcript.heard.played(0.0, 1.0)
    assert transcript.assistant_cut_off() is None
    assert transcript.must_finish
    transcript.heard.played(1.0, 5.0)
    turn = transcript.assistant_stopped()
    assert turn is not None
    assert turn.text == "I am an automated assistant."


def test_an_utterance_without_sound_is_forgotten() -> None:
    transcript = Transcript()
    transcript.voice_began(interruptible=True)
    transcript.voice_ended()
    assert transcript.under_way == 0


@pytest.mark.parametrize(
    ("heard", "rest"),
    [
        ("", "We open at nine. On Saturday at ten. Come by."),
        ("We open", "We open at nine. On Saturday at ten. Come by."),
        ("We open at nine.", "On Saturday at ten. Come by."),
        ("We open at nine. On Saturday", "On Saturday at ten. Come by."),
        ("We open at nine. On Saturday at ten. Come by.", ""),
    ],
)
def test_a_reply_is_taken_up_at_the_sentence_that_was_cut_off(heard: str, rest: str) -> None:
    assert sentences_after("We open at nine. On Saturday at ten. Come by.", heard) == rest
