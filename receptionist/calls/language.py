"""Which language the caller speaks: evidence from turn to turn, and when it is enough.

A name, a dish or a street is no evidence: small words are what a language cannot do without.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.language_data import function_words

WORDS_MIN = 3
"""A shorter turn is never clear: "ciao", "merci beaucoup"."""
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*|[^\W\d_]['’-][^\W\d_]+")
"""A letter by itself is none: it may be a name being spelled."""

Identify = Callable[[str], str]
"""Returns the ISO 639-1 language of a text; `und` when it cannot tell. Alone it does not do: it is
sure of Spanish in "El Corte Inglés sent me the bill"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What one turn says about its language.

    Attributes:
        language: Another language than the call's it may be in; None when nothing says so.
        clear: There is no doubt.
    """

    language: str | None = None
    clear: bool = False


def clues(
    text: str, spoken: str, languages: Sequence[str], identified: str, heard: str | None = None
) -> Clues:
    """Weighs one turn of the caller.

    Args:
        text: His words; as a recogniser that heard another language wrote them.
        spoken: The language of the call.
        languages: Those the call may go over to.
        identified: Language of the text by its letters.
        heard: Language of its sound; None for words that were typed.
    """
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    found = {language: _distinctive(words, language, spoken) for language in languages}
    best = heard or max(found, key=lambda language: found[language], default=None)
    if best is None or best == spoken or best not in languages:
        return Clues()
    mine, own = found[best], _distinctive(words, spoken, best)
    if not heard and (mine == 0 or own > 0):
        return Clues()
    clear = len(words) >= WORDS_MIN and mine > own and (identified == best or mine > 1)
    return Clues(language=best, clear=clear)


def _distinctive(words: Sequence[str], language: str, other: str) -> int:
    """Returns how many of `words` are small words of `language` and not of `other`."""
    if language == other:
        return 0
    own = function_words(language) - function_words(other)
    return sum(word in own for word in words)


class LanguageWatch:
    """Follows the language of the caller's turns on one call.

    Args:
        languages: Those the tenant answers in.
        identify: Tells the language of a text.
    """

    def __init__(self, languages: Sequence[str], identify: Identify | None) -> None:
        self._languages = tuple(languages)
        self._identify = identify
        self._heard: dict[str, int] = {}
        self._suspected: str | None = None

    def transcribed(self, text: str, language: str | None) -> None:
        """The recogniser has written a stretch of the running turn, in `language`."""
        if language and text.strip():
            self._heard[language] = self._heard.get(language, 0) + len(text.split())

    def turn_ended(self, text: str, spoken: str) -> str | None:
        """Returns the language to go over to before the turn is answered; None stays.

        Clear evidence is enough at once; what is in doubt needs the next turn, too.

        Args:
            text: The turn.
            spoken: The language of the call.
        """
        heard, self._heard = self._heard, {}
        if len(self._languages) < 2 or self._identify is None:
            return None
        by_ear = max(heard, key=lambda language: heard[language], default=None)
        found = clues(text, spoken, self._languages, self._identify(text), by_ear)
        suspected, self._suspected = self._suspected, found.language
        if found.language and (found.clear or found.language == suspected):
            self._suspected = None
            return found.language
        return None
