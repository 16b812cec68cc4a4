from collections.abc import Iterator
from pathlib import Path
from time import thread_time

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import RULES, load_policy
from guardrails.policy.models import Policy
from guardrails.policy.seeds import load_seeds
from guardrails.verdict import Action, Detector
from tests.guardrails.policies import small_policy

pytestmark = pytest.mark.integration

_DANGER = ("emergency", "self_harm")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="module")
def guard(policy: Policy) -> Guard:
    return Guard(policy)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my husband is unconsious on the floor"),
        ("en", "theres a fire inthe kitchenn"),
        ("it", "mio marito non respirra più"),
        ("it", "c'è un inzendio in cucina"),
        ("es", "mi madre no respirra"),
        ("es", "mi marido está inconsiente en el suelo"),
        ("fr", "mon mari ne respirre plus"),
        ("fr", "mon père est inconsciant par terre"),
        ("de", "mein Mann attmet nicht mehr"),
        ("de", "meine Frau ist bewustlos"),
        ("pt", "o meu pai não respirra"),
        ("pt", "o meu pai está inconscente no chão"),
    ],
)
def test_danger_is_heard_through_words_that_are_wrong(
    guard: Guard, language: str, text: str
) -> None:
    for verdict in (guard.turn(text, language), guard.interim(text, language)):
        assert verdict.action is Action.EMERGENCY, text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I want to speak to a humen please"),
        ("it", "Operature"),
        ("it", "vorrei parlare con un operattore"),
        ("es", "quiero hablar con una perssona"),
        ("fr", "Obertatrice"),
        ("fr", "L'opérateur fil vous plaît"),
        ("de", "Mensch bitter"),
        ("de", "Ich leg auf, wenn nicht ein Mensch ranget"),
        ("pt", "queria falar com uma pesoa"),
    ],
)
def test_who_wants_a_person_is_heard_through_words_that_are_wrong(
    guard: Guard, language: str, text: str
) -> None:
    verdict = guard.turn(text, language)
    assert (verdict.action, verdict.category) == (Action.HANDOFF, "human_request"), text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Pearson please"),
        ("en", "Could I speak to Mr Pearson please?"),
        ("de", "Frau Menz bitte"),
        ("it", "Persano, grazie"),
        ("fr", "Madame Personne s'il vous plaît"),
        ("fr", "Les ressources humaines, s'il vous plaît."),
    ],
)
def test_a_name_that_is_almost_a_person_is_put_through(
    guard: Guard, language: str, text: str
) -> None:
    assert guard.turn(text, language).passes


def test_what_words_were_read_as_is_less_sure_than_what_was_said(guard: Guard) -> None:
    verdict = guard.turn("my husband is unconsious on the floor", "en")
    assert verdict.detector is Detector.RULES
    assert 0 < verdict.score < 1


def test_other_prohibitions_are_found_in_words_as_they_are_alone(tmp_path: Path) -> None:
    guard = Guard(small_policy(tmp_path))
    assert not guard.config("rank the applicants", "en").passes
    assert guard.config("rank the aplicants", "en").passes
    assert guard.turn("rannk the aplicants", "en").passes


def _ordinary(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yields turns nothing is wrong with, and of other prohibitions their harmless look-alikes."""
    for language, seeds in load_seeds(RULES, policy.categories).items():
        for text in seeds.ordinary.turn:
            yield language, text
        for category in seeds.categories.values():
            for text in category.turn.passes:
                yield language, text


def test_no_ordinary_turn_is_taken_for_danger_misheard(guard: Guard, policy: Policy) -> None:
    turns = list(_ordinary(policy))
    verdicts = [(text, guard.turn(text, language)) for language, text in turns]
    found = [text for text, one in verdicts if one.category in _DANGER and one.score < 1]
    assert len(turns) > 1_000
    assert len(found) <= len(turns) // 1_000, found


def test_a_turn_of_unknown_words_takes_no_longer_than_is_bounded(guard: Guard) -> None:
    text = " ".join(f"unknwon{letter}ord" * 2 for letter in "abcdefghijklmnopqrstuvwxyz" * 20)
    guard.turn("warm", "en")
    started = thread_time()
    guard.turn(text, "en")
    assert thread_time() - started < 0.25
