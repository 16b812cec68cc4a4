"""Whether this is a machine: the product's own answers, judged by the shipped policy."""

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.verdict import Action
from prompts.loader import load

pytestmark = pytest.mark.unit

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard(load_policy())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_products_answers_are_the_truth_about_itself(guard: Guard, language: str) -> None:
    texts = load(language)
    phrases = texts.concierge["phrases"]
    told = [guard.say("robot_question", language, turn) for turn in range(2)]
    for line in (*phrases["robot"], *phrases["identity"], *texts.session["disclosure"], *told):
        verdict = guard.output(line.replace("{company}", "Acme"), language)
        assert (verdict.category, verdict.action) == ("robot_question", Action.LOG), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_line_of_the_product_answers_it(guard: Guard, language: str) -> None:
    texts = load(language)
    about_itself = {"robot", "identity", "personal"}
    for key, lines in {**texts.concierge["phrases"], **texts.tools}.items():
        for line in lines if key not in about_itself else ():
            assert guard.output(line, language).category != "robot_question", line


@pytest.mark.parametrize(
    ("denial", "language"),
    [
        ("I'm not a robot.", "en"),
        ("I'm a human being, my name is Anna.", "en"),
        ("Ich bin kein Roboter.", "de"),
        ("Ich bin keine Maschine.", "de"),
        ("Non sono un robot.", "it"),
        ("No soy un robot.", "es"),
        ("Je ne suis pas un robot.", "fr"),
        ("Não sou um robô.", "pt"),
    ],
)
def test_a_denial_is_refused(guard: Guard, denial: str, language: str) -> None:
    verdict = guard.output(denial, language)
    assert (verdict.category, verdict.action) == ("manipulation", Action.REFUSE)
