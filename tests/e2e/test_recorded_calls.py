"""Calls by recorded voices at 8 kHz mu-law: real recogniser, brain, tools and voice.

They run on the virtual clock, so what is said and done is checked here; how fast it is on this
machine is what `make bench` prints.
"""

import pytest

from eval.engines import load
from eval.questions import ENGLISH
from eval.speech import CallerVoices
from providers.models.store import ModelStore
from providers.spec import Slot
from receptionist.calls.events import Disposition, ToolFinished, TurnEnded
from receptionist.calls.pipeline import CallEngines
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Outcome, Script, simulate

pytestmark = pytest.mark.e2e

RATE_HZ = 8000


@pytest.fixture(scope="module")
def english(models: ModelStore) -> CallEngines:
    return engines(models, "hibari:default")


def engines(models: ModelStore, voice: str) -> CallEngines:
    return CallEngines(
        stt=load(Slot.STT, "whisper:base", models=models),
        tts=load(Slot.TTS, voice, models=models),
        llm=load(Slot.LLM, "concierge:default", models=models),
        vad=load(Slot.VAD, "silero:default"),
        turn=load(Slot.TURN, "smart-turn:default"),
    )


def turns(outcome: Outcome) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in outcome.all(TurnEnded)]


def answers(outcome: Outcome) -> list[str]:
    """Returns what the assistant said after each turn of the caller."""
    found: list[str] = []
    for speaker, text in turns(outcome):
        if speaker == "caller":
            found.append("")
        elif found:
            found[-1] = f"{found[-1]} {text}".strip()
    return found


def test_twenty_questions_by_three_voices_are_answered_right(
    demo: TenantSnapshot, voices: CallerVoices, english: CallEngines
) -> None:
    said = [
        voices.say(voices.ENGLISH[number % 3], question.text, rate_hz=RATE_HZ)
        for number, question in enumerate(ENGLISH)
    ]
    script = Script(caller=said, patience=Patience(max_call_s=300))
    outcome = simulate(demo, script, engines=english, rate_hz=RATE_HZ)
    heard = answers(outcome)
    assert len(heard) == len(ENGLISH), turns(outcome)
    wrong = [
        (question.text, answer)
        for question, answer in zip(ENGLISH, heard, strict=True)
        if not question.answered_by(answer)
    ]
    assert wrong == []


def test_a_person_with_a_namesake_is_asked_apart_and_put_through(
    demo: TenantSnapshot, voices: CallerVoices, english: CallEngines
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    said = [
        voices.say("hibari:default", text, rate_hz=RATE_HZ)
        for text in ("Can I speak to James Carter please?", "The one in sales.")
    ]
    outcome = simulate(demo, Script(caller=said), engines=english, rate_hz=RATE_HZ, line=line)
    assert line.rung == ["james-carter-sales"]
    asked = [turn.index for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]
    done = [(tool.turn, tool.name) for tool in outcome.all(ToolFinished)]
    assert done == [(asked[0], "find_contact"), (asked[1], "transfer_call")]
    assert outcome.disposition is Disposition.TRANSFERRED
    assert outcome.all(ToolFinished)[-1].outcome == "answered"


def test_a_goodbye_ends_the_call_after_its_answer_has_been_heard(
    demo: TenantSnapshot, voices: CallerVoices, english: CallEngines
) -> None:
    said = [voices.say("hibari:default", "That's all, thank you. Goodbye.", rate_hz=RATE_HZ)]
    outcome = simulate(demo, Script(caller=said), engines=english, rate_hz=RATE_HZ)
    assert outcome.disposition is Disposition.COMPLETED
    assert "oodbye" in outcome.said()[-1]
    assert outcome.duration_s - outcome.all(TurnEnded)[-1].end_s < 0.5


def test_an_italian_caller_is_answered_in_italian(
    demo: TenantSnapshot, voices: CallerVoices, models: ModelStore
) -> None:
    questions = ("A che ora aprite il sabato?", "Dove posso parcheggiare la macchina?")
    said = [
        voices.say("kokoro:im_nicola", text, language="it", rate_hz=RATE_HZ) for text in questions
    ]
    outcome = simulate(
        demo,
        Script(caller=said, patience=Patience(max_call_s=40)),
        engines=engines(models, "kokoro:if_sara"),
        language="it",
        rate_hz=RATE_HZ,
    )
    hours, parking = answers(outcome)
    assert "dalle nove alle dodici e mezza" in hours
    assert "parcheggio gratuito" in parking
