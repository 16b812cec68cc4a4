"""The gates in a whole spoken call: real pipeline, scripted engines, virtual clock."""

from dataclasses import replace
from typing import Any

import pytest
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from eval.speech import CallerVoices
from guardrails.verdict import Stage
from providers.fakes import Calls, ToolCall
from receptionist.calls.conversation import Conversation
from receptionist.calls.events import (
    Disposition,
    Escalated,
    Guarded,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.session import CallSession
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.gates import Gates, gates_of
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, scripted, simulate
from tests.receptionist.guard.scripted_judge import (
    MACHINE,
    NUMBER,
    PERSON,
    REFUSAL,
    SENTENCES,
    ScriptedJudge,
    Weighs,
    guards,
)

pytestmark = pytest.mark.integration

HIRED = "So am I hired?"
VERDICT = "Yes, you are hired. You begin on Monday, and the pay is good."
ANSWER = "We open at nine in the morning, Monday to Friday, and we close at half past five."


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "What time do you open on Saturday?", rate_hz=RATE_HZ)


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


def call(demo: TenantSnapshot, script: Script, act: Any = None, **setting: Any) -> Outcome:
    """Runs a call and keeps what its voice was asked to say in `voiced`."""
    return simulate(demo, script, act, **setting)


def voiced(demo: TenantSnapshot, script: Script, **setting: Any) -> list[str]:
    """Runs a call; returns everything that was given to the voice."""
    engines = scripted(script)
    simulate(demo, script, engines=engines, **setting)
    voice: Any = engines.tts
    return list(voice.last.texts)


def slow_refusal() -> Any:
    """Guardrails whose judgement by meaning comes long after a fast brain has answered."""
    return guards(weigh=Weighs(0.7, "employment", "hired"))


# --- the two leaks of streaming guards --------------------------------------------------------


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


# --- turns ------------------------------------------------------------------------------------


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


def test_a_gate_that_fails_when_nobody_is_there_is_admitted(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question], heard=["a question"], replies=[ANSWER])
    outcome = simulate(demo, script, guards=guards(weigh=Weighs(fails=True)))
    assert outcome.said()[-2] == PERSON
    assert outcome.said()[-1] in demo.texts["en"].session["technical_problem"]


# --- a person ---------------------------------------------------------------------------------


