"""What an assistant is about to say or do: whole spoken calls on the virtual clock."""

import pytest

from providers.fakes import Calls, ToolCall
from receptionist.calls.events import (
    Disposition,
    Escalated,
    Guarded,
    ToolFinished,
)
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Script, simulate
from tests.receptionist.guard.scripted_judge import (
    MACHINE,
    NUMBER,
    REFUSAL,
    SENTENCES,
    ScriptedJudge,
    Weighs,
    guards,
)
from tests.receptionist.guard.voiced import ANSWER, VERDICT, voiced

pytestmark = pytest.mark.integration


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


def test_the_lines_of_the_product_itself_are_said_as_they_stand(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(turn_words={"emergency": "fire"}, output_words={"leak": "one one two"})
    script = Script(caller=[question], heard=["there is a fire"])
    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert NUMBER in outcome.said()
    assert SENTENCES["leak"] not in outcome.said()


def test_the_model_dials_no_emergency_number_by_itself(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(output_words={"emergency": "one one two"})
    script = Script(caller=[question], heard=["a"], replies=["Then dial one one two. Good luck."])
    outcome = simulate(demo, script, guards=guards(judge))
    assert not any("Good luck" in said for said in outcome.said())
    assert NUMBER in outcome.said()


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
