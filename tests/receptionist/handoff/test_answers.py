"""A yes, a no, a machine and a wish to come back are understood in six languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.loader import available, load
from receptionist.handoff.answers import Answer, reader_of
from receptionist.handoff.contract import Heard

pytestmark = pytest.mark.unit

SAID = {
    "en": {
        Answer.ACCEPTED: ["yes", "Yes, please.", "sure, put him through", "I'll take it", "okay"],
        Answer.DECLINED: ["no", "not now", "I can't, I'm in a meeting", "No, call me back later"],
        Answer.MACHINE: [
            "Please leave a message after the tone",
            "you've reached the voicemail of",
        ],
    },
    "it": {
        Answer.ACCEPTED: ["sì", "Sì, grazie", "me lo passi", "va bene", "lo prendo io"],
        Answer.DECLINED: ["no", "adesso non posso", "sono in riunione", "No, richiamo più tardi"],
        Answer.MACHINE: ["lasciate un messaggio dopo il segnale acustico", "segreteria telefonica"],
    },
    "es": {
        Answer.ACCEPTED: ["sí", "sí, pásemelo", "claro", "vale, lo cojo yo", "pásame la llamada"],
        Answer.DECLINED: ["no", "ahora no puedo", "estoy en una reunión", "no, más tarde"],
        Answer.MACHINE: ["deje su mensaje después de la señal", "buzón de voz"],
    },
    "fr": {
        Answer.ACCEPTED: ["oui", "oui, passez le moi", "d'accord", "je le prends", "bien sûr"],
        Answer.DECLINED: ["non", "je ne peux pas", "je suis en réunion", "non, plus tard"],
        Answer.MACHINE: [
            "laissez un message après le bip sonore",
            "vous êtes sur la messagerie de",
        ],
    },
    "de": {
        Answer.ACCEPTED: ["ja", "ja, stellen Sie durch", "ja gerne", "ich übernehme", "klar"],
        Answer.DECLINED: ["nein", "jetzt nicht", "ich kann gerade nicht", "nein, ich rufe zurück"],
        Answer.MACHINE: ["hinterlassen Sie eine Nachricht nach dem Signalton", "die Mailbox von"],
    },
    "pt": {
        Answer.ACCEPTED: ["sim", "sim, pode passar", "claro", "eu atendo", "está bem"],
        Answer.DECLINED: ["não", "agora não posso", "estou em reunião", "não, mais tarde"],
        Answer.MACHINE: ["deixe a sua mensagem após o sinal", "caixa postal"],
    },
}
BACK = {
    "en": ["no, come back", "stop", "never mind", "don't call him", "cancel that please"],
    "it": ["no, torni indietro", "basta", "lasci stare", "non lo chiami", "non importa"],
    "es": ["no, vuelva", "déjelo", "no importa", "no lo llame", "cancele"],
    "fr": ["non, revenez", "arrêtez", "laissez tomber", "tant pis", "annulez s'il vous plaît"],
    "de": ["nein, kommen Sie zurück", "lassen Sie es", "stopp", "schon gut", "nicht verbinden"],
    "pt": ["não, volte", "deixe estar", "pare", "não importa", "cancele"],
}
WAITS = {
    "en": ["hello?", "are you still there", "when do you open on Saturday", "thank you"],
    "it": ["pronto?", "è ancora in linea", "quando aprite sabato", "grazie"],
    "es": ["¿hola?", "sigue ahí", "cuándo abren el sábado", "gracias"],
    "fr": ["allô ?", "vous êtes là", "quand ouvrez-vous samedi", "merci"],
    "de": ["hallo?", "sind Sie noch da", "wann öffnen Sie am Samstag", "danke"],
    "pt": ["está lá?", "ainda está aí", "quando abrem no sábado", "obrigado"],
}
ANSWERS = [
    (language, answer, words)
    for language, meant in SAID.items()
    for answer, several in meant.items()
    for words in several
]


def pairs(said: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, words) for language, several in said.items() for words in several]


@pytest.mark.parametrize(("language", "answer", "words"), ANSWERS)
def test_an_answer_is_understood(language: str, answer: Answer, words: str) -> None:
    assert reader_of(load(language)).read(Heard(words=words)).answer is answer


@pytest.mark.parametrize(("language", "words"), pairs(BACK))
def test_a_caller_may_say_that_he_wants_to_come_back(language: str, words: str) -> None:
    assert reader_of(load(language)).comes_back(words)


@pytest.mark.parametrize(("language", "words"), pairs(WAITS))
def test_a_caller_who_says_something_else_goes_on_waiting(language: str, words: str) -> None:
    assert not reader_of(load(language)).comes_back(words)


@pytest.mark.parametrize("language", available())
def test_what_the_star_says_while_it_rings_is_understood(language: str) -> None:
    texts = load(language)
    assert reader_of(texts).comes_back(texts.session["dtmf_come_back"][0])


@pytest.mark.parametrize("language", available())
def test_what_callers_are_told_to_say_is_understood(language: str) -> None:
    told = " ".join(load(language).session["ringing"])
    said = {"en": "come back", "it": "torna indietro", "es": "vuelve", "fr": "revenez"}
    words = said.get(language, {"de": "zurück", "pt": "volte"}.get(language, ""))
    assert words in told
    assert reader_of(load(language)).comes_back(words)


@pytest.mark.parametrize("language", available())
def test_silence_and_keys_are_answers_too(language: str) -> None:
    reader = reader_of(load(language))
    assert reader.read(Heard()).answer is Answer.SILENT
    assert reader.read(Heard(key="1", words="no")).answer is Answer.ACCEPTED
    assert reader.read(Heard(key="2")).answer is Answer.DECLINED
    assert reader.read(Heard(key="7")).answer is Answer.UNCLEAR


def test_a_reason_is_given_in_the_colleagues_own_words() -> None:
    reader = reader_of(load("en"))
    assert reader.read(Heard(words="No.")).reason == ""
    assert reader.read(Heard(words=" Not now, I'm driving. ")).reason == "Not now, I'm driving."


@given(
    words=st.text(max_size=600),
    key=st.text(max_size=2),
    spoke_s=st.floats(0, 100),
    language=st.sampled_from(available()),
)
def test_whatever_is_heard_is_some_answer(
    words: str, key: str, spoke_s: float, language: str
) -> None:
    reader = reader_of(load(language))
    reply = reader.read(Heard(words=words, key=key, spoke_s=spoke_s))
    assert reply.answer in Answer
    assert not reply.reason or reply.answer is Answer.DECLINED
    assert reader.comes_back(words) in (True, False)
