"""Every language has all that English has: the same keys, and sentences with the same blanks."""

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from knowledge import language_data
from prompts import loader
from prompts.loader import available

pytestmark = pytest.mark.unit

OTHERS = [language for language in available() if language != "en"]
SENTENCES = ("session.yaml", "concierge.yaml", "hours.yaml", "tools.yaml")
# What a language has of its own: letters, macros of its patterns, the forms of "to be open".
OPEN = re.compile(
    r"^(?:macros|numerals|intents\.[a-z_]+|routing\.department_words"
    r"|capture\.(?:spelling\.(?:letters|alphabet|repeats|marks)|amends\.counts|email\.\w+)"
    r"|company|department|person)(?:\.|$)"
)


def read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.load(text, Loader=yaml.CBaseLoader))


def keys(value: object, before: str = "") -> Iterator[str]:
    """Yields the paths of all keys that every language shares."""
    if not isinstance(value, Mapping):
        return
    for key, inner in cast("Mapping[str, object]", value).items():
        path = f"{before}.{key}" if before else key
        yield path
        if not OPEN.match(f"{path}."):
            yield from keys(inner, path)


def blanks(value: object) -> set[str]:
    """Returns the names in braces of all variants of a sentence."""
    lines = value if isinstance(value, list) else [value]
    return {
        name
        for line in cast("list[object]", lines)
        for _, name, _, _ in string.Formatter().parse(str(line))
        if name
    }


def sentences(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return content.get("phrases", content)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", sorted(p.name for p in (loader.FOLDER / "en").glob("*.yaml")))
def test_a_language_has_the_texts_of_english(language: str, name: str) -> None:
    english = set(keys(read(loader.FOLDER / "en" / name)))
    other = set(keys(read(loader.FOLDER / language / name)))
    assert other == english


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_has_no_blank_that_english_does_not_fill(language: str, name: str) -> None:
    english = sentences(read(loader.FOLDER / "en" / name))
    other = sentences(read(loader.FOLDER / language / name))
    forms = set(cast("Mapping[str, object]", other.get("company", {})))
    strange = {key: blanks(text) - blanks(english[key]) - forms for key, text in other.items()}
    assert {key: names for key, names in strange.items() if names} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_of_the_texts_has_all_words_of_its_own(language: str) -> None:
    assert language in language_data.languages()
    english = {path.name for path in (language_data.FOLDER / "en").iterdir()}
    assert {path.name for path in (language_data.FOLDER / language).iterdir()} >= english


@pytest.mark.parametrize("language", OTHERS)
def test_the_calendar_of_a_language_counts_as_far_as_the_english_one(language: str) -> None:
    english, other = (language_data.read(code, "calendar") for code in ("en", language))
    for name in ("numbers", "ordinals", "weekdays", "months"):
        assert len(other[name]) == len(english[name]), name
    needed = {"parts", "parts_today", "on", "habit", "first_day", "last_day", "at", "from", "to"}
    assert needed | {"until", "date", "on_date", "dates", "in_month"} <= other["spoken"].keys()
    assert set(other["spoken"]["parts"]) == set(english["spoken"]["parts"])
    assert set(other["heard"]) >= {"weekdays", "months", "times", "parts", "special_days", "week"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_as_many_examples_of_what_others_are_asked(language: str) -> None:
    assert len(language_data.examples_of_others(language)) >= 120
    assert language_data.read(language, "phrasing")["openers"]
