"""Whisper hears that the caller speaks another language, over a telephone line."""

import pytest

from eval.speech import CallerVoices
from providers.contracts import STTOptions
from providers.stt.whisper import WhisperSTT
from tests.providers.stt.spoken import RATE_HZ, listening, word_error_rate

pytestmark = pytest.mark.integration

ENGLISH = STTOptions(language="en", rate_hz=RATE_HZ, others=("it", "es", "fr", "de", "pt"))
SAID = [
    ("it", "kokoro:if_sara", "Buongiorno, a che ora aprite domani?"),
    ("it", "kokoro:im_nicola", "Vorrei parlare con il signor Rossi, per favore."),
    ("es", "kokoro:ef_dora", "Buenos días, ¿a qué hora abren mañana?"),
    ("fr", "kokoro:ff_siwis", "Bonjour, à quelle heure ouvrez-vous demain ?"),
    ("de", "kokoro:de_if_sara", "Guten Tag, wann öffnen Sie morgen?"),
    ("pt", "kokoro:pf_dora", "Queria falar com o senhor Silva, por favor."),
]
NAMES = [
    "Can I speak to Giovanni Bianchi, please?",
    "I live in Rue de la République, Lyon.",
    "El Corte Inglés sent me the bill.",
    "Hasta la vista, just kidding, when do you open?",
    "Ask Herr Zimmermann to ring me.",
    "My name is João Pereira da Silva.",
]


@pytest.mark.parametrize(("language", "voice", "text"), SAID)
async def test_a_sentence_in_another_language_is_written_in_it(
    whisper: WhisperSTT, voices: CallerVoices, language: str, voice: str, text: str
) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        final = await ears.utterance(voices.say(voice, text, language=language))
    assert str(final.language) == language
    assert word_error_rate([text], [final.text]) <= 0.35


async def test_english_stays_english_whatever_names_are_in_it(
    whisper: WhisperSTT, voices: CallerVoices
) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        for text in NAMES:
            final = await ears.utterance(voices.say("hibari:default", text))
            assert str(final.language) == "en", text


async def test_without_others_it_writes_the_language_it_was_told(
    whisper: WhisperSTT, voices: CallerVoices
) -> None:
    only = STTOptions(language="en", rate_hz=RATE_HZ)
    async with listening(whisper.service(only)) as ears:
        final = await ears.utterance(voices.say(SAID[0][1], SAID[0][2], language="it"))
    assert str(final.language) == "en"


async def test_the_next_turn_is_judged_by_itself(whisper: WhisperSTT, voices: CallerVoices) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        first = await ears.utterance(voices.say(SAID[0][1], SAID[0][2], language="it"))
        second = await ears.utterance(voices.say("hibari:default", "When do you open tomorrow?"))
    assert [str(first.language), str(second.language)] == ["it", "en"]
