"""Whole spoken calls whose brain says what is refused, whatever it is told."""

from dataclasses import replace

import pytest

from receptionist.calls.events import Escalated
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Script, simulate
from tests.receptionist.guard.scripted_judge import REFUSAL, ScriptedJudge, guards
from tests.receptionist.guard.voiced import VERDICT

pytestmark = pytest.mark.integration

STUBBORN = [VERDICT] * 40
EMPLOYMENT = guards(ScriptedJudge(output_words={"employment": "hired"}))


class Mute(ScriptedJudge):
    """Has no sentence for what it refuses."""

    def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
        raise KeyError(category)


def test_a_brain_that_repeats_what_is_refused_has_a_person_rung_once_a_turn(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.NO_ANSWER)
    script = Script(caller=[question] * 2, heard=["am I hired", "so?"], replies=STUBBORN)
    outcome = simulate(demo, script, guards=EMPLOYMENT, line=line)
    assert line.rung == [demo.escalation.id] * 2
    assert [e.reason for e in outcome.all(Escalated)] == ["employment"] * 2
    assert VERDICT not in " ".join(outcome.said())
    assert outcome.said().count(REFUSAL) == 4  # to the turn, and when nobody has answered


def test_a_refusal_without_words_ends_the_call_and_does_not_ring_for_ever(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.NO_ANSWER)
    script = Script(caller=[question], heard=["am I hired"], replies=STUBBORN)
    mute = replace(EMPLOYMENT, judge=Mute(output_words={"employment": "hired"}))
    outcome = simulate(demo, script, guards=mute, line=line)
    assert 1 <= len(line.rung) <= 3
    assert outcome.said()[-1] in [
        *demo.texts["en"].session["technical_problem"],
        *demo.texts["en"].session["technical_goodbye"],
        *demo.texts["en"].session["silence_goodbye"],
    ]
