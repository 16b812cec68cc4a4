"""Numbers to dial, as they are said: digit by digit, in the language of the call."""

import re
from collections.abc import Mapping

from knowledge.spoken import speech

_NUMBERS = ("number", "hotline")


def spoken_values(values: Mapping[str, str], language: str) -> Mapping[str, str]:
    """Returns `values` with the numbers among them in words: "112" is "one one two".

    Voices read "112" as "a hundred and twelve" in one language and not at all in another.
    """
    return {
        name: _spoken(value, language) if name in _NUMBERS else value
        for name, value in values.items()
    }


def _spoken(number: str, language: str) -> str:
    try:
        digits = speech(language).digits
    except ValueError:
        return number
    return ", ".join(digits(group) for group in re.findall(r"\d+", number))
