"""The gates in a whole spoken call: real pipeline, scripted engines, virtual clock."""

from dataclasses import replace
from typing import Any

import pytest
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from guardrails.verdict import Stage
from receptionist.calls.conversation import Conversation
from receptionist.calls.events import (
    Disposition,
    Escalated,
    Guarded,
    LatencyMeasured,
)
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.gates import Gates, gates_of
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Script, scripted, simulate
from tests.receptionist.guard.scripted_judge import (
    PERSON,
    REFUSAL,
    SENTENCES,
    ScriptedJudge,
    Weighs,
    guards,
)
from tests.receptionist.guard.voiced import ANSWER, VERDICT, voiced

pytestmark = pytest.mark.integration

HIRED = "So am I hired?"


class _Open(FrameProcessor):
    """Where a gate was: lets everything through."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


def without_verdict_gate(guard: CallGuard, conversation: Conversation) -> Gates:
    return replace(gates_of(guard, conversation), verdict=_Open())


def without_turn_gate(guard: CallGuard, conversation: Conversation) -> Gates:
    return replace(gates_of(guard, conversation), turn=_Open(), verdict=_Open())


def without_output_gate(guard: CallGuard, conversation: Conversation) -> Gates:
    return replace(gates_of(guard, conversation), output=_Open())


def unreadable(_text: str) -> str:
    raise ValueError("cannot be redacted")


def slow_refusal() -> Any:
    """Guardrails whose judgement by meaning comes long after a fast brain has answered."""
    return guards(weigh=Weighs(0.7, "employment", "hired"))


@pytest.mark.parametrize(
    ("gates", "leaks"), [(gates_of, False), (without_verdict_gate, True)], ids=["gate", "none"]
)
def test_nothing_of_a_reply_reaches_the_voice_before_its_turn_is_judged(
    demo: TenantSnapshot, question: bytes, gates: Any, leaks: bool
) -> None:
    script = Script(caller=[question], heard=[HIRED], replies=[VERDICT, "Nobody is there."])
    said = voiced(demo, script, guards=slow_refusal(), gates=gates)
    assert any(text in VERDICT for text in said) is leaks
    assert REFUSAL in said


@pytest.mark.parametrize(
    ("gates", "heard"), [(gates_of, True), (without_turn_gate, False)], ids=["gate", "none"]
)
def test_a_refused_caller_hears_the_refusal_and_not_silence(
    demo: TenantSnapshot, question: bytes, gates: Any, heard: bool
) -> None:
    script = Script(caller=[question], heard=[HIRED], replies=[VERDICT, "Nobody is there."])
    outcome = simulate(demo, script, guards=slow_refusal(), gates=gates)
    assert (REFUSAL in outcome.said()) is heard


@pytest.mark.parametrize(
    ("gates", "leaks"), [(gates_of, False), (without_output_gate, True)], ids=["gate", "none"]
)
def test_no_clause_reaches_the_voice_unjudged(
    demo: TenantSnapshot, question: bytes, gates: Any, leaks: bool
) -> None:
    judge = ScriptedJudge(output_words={"leak": "yes"})
    script = Script(caller=[question], heard=["a question"], replies=[VERDICT])
    said = voiced(demo, script, guards=guards(judge), gates=gates)
    assert any(text in VERDICT for text in said) is leaks
    assert (SENTENCES["leak"] in said) is not leaks


def test_a_turn_that_a_rule_refuses_never_reaches_the_brain(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question], heard=["a trick"], replies=[ANSWER])
    engines = scripted(script)
    judge = ScriptedJudge(turn_words={"fraud": "trick"})
    outcome = simulate(demo, script, engines=engines, guards=guards(judge))
    brain: Any = engines.llm
    assert brain.last.contexts == []
    assert outcome.said()[-1] == SENTENCES["fraud"]
    guarded = [event for event in outcome.all(Guarded) if event.stage == "turn"]
    assert [(event.verdict, event.action) for event in guarded] == [("refuse", "refused")]


def test_the_brain_reads_what_the_product_said_to_a_refused_turn(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question] * 2, heard=["a trick", "opening hours"], replies=[ANSWER])
    engines = scripted(script)
    judge = ScriptedJudge(turn_words={"fraud": "trick"})
    the_guards = replace(guards(judge), window_turns=1)
    outcome = simulate(demo, script, engines=engines, guards=the_guards)
    brain: Any = engines.llm
    [context] = brain.last.contexts
    told = [(message["role"], message["content"]) for message in context[-3:]]
    assert told == [
        ("user", "a trick"),
        ("assistant", SENTENCES["fraud"]),
        ("user", "opening hours"),
    ]
    assert outcome.said()[-1] == ANSWER


def test_gates_add_nothing_to_the_wait_when_the_brain_is_slower(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question] * 3, heard=["a", "b", "c"], replies=[ANSWER] * 3)
    free = simulate(demo, script).all(LatencyMeasured)
    guarded = simulate(demo, script, guards=guards(weigh=Weighs(0.003))).all(LatencyMeasured)
    assert len(free) == 3
    assert [m.voice_to_voice_ms for m in guarded] == [m.voice_to_voice_ms for m in free]


@pytest.mark.parametrize("weigh", [Weighs(None), Weighs(fails=True)], ids=["hangs", "raises"])
def test_a_caller_whose_turn_cannot_be_judged_by_meaning_gets_a_person(
    demo: TenantSnapshot, question: bytes, weigh: Weighs
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    script = Script(caller=[question], heard=["a question"], replies=[VERDICT])
    engines = scripted(script)
    outcome = simulate(demo, script, engines=engines, guards=guards(weigh=weigh), line=line)
    voice: Any = engines.tts
    assert line.rung == [demo.escalation.id]
    assert outcome.disposition is Disposition.TRANSFERRED
    assert outcome.said()[-1] == PERSON
    assert not any(text in VERDICT for text in voice.last.texts)
    assert [(e.reason, e.outcome) for e in outcome.all(Escalated)] == [("gate_failure", "answered")]


@pytest.mark.parametrize("stage", [Stage.INTERIM, Stage.TURN, Stage.OUTPUT])
def test_a_gate_that_fails_gives_the_caller_to_a_person(
    demo: TenantSnapshot, question: bytes, stage: Stage
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(broken=frozenset({stage}))
    script = Script(caller=[question], heard=["a question"], replies=[ANSWER])
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert line.rung == [demo.escalation.id]
    assert outcome.said()[-1] == PERSON
    assert ANSWER not in outcome.said()


def test_what_cannot_be_redacted_is_neither_judged_nor_answered(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question], heard=["a question"], replies=[ANSWER])
    the_guards = replace(guards(), redact=unreadable)
    outcome = simulate(demo, script, guards=the_guards)
    assert outcome.said()[2] in demo.texts["en"].session["technical_problem"]
    assert ANSWER not in outcome.said()


def test_a_gate_that_fails_when_nobody_is_there_is_admitted(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question], heard=["a question"], replies=[ANSWER])
    line = ScriptedLine(TransferOutcome.NO_ANSWER)
    outcome = simulate(demo, script, guards=guards(weigh=Weighs(fails=True)), line=line)
    assert outcome.said()[-2] == PERSON
    assert outcome.said()[-1] in demo.texts["en"].session["technical_problem"]
