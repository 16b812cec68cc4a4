"""Only a plain yes is a yes to being recorded, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.loader import available, load
from receptionist.consent.reading import ConsentReader, Reading
from receptionist.consent.records import Consent

pytestmark = pytest.mark.unit

GIVEN = {
    "en": ["Yes.", "Yes, please", "um yes", "sure, go ahead", "No problem", "I don't mind", "okay"],
    "it": ["Sì", "sì, va bene", "sì può registrare", "nessun problema", "certo", "d'accordo"],
    "es": ["Sí", "sí, claro", "vale", "no hay problema", "no me importa", "sí, pueden grabar"],
    "fr": ["Oui", "oui bien sûr", "pas de problème", "ça ne me dérange pas", "oui allez-y"],
    "de": ["Ja", "ja gerne", "kein Problem", "das dürfen Sie", "ich habe nichts dagegen"],
    "pt": ["Sim", "sim, pode", "pode gravar", "sem problema", "não me importo", "claro"],
}
REFUSED = {
    "en": ["no", "No thanks", "I'd rather not", "please don't record this", "I do mind"],
    "it": ["no", "no grazie", "preferisco di no", "non voglio essere registrato"],
    "es": ["no", "no, gracias", "no quiero que me graben", "prefiero que no"],
    "fr": ["non", "non merci", "je ne veux pas être enregistré", "ça me dérange"],
    "de": ["nein", "nein danke", "lieber nicht", "ich möchte nicht aufgezeichnet werden"],
    "pt": ["não", "não, obrigado", "não quero ser gravado", "prefiro que não"],
}
UNCLEAR = {
    "en": ["right", "please", "okay?", "What for?", "hello", "I'd like to speak to Helen Marsh"],
    "it": ["per favore", "perché?", "pronto", "vorrei parlare con Rossi"],
    "es": ["por favor", "¿para qué?", "hola", "quiero hablar con ventas"],
    "fr": ["s'il vous plaît", "pourquoi ?", "allô", "je voudrais parler à Marie"],
    "de": ["bitte", "wozu?", "hallo", "ich möchte mit dem Vertrieb sprechen"],
    "pt": ["por favor", "para quê?", "bom dia", "queria falar com vendas"],
}
TAKEN_BACK = {
    "en": "Yes but don't record it",
    "it": "Sì ma non registrate",
    "es": "Sí, pero no graben",
    "fr": "Oui mais n'enregistrez pas",
    "de": "Ja, aber bitte nicht aufzeichnen",
    "pt": "Sim, mas não gravem",
}
READERS = {language: ConsentReader(load(language)) for language in available()}


def each(answers: dict[str, list[str]]) -> list[tuple[str, str]]:
    assert set(answers) == set(READERS)
    return [(language, text) for language, texts in answers.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), each(GIVEN))
def test_a_plain_yes_is_consent(language: str, text: str) -> None:
    assert READERS[language].read(text) == Reading(consent=Consent.GIVEN, settled=True)


@pytest.mark.parametrize(("language", "text"), each(REFUSED))
def test_a_no_is_a_refusal(language: str, text: str) -> None:
    assert READERS[language].read(text) == Reading(consent=Consent.REFUSED, settled=True)


@pytest.mark.parametrize(("language", "text"), each(UNCLEAR))
def test_anything_else_is_neither_and_goes_to_the_brain(language: str, text: str) -> None:
    assert READERS[language].read(text) == Reading(consent=Consent.UNCLEAR, settled=False)


@pytest.mark.parametrize(("language", "text"), TAKEN_BACK.items())
def test_a_yes_that_is_taken_back_is_a_refusal(language: str, text: str) -> None:
    assert READERS[language].read(text).consent is Consent.REFUSED


def test_a_no_with_a_wish_leaves_the_wish_to_the_brain() -> None:
    found = READERS["en"].read("no, I want to talk to sales")
    assert found == Reading(consent=Consent.REFUSED, settled=False)


@given(st.sampled_from(sorted(READERS)), st.text("bdfgqwxz", min_size=3))
def test_a_yes_with_anything_behind_it_is_no_consent(language: str, more: str) -> None:
    assert READERS[language].read(f"{GIVEN[language][0]} {more}").consent is not Consent.GIVEN


@given(st.sampled_from(sorted(READERS)), st.text())
def test_whatever_is_said_is_read(language: str, text: str) -> None:
    assert READERS[language].read(text).consent in Consent
