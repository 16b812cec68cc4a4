"""Names, numbers, addresses and times, in the ways callers give them."""

import json
import re
from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from knowledge.spoken import speech
from prompts.loader import available, load
from providers.llm.concierge.capture.corrections import correct
from providers.llm.concierge.capture.details import DetailReader, readers
from providers.llm.concierge.draft import Draft, Gap, Task
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.texts import parse

pytestmark = pytest.mark.unit

LANGUAGES = available()
DIGITS = st.text("0123456789", min_size=6, max_size=15)


@cache
def reader(language: str) -> DetailReader:
    grammar = Grammar(parse(load(language).concierge, provider="test"), provider="test")
    return DetailReader(grammar, readers(grammar, language))


@cache
def grammar(language: str) -> Grammar:
    return Grammar(parse(load(language).concierge, provider="test"), provider="test")


def number(language: str, said: str) -> str:
    return "".join(reader(language).answer(Gap.NUMBER, said).groups)


def name(language: str, said: str) -> str:
    return reader(language).answer(Gap.NAME, said).name


def corrected(language: str, draft: Draft, said: str) -> Draft:
    changed = correct(reader(language), grammar(language), draft, said)
    assert changed is not None, said
    return changed


@settings(max_examples=60, deadline=None)
@given(digits=DIGITS, language=st.sampled_from(LANGUAGES))
def test_a_number_read_out_by_the_assistant_is_heard_as_the_same(
    digits: str, language: str
) -> None:
    assert number(language, speech(language).digits(digits)) == digits


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.lists(st.integers(21, 69).filter(lambda n: n % 10), min_size=3, max_size=6),
    language=st.sampled_from(LANGUAGES),
)
def test_a_number_said_in_pairs_is_heard(pairs: list[int], language: str) -> None:
    said = ", ".join(num2words(pair, lang=language) for pair in pairs)
    assert number(language, said) == "".join(map(str, pairs))


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=120), language=st.sampled_from(LANGUAGES))
def test_no_text_breaks_the_readers(text: str, language: str) -> None:
    found = reader(language).given(text)
    assert re.fullmatch(r"\+?\d*", "".join(found.groups))
    for gap in Gap:
        assert reader(language).answer(gap, text) is not None


@pytest.mark.parametrize(
    ("language", "said", "digits"),
    [
        ("en", "oh seven seven double two, triple five", "07722555"),
        ("en", "+44 1632 960123", "+441632960123"),
        ("en", "555 0123 no wait 0124", "5550124"),
        ("en", "five five five oh one two three sorry one two four", "5550124"),
        ("en", "555 0123 no sorry it's 555 0199", "5550199"),
        ("en", "5 5 5 0 1 2 3", "5550123"),
        ("it", "zero sei, cinquantacinque, venti uno, trentatré", "06552133"),
        ("it", "trecentotrentatré dodici trentaquattro", "3331234"),
        ("it", "333 123 no aspetti 124", "333124"),
    ],
)
def test_a_number_is_heard_however_it_is_said(language: str, said: str, digits: str) -> None:
    assert number(language, said) == digits


@pytest.mark.skipif("fr" not in LANGUAGES, reason="nobody has written French yet")
@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit", "0612345678"),
        ("zéro un quarante deux quatre-vingt-dix-neuf soixante et onze", "01429971"),
    ],
)
def test_french_pairs_are_heard(said: str, digits: str) -> None:
    assert number("fr", said) == digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("It's a 1632", "01632"),
        ("At 1632, 960 814.", "01632960814"),
        ("my number is a 1632 960814", "01632960814"),
        ("oh 1632 960814", "01632960814"),
        ("you can reach me at 5550123", "5550123"),
        ("a friend's: 5550123", "5550123"),
        ("at 0163 2960", "01632960"),
    ],
)
def test_what_stands_for_a_zero_in_front_of_a_number_is_one(said: str, digits: str) -> None:
    assert number("en", said) == digits


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [
        ("en", "smith, s m y t h", "Smyth"),
        ("en", "it's smith spelled s m y t h", "Smyth"),
        ("en", "R as in Rome, O as in Oscar, double s, i as in India", "Rossi"),
        ("en", "tom baker, b for bravo, a for alpha, k, e, r", "Tom Baker"),
        ("en", "jean hyphen paul martin", "Jean-Paul Martin"),
        ("en", "o apostrophe brien", "O'Brien"),
        ("en", "eric with a k", "Erik"),
        ("en", "Ana with two n's", "Anna"),
        ("en", "it's anna rossi, anna with two n's", "Anna Rossi"),
        ("en", "sara with an h", "Sarah"),
        ("it", "rossi, erre o esse esse i", "Rossi"),
        ("it", "R come Roma, O come Otranto, doppia esse, I come Imola", "Rossi"),
        ("it", "mi chiamo carla con la kappa", "Karla"),
        ("it", "d apostrofo angelo", "D'Angelo"),
    ],
)
def test_a_name_is_written_as_it_is_spelled(language: str, said: str, written: str) -> None:
    assert name(language, said) == written


