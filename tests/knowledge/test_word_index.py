"""Words a recogniser misheard or split are put right; words somebody knows are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.phrasing import stems
from knowledge.word_index import WordIndex

pytestmark = pytest.mark.unit

TEXTS = [["avez-vous un parking", "où se garer"], ["entretien de la chaudière"], ["par carte"]]
INDEX = WordIndex.of(len(TEXTS), WordIndex.arrays_of(TEXTS))
KNOWN_WORDS = [
    "avez",
    "vous",
    "un",
    "parking",
    "garer",
    "entretien",
    "par",
    "carte",
    "roi",
    "a",
    "x",
]
KNOWN = frozenset(stems("est-ce que il y a le roi du lac"))


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("avez-vous un par king", "avez-vous un parking"),
        ("un entre tien", "un entretien"),
        ("la par que", "la par que"),
        ("par la king", "par la king"),
        ("un barking", "un parking"),
        ("par king par king", "parking parking"),
        ("king", "king"),
        ("", ""),
    ],
)
def test_words_are_put_together_when_one_of_them_is_unknown(heard: str, meant: str) -> None:
    assert INDEX.mended(heard, KNOWN) == meant


def test_known_words_are_not_put_together() -> None:
    index = WordIndex.of(2, WordIndex.arrays_of([["par", "king"], ["parking"]]))
    assert index.mended("par king", frozenset()) == "par king"


@given(st.lists(st.sampled_from(KNOWN_WORDS)))
def test_what_everybody_knows_stays_as_it_is(words: list[str]) -> None:
    said = " ".join(words)
    assert INDEX.mended(said, KNOWN) == said
