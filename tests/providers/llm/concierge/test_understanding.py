"""What callers say, in sentences that are neither patterns nor exemplars."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from prompts.loader import available
from providers.llm.concierge.state import Act
from providers.llm.concierge.turn import Language
from providers.llm.concierge.vocabulary import Kind

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parent / "utterances"
RIGHT_AT_LEAST = 0.95


def utterances(language: str) -> list[tuple[Kind, str]]:
    written = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return [(Kind(kind), text) for kind, texts in written.items() for text in texts]


@pytest.mark.parametrize("code", available())
def test_almost_every_sentence_is_understood(code: str, languages: Mapping[str, Language]) -> None:
    understanding = languages[code].understanding
    asked = utterances(code)
    wrong = {
        text: act.kind.value
        for kind, text in asked
        if not fits(kind, act := acted(understanding.acts(text)))
    }
    assert len(wrong) <= len(asked) * (1 - RIGHT_AT_LEAST), wrong


@pytest.mark.parametrize("code", available())
def test_no_sentence_of_the_test_is_an_exemplar(
    code: str, languages: Mapping[str, Language]
) -> None:
    texts = languages[code].grammar.texts
    taught = {text for intent in texts.intents.values() for text in intent.exemplars}
    assert {text for _, text in utterances(code)}.isdisjoint(taught | set(texts.topics))


@pytest.mark.parametrize("code", available())
def test_no_exemplar_is_nearest_to_another_intent(
    code: str, languages: Mapping[str, Language]
) -> None:
    language = languages[code]
    for kind, intent in language.grammar.texts.intents.items():
        for text in intent.exemplars:
            assert language.understanding.guess(language.grammar.tidy(text)).kind is kind, text


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("put me through to R as in Rome O S S I", "r as in rome o s s i"),
        ("can I speak to N for November A I R", "n for november a i r"),
    ],
)
def test_examples_of_letters_are_neither_departments_nor_reasons(
    text: str, target: str, languages: Mapping[str, Language]
) -> None:
    act = acted(languages["en"].understanding.acts(text))
    assert (act.target, act.department, act.reason) == (target, "", "")


def acted(acts: tuple[Act, ...]) -> Act:
    assert acts
    return acts[-1]


def fits(kind: Kind, act: Act) -> bool:
    """A route may also be a question that names whom to try: both look the name up."""
    return act.kind is kind or (kind is Kind.ROUTE and bool(act.target))
