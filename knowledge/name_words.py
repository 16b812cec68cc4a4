"""The words of a phrase that can tell who is meant, and words of departments they may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from knowledge.language_data import read
from knowledge.name_spelling import Written, unspelled
from knowledge.name_stretch import Stretch, stretch_of
from knowledge.phrasing import plain, without_accents

_SHORT_PHRASE = 3
_MOST_TELLING = 14
"""Words looked up in one phrase: nobody's name has more, and a monologue has thousands."""
_STEM_LETTERS = 5
_SHORTEST_BEGINNING = 4
_SAME_STEM = 0.92
_BEGINS_ALIKE = 0.9
_MISSPELT = 85
_LETTERS = str.maketrans({"ß": "ss", "ç": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What was heard.

    Attributes:
        words: All its words.
        telling: Positions of the words that can tell who is meant.
        things: Positions of words that stand after "a", "my" and the like.
        exact_only: None of its words tells much: only a name said exactly is one.
        spelled: Positions of words the caller spelled letter by letter.
        language: ISO 639-1 language it was said in.
    """

    words: tuple[str, ...]
    telling: frozenset[int]
    things: frozenset[int]
    language: str
    exact_only: bool = False
    spelled: frozenset[int] = frozenset()

    def stretch(self) -> Stretch:
        """Returns how the words that can tell sound, with those around them."""
        return stretch_of(self.words, self.telling, self.language, self.spelled)


@lru_cache(maxsize=65536)
def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of `text` without accents and apostrophes."""
    letters = without_accents(plain(text).translate(_LETTERS))
    return tuple(letters.replace("'", " ").split())


def listen(text: str, language: str) -> Phrase:
    """Returns `text` with the words marked that can tell who is meant."""
    ignored, determiners = _sets(language)
    written = _within_reach(unspelled(words_of(text), language), ignored)
    words, spelled = written.words, written.spelled
    telling = frozenset(i for i, word in enumerate(words) if word not in ignored) | spelled
    things = frozenset(i for i in range(1, len(words)) if words[i - 1] in determiners) - spelled
    alone = not telling and len(words) <= _SHORT_PHRASE
    return Phrase(
        words=words,
        telling=frozenset(range(len(words))) if alone else telling,
        things=things,
        language=language,
        exact_only=alone,
        spelled=spelled,
    )


def telling_words(text: str, languages: Iterable[str]) -> tuple[str, ...]:
    """Returns the words of `text` that can tell who is meant; all of them if none can."""
    words = words_of(text)
    ignored = frozenset[str]().union(*(_sets(language)[0] for language in languages))
    return tuple(word for word in words if word not in ignored) or words


class CommonWords:
    """The words of departments, services and titles, found by spelling and by stem."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(frozenset(words))
        self._beginning: dict[str, list[str]] = {}
        for word in self._words:
            if len(word) >= _SHORTEST_BEGINNING:
                self._beginning.setdefault(word[:_SHORTEST_BEGINNING], []).append(word)
        self._known = frozenset(self._words)

    def like(self, heard: str) -> dict[str, float]:
        """Returns the words that may mean `heard`, with their likeness."""
        found = {heard: 1.0} if heard in self._known else dict[str, float]()
        if len(heard) >= _SHORTEST_BEGINNING:
            for word, close, _ in process.extract(
                heard, self._words, scorer=fuzz.ratio, score_cutoff=_MISSPELT, limit=None
            ):
                if len(word) >= _SHORTEST_BEGINNING:
                    found.setdefault(word, close / 100)
            for word in self._beginning.get(heard[:_SHORTEST_BEGINNING], ()):
                found[word] = max(found.get(word, 0.0), _same_beginning(heard, word))
        return {word: likeness for word, likeness in found.items() if likeness > 0}


def _same_beginning(heard: str, word: str) -> float:
    if heard == word:
        return 1.0
    shorter, longer = sorted((heard, word), key=len)
    if shorter[:_STEM_LETTERS] == longer[:_STEM_LETTERS] and len(shorter) >= _STEM_LETTERS:
        return _SAME_STEM
    return _BEGINS_ALIKE if longer.startswith(shorter) else 0.0


def _within_reach(written: Written, ignored: frozenset[str]) -> Written:
    """Returns the end of a monologue: who is meant is said last, or it is a story."""
    telling = [i for i, word in enumerate(written.words) if word not in ignored]
    if len(telling) <= _MOST_TELLING and len(written.words) <= 4 * _MOST_TELLING:
        return written
    first = telling[-_MOST_TELLING] if len(telling) >= _MOST_TELLING else 0
    first = max(first, len(written.words) - 4 * _MOST_TELLING)
    return Written(
        words=written.words[first:],
        spelled=frozenset(position - first for position in written.spelled if position >= first),
    )


@cache
def _sets(language: str) -> tuple[frozenset[str], frozenset[str]]:
    data = read(language, "names")
    ignored = [*data.get("ignored", []), *data.get("titles", [])]
    return _all_words(ignored), _all_words(data.get("determiners", []))


def _all_words(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in words_of(text))
