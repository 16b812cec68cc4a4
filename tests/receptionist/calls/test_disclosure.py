"""The disclosure is recorded where it was heard, to the sample."""

import numpy as np
import pytest

from eval.speech import CallerVoices
from providers.fakes import Calls, ToolCall
from receptionist.calls.events import DisclosurePlayed, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, simulate

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "What time do you open on Saturday?", rate_hz=RATE_HZ)


def track(outcome: Outcome, rate_hz: int) -> np.ndarray:
    """Returns the assistant's track."""
    return outcome.timeline.stereo(rate_hz)[:, 1]


def test_the_opening_is_recorded_where_its_sound_is(demo: TenantSnapshot, question: bytes) -> None:
    outcome = simulate(demo, Script(caller=[question], heard=["a"], replies=["Yes."]))
    [played] = outcome.all(DisclosurePlayed)
    said = outcome.all(TurnEnded)[0]
    assert (played.occasion, played.language) == ("opening", "en")
    assert played.to_sample - played.from_sample == pytest.approx(
        (said.end_s - said.start_s) * played.rate_hz, abs=played.rate_hz * 0.001 + 1
    )
    sound = track(outcome, played.rate_hz)[played.from_sample : played.to_sample]
    assert sound.size == played.to_sample - played.from_sample
    assert np.mean(np.abs(sound.astype(np.int32)) > 100) > 0.9


def test_a_voice_that_speaks_over_the_disclosure_does_not_stop_it(
    demo: TenantSnapshot, question: bytes
) -> None:
    async def speak_at_once(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.assistant_speaking)
        caller.say(question)
        await caller.wait_said()
        await session.conversation.when(lambda: session.conversation.callers_turn)
        session.hang_up()

    script = Script(heard=["a"], replies=["Yes."])
    outcome = simulate(demo, script, speak_at_once)
    [played] = outcome.all(DisclosurePlayed)
    disclosure = next(turn for turn in outcome.all(TurnEnded) if turn.speaker == "assistant")
    assert disclosure.end_s == pytest.approx(played.at_s)
    assert not disclosure.interrupted
    assert outcome.all(TurnEnded)[0].speaker == "caller"


def test_a_call_that_ends_in_the_middle_of_the_disclosure_has_not_disclosed(
    demo: TenantSnapshot,
) -> None:
    outcome = simulate(demo, Script(hang_up_s=0.5))
    assert outcome.all(DisclosurePlayed) == []


def test_a_caller_in_another_language_is_told_again(demo: TenantSnapshot, question: bytes) -> None:
    switch = ToolCall(name="switch_language", arguments={"language": "it"})
    replies = [Calls(calls=(switch,)), "Sessanta."]
    outcome = simulate(demo, Script(caller=[question], heard=["italiano"], replies=replies))
    told = [(played.occasion, played.language) for played in outcome.all(DisclosurePlayed)]
    assert told == [("opening", "en"), ("language", "it")]
