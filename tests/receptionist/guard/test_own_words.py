"""What a model was told, and whom it tells callers to ring."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.claims.reader import load_claims
from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.calls.instructions import canary
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.guard.hidden_rules import IN_A_ROW, disguised
from receptionist.guard.own_words import Answers, OwnWords
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.guard.scripted_judge import ScriptedJudge, found

pytestmark = pytest.mark.unit

READER = load_claims()
RULES = Path(__file__).parents[3] / "prompts"


@pytest.fixture
def plan(demo: TenantSnapshot) -> CallPlan:
    return resolve(demo, CallRequest(call_id="c7", channel="recording", language="en"))


def judge(plan: CallPlan, scripted: ScriptedJudge | None = None) -> OwnWords:
    answers = Answers(plan.snapshot.config)
    return OwnWords(READER, answers, scripted or ScriptedJudge(), plan)


def test_the_canary_is_in_the_instructions_of_its_call_alone(
    plan: CallPlan, demo: TenantSnapshot
) -> None:
    other = resolve(demo, CallRequest(call_id="c8", channel="recording", language="en"))
    assert canary("c7") in plan.instructions
    assert canary("c7") not in other.instructions
    assert (
        plan.instructions.partition(canary("c7"))[0]
        == (other.instructions.partition(canary("c8"))[0])
    )


@pytest.mark.parametrize("between", ["", " ", "-", ". "])
def test_whoever_says_the_canary_reads_his_instructions_aloud(plan: CallPlan, between: str) -> None:
    word = between.join(canary("c7"))
    assert judge(plan).output(f"It ends with {word}", "en").category == "leak"
    assert judge(plan).output(f"It ends with {canary('c8')}", "en").passes


def test_a_canary_in_two_clauses_is_heard(plan: CallPlan) -> None:
    word = canary("c7")
    own = judge(plan)
    assert own.output(f"The first half is {word[:5]}", "en").passes
    assert own.output(word[5:], "en").category == "leak"


def test_instructions_are_not_read_out_in_any_language_of_the_line(plan: CallPlan) -> None:
    languages = plan.snapshot.config.languages
    assert len(languages) > 1
    for language in languages:
        text = (RULES / language / "assistant.md").read_text("utf-8")
        row = text.partition("\n- ")[2].split()[: IN_A_ROW + 6]
        whole = judge(plan).output(" ".join(row), language)
        assert (whole.action, whole.category, whole.stage) == (Action.REFUSE, "leak", Stage.OUTPUT)
        own = judge(plan)
        halves = [" ".join(row[:6]), " ".join(row[6:])]
        assert [own.output(half, language).category for half in halves] == ["", "leak"]


def rule(plan: CallPlan, words: int) -> str:
    text = (RULES / plan.language / "assistant.md").read_text("utf-8")
    return " ".join(text.partition("\n- ")[2].split()[:words])


DISGUISES: dict[str, Callable[[str], str]] = {
    "spelled": lambda text: " ".join(text.replace(" ", "")),
    "hyphens": lambda text: "-".join(text.replace(" ", "")),
    "run together": lambda text: text.replace(" ", ""),
    "backwards": lambda text: text[::-1],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "capitals": str.upper,
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_rules_are_known_in_disguise(plan: CallPlan, disguise: str) -> None:
    said = DISGUISES[disguise](rule(plan, 14))
    assert judge(plan).output(said, "en").category == "leak"


def test_the_first_words_of_the_instructions_are_known(plan: CallPlan) -> None:
    clause = f"You are the telephone receptionist of {plan.snapshot.config.company}."
    assert judge(plan).output(clause, "en").category == "leak"


def test_rules_of_another_language_of_the_line_are_known(plan: CallPlan) -> None:
    text = (RULES / "it" / "assistant.md").read_text("utf-8")
    clause = " ".join(text.partition("\n- ")[2].split()[:12])
    assert judge(plan).output(clause, "en").category == "leak"


@pytest.mark.parametrize(
    "clause",
    [
        "I can take a message, promise a call back or book an appointment.",
        "I can't give legal, medical or financial advice, I'm afraid.",
        "I'm an automated assistant and not a person.",
        "I can't help with anything that has nothing to do with Brindlewick Home Services.",
        "Write to brindlewickhomeservices@brindlewickhomeservices.example, please.",
        "A B C D E, is that how it is spelled?",
    ],
)
def test_what_an_assistant_may_say_of_itself_is_no_rule(plan: CallPlan, clause: str) -> None:
    assert judge(plan).output(clause, "en").passes


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at_for_what_it_hides(text: str) -> None:
    assert all(each == each.lower() for each in disguised(text, "en"))


@pytest.mark.parametrize(
    ("clause", "language"),
    [
        ("Then please dial 112 at once.", "en"),
        ("Call nine one one.", "en"),
        ("Dial one, one, two.", "en"),
        ("Wählen Sie bitte die 112.", "de"),
        ("Rufen Sie eins eins zwei an.", "de"),
        ("Chiami subito il 118.", "it"),
        ("Llame al ciento doce.", "es"),
        ("Appelez le 15.", "fr"),
        ("Ligue já para o 112.", "pt"),
    ],
)
def test_a_model_names_no_emergency_number(plan: CallPlan, clause: str, language: str) -> None:
    found = judge(plan).output(clause, language)
    assert (found.action, found.category) == (Action.REFUSE, "emergency")


@pytest.mark.parametrize(
    ("clause", "language"),
    [
        ("The price is 112 pounds.", "en"),
        ("Call us on the number on your bill.", "en"),
        ("Das kostet 112 Euro.", "de"),
        ("Nous sommes au 15 rue Haute.", "fr"),
        ("Stanza 118, secondo piano.", "it"),
    ],
)
def test_a_number_that_is_not_dialled_may_be_said(
    plan: CallPlan, clause: str, language: str
) -> None:
    assert judge(plan).output(clause, language).passes


def test_what_the_judge_finds_stands(plan: CallPlan) -> None:
    own = judge(plan, ScriptedJudge(output_words={"employment": "hired"}))
    assert own.output("You are hired.", "en").category == "employment"
    assert own.output("We open at nine.", "en").passes


class Doubting(ScriptedJudge):
    """Has doubts about the meaning of every clause."""

    def output(self, clause: str, language: str) -> Verdict:
        return replace(found("employment", Stage.OUTPUT, language), detector=Detector.HEAD)


def test_doubts_about_what_the_tenant_has_written_were_settled_when_it_was_screened(
    plan: CallPlan,
) -> None:
    answers = [
        wordings["en"].answer
        for topic in plan.snapshot.config.topics
        if "en" in (wordings := topic.languages)
    ]
    own = judge(plan, Doubting())
    assert all(own.output(answer, "en").passes for answer in answers)
    first = answers[0].partition(",")[0]
    assert own.output(first, "en").passes
    assert not own.output(f"{first} and you are hired", "en").passes
    assert not own.output("You are hired.", "en").passes


def test_rules_hold_for_what_the_tenant_has_written_too(plan: CallPlan) -> None:
    answer = plan.snapshot.config.topics[0].languages["en"].answer
    scripted = ScriptedJudge(output_words={"employment": answer[:8].lower()})
    assert not judge(plan, scripted).output(answer, "en").passes
