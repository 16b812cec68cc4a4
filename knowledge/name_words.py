"""The words of a phrase that can tell who is meant, and the words of names they may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from knowledge.language_data import read
from knowledge.name_sounds import fold, likeness, sound
from knowledge.phrasing import plain, without_accents

_SHORT_PHRASE = 3
_FUZZY_CANDIDATES = 60
_STEM_LETTERS = 5
_SHORTEST_BEGINNING = 4
_SAME_STEM = 0.92
_BEGINS_ALIKE = 0.9
_MISSPELT = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What was heard.

    Attributes:
        words: All its words.
        telling: Positions of the words that can tell who is meant.
        things: Positions of words that stand after "a", "my" and the like.
        exact_only: None of its words tells much: only a name said exactly is one.
    """

    words: tuple[str, ...]
    telling: frozenset[int]
    things: frozenset[int]
    exact_only: bool = False


def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of `text` without accents and apostrophes."""
    return tuple(without_accents(plain(text)).replace("'", " ").split())


def listen(text: str, language: str) -> Phrase:
    """Returns `text` with the words marked that can tell who is meant."""
    words = words_of(text)
    ignored, determiners = _sets(language)
    telling = frozenset(i for i, word in enumerate(words) if word not in ignored)
    things = frozenset(i for i in range(1, len(words)) if words[i - 1] in determiners)
    if telling or len(words) > _SHORT_PHRASE:
        return Phrase(words=words, telling=telling, things=things)
    return Phrase(words=words, telling=frozenset(range(len(words))), things=things, exact_only=True)


def telling_words(text: str, languages: Iterable[str]) -> tuple[str, ...]:
    """Returns the words of `text` that can tell who is meant; all of them if none can."""
    words = words_of(text)
    ignored = frozenset[str]().union(*(_sets(language)[0] for language in languages))
    return tuple(word for word in words if word not in ignored) or words


def spoken_words(phrase: Phrase) -> Iterator[tuple[str, frozenset[int]]]:
    """Yields the words of `phrase` that can tell, and neighbours as one: `lind quist`."""
    words, telling = phrase.words, phrase.telling
    for position in sorted(telling):
        yield words[position], frozenset({position})
    for first in range(len(words) - 1):
        if {first, first + 1} & telling:
            yield words[first] + words[first + 1], frozenset({first, first + 1})


class NameWords:
    """The words of people's names, found by spelling and by sound."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._by_fold: dict[str, list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._by_fold.setdefault(fold(word), []).append(word)
            self._by_sound.setdefault(sound(word), []).append(word)
        self._folds = list(self._by_fold)

    def like(self, heard: str, floor: float) -> dict[str, float]:
        """Returns the words at least `floor` like `heard`, with their likeness."""
        if floor >= 1.0:
            return {heard: 1.0} if heard in self._words else {}
        near = process.extract(
            fold(heard),
            self._folds,
            scorer=fuzz.ratio,
            score_cutoff=100 * floor,
            limit=_FUZZY_CANDIDATES,
        )
        candidates = {word for key, _, _ in near for word in self._by_fold[key]}
        candidates.update(self._by_sound.get(sound(heard), ()))
        scored = {word: likeness(heard, word) for word in candidates}
        return {word: score for word, score in scored.items() if score >= floor}


class CommonWords:
    """The words of departments, services and titles, found by spelling and by stem."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(frozenset(words))

    def like(self, heard: str, floor: float) -> dict[str, float]:
        """Returns the words at least `floor` like `heard`, with their likeness."""
        scored = {word: _same_meaning(heard, word) for word in self._words}
        return {word: score for word, score in scored.items() if score >= max(floor, 0.01)}


def _same_meaning(heard: str, word: str) -> float:
    if heard == word:
        return 1.0
    shorter, longer = sorted((heard, word), key=len)
    if len(shorter) < _SHORTEST_BEGINNING:
        return 0.0
    if shorter[:_STEM_LETTERS] == longer[:_STEM_LETTERS] and len(shorter) >= _STEM_LETTERS:
        return _SAME_STEM
    if longer.startswith(shorter):
        return _BEGINS_ALIKE
    close = fuzz.ratio(heard, word)
    return close / 100 if close >= _MISSPELT else 0.0


@cache
def _sets(language: str) -> tuple[frozenset[str], frozenset[str]]:
    data = read(language, "names")
    ignored = [*data.get("ignored", []), *data.get("titles", [])]
    return (
        frozenset(word for text in ignored for word in words_of(text)),
        frozenset(word for text in data.get("determiners", []) for word in words_of(text)),
    )
