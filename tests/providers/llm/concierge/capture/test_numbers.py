import pytest

from prompts.loader import load
from providers.llm.concierge.capture.numbers import NumeralReader
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.texts import parse

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def readers() -> dict[str, NumeralReader]:
    return {
        code: NumeralReader(parse(load(code).concierge, provider="concierge:test").numerals, code)
        for code in ("en", "it")
    }


@pytest.mark.parametrize(
    ("code", "said", "digits"),
    [
        ("en", "555 0123", "5550123"),
        ("en", "555-0123", "5550123"),
        ("en", "oh seven seven double two five five five", "07722555"),
        ("en", "triple seven, nine one two", "777912"),
        ("en", "twenty one forty two sixty", "214260"),
        ("en", "eight hundred five five five", "800555"),
        ("en", "double oh nine hundred one", "009001"),
        ("en", "plus four four one six three two", "+441632"),
        ("en", "+44 1632 960123", "+441632960123"),
        ("en", "thirteen fifteen nineteen", "131519"),
        ("en", "my number is 01632 960 123 thank you", "01632960123"),
        ("it", "tre tre tre uno due tre", "333123"),
        ("it", "trecentotrentatré ventuno quarantotto", "3332148"),
        ("it", "ventotto settantuno novantatré", "287193"),
        ("it", "zero sei doppio cinque", "0655"),
        ("it", "cento ventidue", "10022"),
        ("it", "più tre nove zero due", "+3902"),
        ("it", "ottocento quattordici sedici", "8001416"),
    ],
)
def test_a_number_is_found_as_it_is_said(
    readers: dict[str, NumeralReader], code: str, said: str, digits: str
) -> None:
    found = readers[code].find(plain(said), least=3)
    assert found is not None
    assert found.digits == digits


@pytest.mark.parametrize(
    "said", ["i have two dogs and one cat", "no number", "", "the one in sales", "+", "double"]
)
def test_words_that_are_no_number_are_left_alone(
    readers: dict[str, NumeralReader], said: str
) -> None:
    assert readers["en"].find(plain(said), least=5) is None


def test_the_longest_number_is_the_telephone_number(readers: dict[str, NumeralReader]) -> None:
    found = readers["en"].find(plain("i am in flat 12 and my number is 555 0123"), least=5)
    assert found is not None
    assert found.digits == "5550123"
