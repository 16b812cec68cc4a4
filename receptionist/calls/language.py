"""Which language the caller speaks: evidence from turn to turn, and when it is enough.

A name, a dish or a street is no evidence: small words are what a language cannot do without.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ne
from unicodedata import combining, normalize

from knowledge.language_data import function_words

WORDS_MIN = 3
"""A shorter turn is never clear: "ciao", "merci beaucoup"."""
DOUBT_WORDS_MIN = 2
"""One word is not even a doubt: "E domenica?" in one word was Spanish to Whisper, twice."""
_RESEMBLES_LETTERS = 4
"""From as many letters on a small word, but for one letter, may be one of the call's language that
was misheard: Whisper wrote "cuánto cuesta" as "quanto questa"."""
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
        clear: There is hardly any doubt.
        sure: There is none even for a caller who chose the language of the call: most of its small
            words cannot be misheard ones of that language.
        words: What was said, as far as it tells anything.
    """

    language: str | None = None
    clear: bool = False
    sure: bool = False
    words: tuple[str, ...] = ()


def clues(
    text: str, spoken: str, languages: Sequence[str], identified: str, heard: str | None = None
) -> Clues:
    """Weighs one turn of the caller. Sound and words have to agree.

    Args:
        text: His words; as a recogniser that heard another language wrote them.
        spoken: The language of the call.
        languages: Those the call may go over to.
        identified: Language of the text by its letters.
        heard: Language of its sound; None for words that were typed.
    """
    words = tuple(word.replace("’", "'") for word in _WORD.findall(text.lower()))
    found = {language: _distinctive(words, language, spoken) for language in languages}
    best = heard or max(found, key=lambda language: len(found[language]), default=None)
    if best is None or best == spoken or best not in languages or len(words) < DOUBT_WORDS_MIN:
        return Clues()
    mine, own = len(found[best]), len(_distinctive(words, spoken, best))
    written = mine > own or (own == 0 and identified == best)
    if not written or (not heard and (mine == 0 or own > 0)):
        return Clues()
    clear = len(words) >= WORDS_MIN and mine > own and (identified == best or mine > 1)
    doubtful = sum(_resembles(word, spoken) for word in found[best])
    sure = clear and identified == best and mine > 2 * doubtful
    return Clues(language=best, clear=clear, sure=sure, words=words)


def _distinctive(words: Sequence[str], language: str, other: str) -> Sequence[str]:
    """Returns the small words of `language` among `words` that are none of `other`."""
    if language == other:
        return ()
    own = function_words(language) - function_words(other)
    return [word for word in words if word in own]


def _resembles(word: str, language: str) -> bool:
    """Returns whether `word` may be a small word of `language` that was misheard."""
    if len(word) < _RESEMBLES_LETTERS:
        return False
    heard = _unaccented(word)
    small = map(_unaccented, function_words(language))
    return any(len(own) == len(heard) and sum(map(ne, own, heard)) <= 1 for own in small)


def _unaccented(word: str) -> str:
    return "".join(letter for letter in normalize("NFKD", word) if not combining(letter))


class LanguageWatch:
    """Follows the language of the caller's turns on one call.

    Args:
        languages: Those the tenant answers in.
        identify: Tells the language of a text.
        chosen: The caller asked for the language the call begins in, or called its number. More is
            needed then to take one turn for another language.
    """

    def __init__(
        self, languages: Sequence[str], identify: Identify | None, *, chosen: bool = False
    ) -> None:
        self._languages = tuple(languages)
        self._identify = identify
        self._chosen = chosen
        self._heard: dict[str, int] = {}
        self._suspected = Clues()

    def transcribed(self, text: str, language: str | None) -> None:
        """The recogniser has written a stretch of the running turn, in `language`."""
        if language and text.strip():
            self._heard[language] = self._heard.get(language, 0) + len(text.split())

    def turn_ended(self, text: str, spoken: str) -> str | None:
        """Returns the language to go over to before the turn is answered; None stays.

        Clear evidence is enough at once; what is in doubt needs the next turn, too, in other words.

        Args:
            text: The turn.
            spoken: The language of the call.
        """
        heard, self._heard = self._heard, {}
        if len(self._languages) < 2 or self._identify is None:
            return None
        by_ear = max(heard, key=lambda language: heard[language], default=None)
        found = clues(text, spoken, self._languages, self._identify(text), by_ear)
        before, self._suspected = self._suspected, found
        again = found.language == before.language and found.words != before.words
        if found.language and (again or found.sure or (found.clear and not self._chosen)):
            self._suspected, self._chosen = Clues(), False
            return found.language
        return None
