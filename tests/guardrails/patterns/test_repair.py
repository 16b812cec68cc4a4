import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.patterns.repair import Repair, names_in
from guardrails.patterns.vocabulary import Open, Sentence, Vocabulary

pytestmark = pytest.mark.unit

_DANGER = ("fire", "choking", "kitchen", "unconscious", "bleed*", "photo")


@pytest.fixture
def vocabulary() -> Vocabulary:
    vocabulary = Vocabulary()
    for word in _DANGER:
        where = Open.AFTER if word.endswith("*") else Open.NOWHERE
        vocabulary.one_of(frozenset({vocabulary.number(word.strip("*"), where)}))
    return vocabulary


@pytest.fixture
def repair(vocabulary: Vocabulary) -> Repair:
    return Repair(vocabulary.look_at, danger=_DANGER, known=("the", "in", "five", "hire", "joking"))


def _found(repair: Repair, vocabulary: Vocabulary, text: str) -> set[str]:
    """Returns the words of danger that `text` is read as."""
    read = repair.look_at(text.split())
    sets = vocabulary.sets()
    return {word for group in read.at for word in sets[group]} if read else set()


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("firre", "fire"),
        ("kitcen", "kitchen"),
        ("ktichen", "kitchen"),
        ("unconsious", "unconscious"),
        ("unconsciuos", "unconscious"),
        ("foto", "photo"),
        ("bleedd", "bleed*"),
        ("thekitchen", "kitchen"),
    ],
)
def test_an_unknown_word_is_read_as_the_word_of_danger_it_resembles(
    repair: Repair, vocabulary: Vocabulary, heard: str, meant: str
) -> None:
    assert meant in _found(repair, vocabulary, heard)


@pytest.mark.parametrize("heard", ["five", "hire", "joking", "the", "in"])
def test_a_word_there_is_stays_what_it_is(
    repair: Repair, vocabulary: Vocabulary, heard: str
) -> None:
    assert repair.look_at([heard]) is None


@pytest.mark.parametrize("heard", ["kettle", "unconditional", "fxxx", "12345", "xy"])
def test_an_unknown_word_that_resembles_none_stays_too(repair: Repair, heard: str) -> None:
    assert repair.look_at([heard]) is None


def test_words_that_ran_together_stand_one_after_the_other(
    repair: Repair,
) -> None:
    read = repair.look_at(["fire", "inthe", "thekitchen"])
    assert read is not None
    assert list(read.words) == ["fire", "inthe", "the", "kitchen"]


def test_a_name_is_no_mishearing(repair: Repair) -> None:
    assert repair.look_at(["firre"], names={"firre"}) is None


def test_names_are_told_by_their_capital_letters() -> None:
    assert names_in("Could I speak to Anna Firth, please? Thank you", "en") == {"anna", "firth"}
    assert names_in("Livio Fusco, per favore", "it") == {"livio", "fusco"}
    assert names_in("Help, the kitchen. Smoke everywhere", "en") == frozenset()


def test_german_writes_more_than_names_with_a_capital_letter() -> None:
    assert names_in("Es brennt in der Küche", "de") == frozenset()


@pytest.fixture
def french() -> Repair:
    vocabulary = Vocabulary()
    for word in ("passez", "passer", "feu"):
        vocabulary.one_of(frozenset({vocabulary.number(word)}))
    return Repair(
        vocabulary.look_at,
        danger=["feu", "passez"],
        known=["passer", "feux", "moi"],
        language="fr",
        homophones=["passez"],
    )


def test_a_known_word_stands_for_one_that_sounds_the_same_where_that_is_asked_for(
    french: Repair,
) -> None:
    assert french.look_at(["passer", "moi"]) is None
    read = french.homophones(Sentence(words=["passer", "moi"], at={}, ends=7))
    assert read is not None
    assert list(read.at.values()) == [1]


def test_other_known_words_stand_for_nothing(french: Repair) -> None:
    assert french.homophones(Sentence(words=["feux", "moi"], at={}, ends=7)) is None


@given(st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=30), max_size=30))
def test_any_words_are_read_within_their_sentence(heard: list[str]) -> None:
    vocabulary = Vocabulary()
    vocabulary.one_of(frozenset({vocabulary.number("fire")}))
    read = Repair(vocabulary.look_at, danger=["fire"], known=["a"]).look_at(heard)
    if read is not None:
        assert "".join(read.words) == "".join(heard)
        assert all(0 <= places < 1 << len(read.words) for places in read.at.values())
