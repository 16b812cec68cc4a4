import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.text.sounds import sound, sounds

pytestmark = pytest.mark.unit

LANGUAGES = st.sampled_from(["", "de", "en", "es", "fr", "it", "pt"])


@pytest.mark.parametrize(
    ("language", "heard", "meant"),
    [
        ("", "foto", "photo"),
        ("de", "bitter", "bitte"),
        ("de", "wehr", "wer"),
        ("de", "hunt", "hund"),
        ("en", "rong", "wrong"),
        ("en", "breeth", "breath"),
        ("es", "handa", "janda"),
        ("es", "aogar", "ahogar"),
        ("es", "baca", "vaca"),
        ("fr", "passer", "passez"),
        ("fr", "parlais", "parler"),
        ("fr", "feut", "feux"),
        ("fr", "humin", "humain"),
        ("it", "olio", "oglio"),
        ("pt", "caicha", "caixa"),
        ("pt", "fogu", "fogo"),
    ],
)
def test_what_sounds_the_same_is_the_same(language: str, heard: str, meant: str) -> None:
    assert sound(heard, language) == sound(meant, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "mensch", "mann"),
        ("en", "person", "parson"),
        ("es", "persona", "persiana"),
        ("fr", "humain", "demain"),
        ("fr", "standard", "standing"),
        ("it", "operatore", "operaio"),
        ("pt", "pessoa", "pessego"),
    ],
)
def test_what_sounds_otherwise_is_told_apart(language: str, one: str, other: str) -> None:
    assert sound(one, language) != sound(other, language)


def test_what_sounds_the_same_in_one_language_does_not_in_another() -> None:
    assert sound("passer", "de") != sound("passez", "de")


@given(st.text(string.ascii_lowercase, max_size=30), LANGUAGES)
def test_a_word_sounds_as_in_its_language_and_as_anywhere(word: str, language: str) -> None:
    assert sounds(word, language) == {sound(word, language), sound(word, "")}
