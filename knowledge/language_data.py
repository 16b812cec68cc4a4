"""Reads the words of a language that are facts about the language, not about a tenant."""

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

FOLDER = Path(__file__).parent / "data"


def languages() -> tuple[str, ...]:
    """Returns the languages dates and questions are understood in, sorted."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("??/calendar.yaml")))


@cache
def read(language: str, name: str) -> dict[str, Any]:
    """Returns `data/<language>/<name>.yaml`, read once; empty when the language has none.

    Every scalar is a text: the Italian and English `no` is a word, not false.
    """
    path = FOLDER / language / f"{name}.yaml"
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.load(text, Loader=yaml.CBaseLoader))


@cache
def examples_of_others(language: str) -> tuple[str, ...]:
    """Returns sentences people say, but not to a business they have nothing to do with."""
    path = FOLDER / language / "background.txt"
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def function_words(language: str) -> frozenset[str]:
    """Returns the small words that hardly any sentence of `language` does without."""
    path = FOLDER / language / "function_words.txt"
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
