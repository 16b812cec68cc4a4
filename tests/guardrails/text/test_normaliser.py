import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.text.normaliser import words

pytestmark = pytest.mark.unit


def normalise(text: str, language: str = "") -> str:
    return " ".join(words(text, language))


TRICKS = st.text(
    alphabet="abehlpkiAÉß013457@$'-.,!… \n\u200b\u00ad\u202eаеорсхіαο\u0301ʼ_9zZñøﬁ①Ⅷ㎏あ한İ",
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Can't BREATHE!", "can t breathe"),
        ("Perché l’impiegato è lì?", "perche l impiegato e li"),
        ("Straße, Öl, Ærø, Łódź", "strasse ol aero lodz"),
        ("k\u200bi\u00adll", "kill"),
        ("раypal аpple", "paypal apple"),
        ("k1ll h3lp su1c1de p@$$word", "kill help suicide password"),
        ("h e l p me", "help me"),
        ("h-e-l-p and a.i.u.t.o", "help and aiuto"),
        ("heeeelp pleeease killll", "help please kill"),
        ("I I I can't can't breathe", "i can t breathe"),
        ("help me help me", "help me"),
        ("br-breathe, w... want", "breathe want"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
    ],
)
def test_what_is_disguised_or_stammered_becomes_what_is_meant(written: str, meant: str) -> None:
    assert normalise(written) == meant


@pytest.mark.parametrize(
    "plain",
    [
        "24h 3pm b2b h2o mp3",
        "sw1a 1aa ec1v2nx",
        "nine nine nine",
        "uno uno due",
        "1 1 2",
        "привет мир",
        "n y a t il pas",
        "il y a",
        "kill off miss",
    ],
)
def test_what_is_no_trick_stays(plain: str) -> None:
    assert normalise(plain) == plain


def test_an_address_keeps_its_parts() -> None:
    assert normalise("info@example.com") == "info example com"


@pytest.mark.parametrize(
    ("language", "written", "meant"),
    [
        ("en", "um, I need uh help", "i need help"),
        ("de", "ähm, um drei Uhr", "um drei uhr"),
        ("pt", "um homem, ehm, caiu", "um homem caiu"),
        ("fr", "euh oui heu non", "oui non"),
        ("en", "I'm in the ER", "i m in the er"),
    ],
)
def test_hesitation_is_left_out_as_the_language_sounds(
    language: str, written: str, meant: str
) -> None:
    assert normalise(written, language) == meant


@given(st.one_of(st.text(max_size=80), TRICKS), st.sampled_from(["", "en", "it", "de", "pt"]))
@settings(max_examples=1500, deadline=None)
def test_a_second_time_changes_nothing(text: str, language: str) -> None:
    once = normalise(text, language)
    assert normalise(once, language) == once


@given(st.one_of(st.text(max_size=200), TRICKS))
@settings(max_examples=500, deadline=None)
def test_the_result_is_words_between_single_spaces_and_bounded(text: str) -> None:
    result = normalise(text)
    assert result == " ".join(result.split())
    assert len(result) <= 20 * len(text)
    assert not any(character in result for character in "'-.,!?\u200b\u00ad")
