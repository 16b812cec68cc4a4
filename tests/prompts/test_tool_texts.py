"""What tools say is there in every language that has it, and asks for the same blanks."""

import string

import pytest

from prompts.loader import available, load

pytestmark = pytest.mark.unit

ENGLISH = load("en").tools
WRITTEN = [language for language in available() if load(language).tools]


def blanks(line: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(line) if name is not None}


def test_english_and_italian_are_written() -> None:
    assert {"en", "it"} <= set(WRITTEN)


@pytest.mark.parametrize("language", WRITTEN)
def test_every_language_has_every_line(language: str) -> None:
    assert load(language).tools.keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", WRITTEN)
def test_a_line_has_the_blanks_of_the_english_one(language: str) -> None:
    for key, variants in load(language).tools.items():
        for variant in variants:
            assert blanks(variant) == blanks(ENGLISH[key][0]), (language, key, variant)


@pytest.mark.parametrize("language", WRITTEN)
def test_what_may_be_said_twice_in_a_call_has_variants(language: str) -> None:
    for key, variants in load(language).tools.items():
        if any("?" in variant for variant in variants) and key not in {"callback_never"}:
            assert len(set(variants)) >= 2, (language, key)