def test_who_asks_for_a_person_is_put_through_by_the_product(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    script = Script(caller=[question], heard=["a human please"], replies=[])
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert line.rung == [demo.escalation.id]
    assert outcome.said()[-1] == PERSON
    assert outcome.disposition is Disposition.TRANSFERRED


def test_the_brain_goes_on_when_no_person_can_be_had(demo: TenantSnapshot, question: bytes) -> None:
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    goes_on = "Nobody can be reached. May I take a message?"
    script = Script(caller=[question], heard=["a human please"], replies=[goes_on])
    engines = scripted(script)
    outcome = simulate(demo, script, engines=engines, guards=guards(judge))
    assert outcome.said()[-2:] == [PERSON, goes_on]
    brain: Any = engines.llm
    roles = [message["role"] for message in brain.last.contexts[0][-4:]]
    assert roles == ["user", "assistant", "assistant", "tool"]


def test_the_key_for_a_person_is_a_request_for_one(demo: TenantSnapshot) -> None:
    async def press(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        await session.hear("0")

    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = simulate(demo, Script(), press, guards=guards(), line=line)
    assert line.rung == [demo.escalation.id]
    assert [e.reason for e in outcome.all(Escalated)] == ["human_request"]


def test_the_second_angry_turn_brings_a_person(demo: TenantSnapshot, question: bytes) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(turn_words={"anger": "idiot"})
    script = Script(
        caller=[question] * 2, heard=["you idiot", "idiot again"], replies=[ANSWER, ANSWER]
    )
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert ANSWER in outcome.said()
    assert [e.reason for e in outcome.all(Escalated)] == ["anger"]


def test_two_replies_in_a_row_that_understood_nothing_bring_a_person(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(output_words={"misunderstanding": "did not understand"})
    lost, fine = "I did not understand that.", "We open at nine."
    script = Script(
        caller=[question] * 4, heard=["a", "b", "c", "d"], replies=[lost, fine, lost, lost]
    )
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    said = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "assistant"]
    assert said[2:] == [lost, fine, lost, PERSON]
    assert [e.reason for e in outcome.all(Escalated)] == ["misunderstanding"]


# --- emergencies ------------------------------------------------------------------------------


def test_an_emergency_is_answered_while_the_caller_still_speaks_and_is_not_barged_into(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(interim_words={"emergency": "fire"}, turn_words={"emergency": "fire"})

    async def shout(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        for _ in range(3):
            caller.say(question)
            await caller.wait_said()

    script = Script(heard=["there is a fire"] * 3, replies=[ANSWER])
    outcome = simulate(demo, script, shout, guards=guards(judge), line=line)
    spoken = [turn for turn in outcome.all(TurnEnded) if turn.text == NUMBER]
    assert [turn.interrupted for turn in spoken] == [False]
    assert line.rung == [demo.escalation.id]
    assert outcome.disposition is Disposition.TRANSFERRED
    assert ANSWER not in outcome.said()


def test_an_emergency_lasts_until_a_person_is_on_the_line(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(interim_words={"emergency": "fire"}, turn_words={"emergency": "fire"})
    script = Script(
        caller=[question] * 2, heard=["there is a fire", "when do you open"], replies=[ANSWER]
    )
    engines = scripted(script)
    the_guards = replace(guards(judge), window_turns=1)
    outcome = simulate(demo, script, engines=engines, guards=the_guards)
    brain: Any = engines.llm
    assert brain.last.contexts == []
    assert outcome.said().count(NUMBER) == 2
    detectors = [event.detector for event in outcome.all(Guarded) if event.stage == "turn"]
    assert detectors == ["rules", "state"]


# --- what is said -----------------------------------------------------------------------------


def test_the_rest_of_a_reply_is_dropped_with_its_refused_clause(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(output_words={"leak": "secret"})
    reply = "We open at nine. The secret word is plum. It is a fine word."
    script = Script(caller=[question], heard=["a"], replies=[reply])
    outcome = simulate(demo, script, guards=guards(judge))
    assert outcome.said()[-1] == f"We open at nine. {SENTENCES['leak']}"
    actions = [event.action for event in outcome.all(Guarded) if event.stage == "output"]
    assert actions == ["none", "replaced"]


def test_a_noise_does_not_bring_back_what_was_refused(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(output_words={"leak": "secret"})
    reply = f"{ANSWER} On Saturday at ten, come when you like. The secret word is plum."
    script = Script(caller=[question, question], heard=["a", ""], replies=[reply], barge_in_ms=2500)
    said = voiced(demo, script, guards=guards(judge))
    assert not any("plum" in text for text in said)


def test_a_decision_that_is_about_to_be_spoken_is_replaced_and_a_person_fetched(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(output_words={"employment": "you are hired"})
    script = Script(caller=[question], heard=["a"], replies=[VERDICT])
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert "hired" not in " ".join(outcome.said())
    assert outcome.said()[-1].endswith(REFUSAL)
    assert [(e.reason, e.outcome) for e in outcome.all(Escalated)] == [("employment", "answered")]
    assert outcome.disposition is Disposition.TRANSFERRED


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("I help you with anything.", f"I help you with anything. {MACHINE}"),
        ("I am the automated kind.", "I am the automated kind."),
    ],
)
def test_who_asks_whether_this_is_a_machine_is_told_so(
    demo: TenantSnapshot, question: bytes, reply: str, said: str
) -> None:
    judge = ScriptedJudge(
        turn_words={"robot_question": "robot"}, output_words={"robot_question": "automated"}
    )
    script = Script(caller=[question], heard=["are you a robot"], replies=[reply])
    outcome = simulate(demo, script, guards=guards(judge))
    assert outcome.said()[-1] == said


# --- tools ------------------------------------------------------------------------------------


def test_a_tool_with_consequences_waits_for_the_judgement_and_is_not_run_when_it_refuses(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.NO_ANSWER)
    ring = ToolCall(name="transfer_call", arguments={"contact_id": "sales"})
    look = ToolCall(name="check_hours", arguments={"question": "today"})
    script = Script(
        caller=[question], heard=["a trick"], replies=[Calls(calls=(look, ring)), "Done."]
    )
    weigh = Weighs(0.7, "fraud", "trick")
    outcome = simulate(demo, script, guards=guards(weigh=weigh), line=line)
    assert line.rung == []
    assert "Done." not in outcome.said()
    assert outcome.said()[-1] == SENTENCES["fraud"]
    ran = {tool.name: tool.outcome for tool in outcome.all(ToolFinished)}
    assert ran.get("transfer_call", "refused") == "refused"
    assert "check_hours" in ran
