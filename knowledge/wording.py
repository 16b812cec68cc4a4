"""Words in several languages."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

ANY = "*"
"""Stands for every language: names of people and places are the same in all of them."""

_Key = Annotated[str, Field(pattern=r"^([a-z]{2}|\*)$")]


def _same_in_all(value: object) -> object:
    return {ANY: value} if isinstance(value, str) else value


def _phrases_same_in_all(value: object) -> object:
    return {ANY: value} if isinstance(value, list | tuple) else value


Wording = Annotated[Mapping[_Key, str], BeforeValidator(_same_in_all)]
"""One text per language; a bare text is the same in all."""

Phrases = Annotated[Mapping[_Key, tuple[str, ...]], BeforeValidator(_phrases_same_in_all)]
"""Several texts per language; a bare list is the same in all."""


def worded(wording: Mapping[str, str], language: str) -> str:
    """Returns the text in `language`, else the one for any language, else the first, else ""."""
    if language in wording:
        return wording[language]
    return wording.get(ANY) or next(iter(wording.values()), "")


def phrases(all_phrases: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    """Returns the texts in `language` followed by those for any language."""
    return (*all_phrases.get(language, ()), *all_phrases.get(ANY, ()))
