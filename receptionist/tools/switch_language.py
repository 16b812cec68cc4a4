"""Goes on in another language."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from babel import Locale
from babel.lists import format_list
from pydantic import Field

from prompts.loader import available
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.phrases import say

_CALLED_OTHERWISE = {"castellano": "es", "castilian": "es", "castilla": "es", "brasileiro": "pt"}


class SwitchOutcome(StrEnum):
    """How it ended."""

    SWITCHED = "switched"
    ALREADY = "already"
    NOT_AVAILABLE = "not_available"


class SwitchArguments(Arguments):
    """Which language."""

    language: str = Field(
        description="The language the caller wants: its ISO 639-1 code, or its name."
    )


class SwitchLanguage(Tool):
    """Speaks, and listens to, another of the tenant's languages from now on."""

    name: ClassVar[str] = "switch_language"
    description: ClassVar[str] = (
        "Goes on in another language. Use it as soon as the caller asks for one or speaks one. "
        "After `switched`, say everything in that language; the caller has been told in it whom "
        "he is talking to. On `not_available`, say the `spoken` text."
    )
    arguments: ClassVar[type[Arguments]] = SwitchArguments
    harmless: ClassVar[bool] = True
    timeout_ms: ClassVar[int] = 15_000

    async def run(self, arguments: SwitchArguments, context: ToolContext) -> Mapping[str, Any]:
        """Switches, or says what is spoken here."""
        spoken = context.snapshot.config.languages
        language = code_of(arguments.language)
        if language == context.language:
            return {"outcome": SwitchOutcome.ALREADY, "language": language}
        if language not in spoken:
            return _not_available(language or arguments.language, context)
        if context.switch is not None:
            await context.switch(language)
        context.language = language
        return {"outcome": SwitchOutcome.SWITCHED, "language": language}


def code_of(name: str) -> str | None:
    """Returns the ISO 639-1 code of a language by its name in any language there are texts for."""
    return _codes().get(_plain(name))


def _not_available(wanted: str, context: ToolContext) -> Mapping[str, Any]:
    locale = Locale.parse(context.language)
    languages = context.snapshot.config.languages
    names = [locale.languages.get(language, language) for language in languages]
    return {
        "outcome": SwitchOutcome.NOT_AVAILABLE,
        "languages": list(languages),
        "spoken": say(
            context,
            "language_not_offered",
            language=locale.languages.get(wanted, wanted),
            languages=format_list(names, locale=locale),
        ),
    }


@cache
def _codes() -> Mapping[str, str]:
    """Returns the codes of languages by their codes and names."""
    codes: dict[str, str] = {}
    for language in available():
        for code, name in Locale.parse(language).languages.items():
            if len(code) == 2:
                codes.setdefault(_plain(name), code)
    codes |= {code: code for code in set(codes.values())}
    for code in available():
        codes[_plain(Locale.parse(code).languages[code])] = code
    return codes | _CALLED_OTHERWISE


def _plain(name: str) -> str:
    """Returns `name` in small letters without accents and marks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalpha())