@pytest.mark.parametrize(
    ("language", "said", "address"),
    [
        ("en", "john dot smith at gmail dot com", "john.smith@gmail.com"),
        ("en", "j s m i t h at out look dot com", "jsmith@outlook.com"),
        ("en", "anna underscore rossi eighty four at bianchi dash tax dot co dot uk",
         "anna_rossi84@bianchi-tax.co.uk"),
        ("en", "it's all lower case, tom at acme dot org", "tom@acme.org"),
        ("en", "my email is maria at g mail dot com please", "maria@gmail.com"),
        ("en", "You can write to j.doe@example.com.", "j.doe@example.com"),
        ("it", "mario punto rossi chiocciola libero punto it", "mario.rossi@libero.it"),
        ("it", "la mia mail è anna trattino basso verdi chiocciola gimail punto com",
         "anna_verdi@gmail.com"),
    ],
)  # fmt: skip
def test_an_address_is_written_as_it_is_said(language: str, said: str, address: str) -> None:
    assert reader(language).answer(Gap.EMAIL, said).email == address


@pytest.mark.parametrize(
    "said", ["meet me at the office", "i live at number four", "at noon", "the shop at the corner"]
)
def test_at_alone_is_no_address(said: str) -> None:
    assert reader("en").given(said).email == ""


@settings(max_examples=60, deadline=None)
@given(
    local=st.lists(st.from_regex(r"[b-z]{4,8}", fullmatch=True), min_size=1, max_size=3),
    domain=st.sampled_from(["gmail", "outlook", "libero"]),
)
def test_an_address_of_plain_words_round_trips(local: list[str], domain: str) -> None:
    said = f"{' dot '.join(local)} at {domain} dot com"
    assert reader("en").answer(Gap.EMAIL, said).email == f"{'.'.join(local)}@{domain}.com"


@pytest.mark.parametrize(
    ("language", "said", "when"),
    [
        ("en", "call me back tomorrow after five", "tomorrow after five"),
        ("en", "on tuesday morning please", "on tuesday morning"),
        ("en", "next week, any time", "next week any time"),
        ("en", "the third of march at half past two", "the third of march at half past two"),
        ("en", "in half an hour", "in half an hour"),
        ("en", "on 28 March 2027 at ten", "on 28 march 2027 at ten"),
        ("en", "28 march", "28 march"),
        ("en", "my boiler is leaking", ""),
        ("it", "mi richiami domani dopo le cinque", "domani dopo le cinque"),
        ("it", "martedì alle nove e mezza", "martedì alle nove e mezza"),
        ("it", "il tre marzo di mattina", "il tre marzo di mattina"),
        ("it", "la caldaia perde", ""),
        ("it", "il 10 dicembre 2027 alle dieci", "il 10 dicembre 2027 alle dieci"),
        ("es", "el 10 de diciembre de 2027", "el 10 de diciembre de 2027"),
        ("de", "am 10. dezember 2027", "am 10 dezember 2027"),
    ],
)
def test_a_day_and_a_time_are_found(language: str, said: str, when: str) -> None:
    words = grammar(language).tidy(said)
    assert str(reader(language).readers.moments.find(words)) == when


NOTE = Draft(name="Ann Baker", groups=("5550123",), about="the boiler on Friday")
TIMED = Draft(
    task=Task.CALLBACK, name="Ann Baker", groups=("5550123",), when="on friday after five"
)


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("the number ends in 45", "number", "5550145"),
        ("it starts with 666", "number", "6660123"),
        ("5 not 3", "number", "5550125"),
        ("the number is 555 0199", "number", "5550199"),
        ("it's ann with an e", "name", "Anne Baker"),
        ("Ann Barker", "name", "Ann Barker"),
        ("not baker, barker", "name", "Ann Barker"),
        ("barker not baker", "name", "Ann Barker"),
        ("the message is the roof", "about", "the roof"),
        ("not the boiler, the heater", "about", "the heater on Friday"),
        ("my email is ann at gmail dot com", "email", "ann@gmail.com"),
        ("the name is wrong", "name", ""),
        ("the number is wrong", "number", ""),
    ],
)
def test_one_part_of_a_message_is_put_right(said: str, field: str, value: str) -> None:
    changed = corrected("en", NOTE, said)
    assert getattr(changed, field) == value
    others = {"number", "name", "about", "email"} - {field}
    assert {other: getattr(changed, other) for other in others} == {
        other: getattr(NOTE, other) for other in others
    }


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("not friday, thursday", "thursday after five"),
        ("thursday not friday", "thursday after five"),
        ("thursday", "thursday after five"),
        ("after six", "on friday after six"),
        ("the time is wrong, after six", "on friday after six"),
        ("on monday at nine", "on monday at nine"),
    ],
)
def test_the_day_or_the_time_is_put_right(said: str, when: str) -> None:
    assert corrected("en", TIMED, said).when == when


@pytest.mark.parametrize("said", ["that's fine", "hm", "what time do you close", ""])
def test_what_corrects_nothing_changes_nothing(said: str) -> None:
    assert correct(reader("en"), grammar("en"), NOTE, said) is None


def test_every_language_names_its_letters_and_marks() -> None:
    for language in LANGUAGES:
        texts: Mapping[str, object] = load(language).concierge["capture"]
        assert json.dumps(texts, ensure_ascii=False)
        spelling = reader(language).readers.speller
        assert spelling.written("a b c") == "abc"
        assert grammar(language).texts.capture.email.at, language
        assert grammar(language).texts.capture.moments.days, language
