"""Finds what a recogniser may have misheard: words of danger behind words that do not exist.

Words that nobody knows are read otherwise: as a word that is spelled almost alike, as one that
sounds alike, or as two words that ran together. Known words stand for others that sound the same
only where that is asked for. All readings of a word stand at its place at once, so a sentence is
still looked through one time.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from guardrails.patterns.vocabulary import Sentence
from guardrails.text.normaliser import words
from guardrails.text.sounds import sound, sounds

_SHORTEST = 4
"""Letters below which too many words are almost alike."""

_LONG = 7
"""Letters from which two of them may be wrong."""

_MOST = 12
"""Unknown words of a sentence that are read otherwise; in calls there are one or two."""

_SHORT_WORDS = 2
"""Letters of the shortest half of two words that ran together."""

_SHORTEST_HALF = 3
"""Letters below which a word that sounds the same is likelier than two words."""

_KEPT = 4096

_NAME = re.compile(
    r"(?<=[^.!?…:\s])\s+([^\W\d_a-z][^\W\d_]+)"
    r"|^\W*([A-Z][^\W\d_]+)(?=\s+[A-Z][^\W\d_])"
)
"""A word written with a capital letter after another word, or before another such."""

_NAMES_ARE_SEEN = frozenset({"en", "it", "es", "fr", "pt"})
"""Languages that write nothing but names with a capital letter inside of a sentence."""


def names_in(text: str, language: str) -> frozenset[str]:
    """Returns the words of `text` that are written as names, normalised."""
    if language not in _NAMES_ARE_SEEN:
        return frozenset()
    found = (match.group(1) or match.group(2) for match in _NAME.finditer(text))
    return frozenset(word for name in found if not name.islower() for word in words(name))


Look = Callable[[Sequence[str]], Sentence]


class Repair:
    """Reads unknown words of one language as words of danger.

    It never changes but for what it remembers of words it has read; threads may share it.
    """

    def __init__(
        self,
        look_at: Look,
        danger: Iterable[str],
        known: Iterable[str],
        *,
        language: str = "",
        homophones: Iterable[str] = (),
    ) -> None:
        """Takes in the words there are.

        Args:
            look_at: Finds the words patterns ask for.
            danger: Words that matter, open ones with an asterisk.
            known: All words of the language that are no mishearing, in the same form.
            language: ISO 639-1; as whose words they sound.
            homophones: Words that known ones may stand for as well.
        """
        self._look = look_at
        self._language = language
        wanted = set(danger)
        there = set(known) | wanted
        self._known = frozenset(word for word in there if "*" not in word)
        self._stems = tuple(
            {word.strip("*") for word in there if "*" in word and len(word) > _SHORTEST}
        )
        real = self._known_by(wanted)
        self._wanted = frozenset(real)
        self._by_start: dict[tuple[int, str], list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for word in sorted(real):
            for each in sounds(word, language):
                self._by_sound.setdefault(each, []).append(word)
            self._by_start.setdefault((len(word), word[0]), []).append(word)
        self._same: dict[str, list[str]] = {}
        for word in sorted(self._known.intersection(homophones)):
            if len(word) >= _SHORTEST:
                self._same.setdefault(sound(word, language), []).append(word)
        self._by_less: dict[str, list[str]] = {}
        for word in sorted(real):
            for less in set(_less(word)):
                self._by_less.setdefault(less, []).append(word)
        self._read = lru_cache(_KEPT)(self._readings)

    def knows(self, word: str) -> bool:
        """Returns whether `word` is no mishearing as it stands."""
        return word in self._known

    def look_at(self, heard: Sequence[str], names: Collection[str] = ()) -> Sentence | None:
        """Returns `heard` with every unknown word read otherwise too; None if all are known.

        Args:
            heard: The words of a sentence, normalised.
            names: Words that are no mishearing here.
        """
        apart: list[str] = []
        readings: list[str] = []
        places: list[int] = []
        left = _MOST
        for word in heard:
            if word in names or word in self._known or not left:
                apart.append(word)
                continue
            left -= 1
            halves, alike = self._read(word)
            readings.extend(alike)
            places.extend(len(apart) for _ in alike)
            apart.extend(halves or (word,))
        if len(apart) == len(heard) and not readings:
            return None
        return self._with(self._look(apart), readings, places)

    def homophones(self, read: Sentence) -> Sentence | None:
        """Returns `read` with known words as others that sound the same; None if none does."""
        found = [
            (other, place)
            for place, word in enumerate(read.words)
            if len(word) >= _SHORTEST and word in self._known
            for other in self._same.get(sound(word, self._language), ())
            if other != word
        ]
        if not found:
            return None
        return self._with(read, [one for one, _ in found], [place for _, place in found])

    def _with(self, whole: Sentence, readings: Sequence[str], places: Sequence[int]) -> Sentence:
        """Returns `whole` with `readings` at their `places` too."""
        at = dict(whole.at)
        for group, found in self._look(readings).at.items():
            for number, place in enumerate(places):
                if found >> number & 1:
                    at[group] = at.get(group, 0) | 1 << place
        return Sentence(words=whole.words, at=at, ends=whole.ends)

    def _known_by(self, wanted: Iterable[str]) -> set[str]:
        """Returns whole words: those of a stem that are known, and the stem."""
        long = tuple(word[:-1] for word in wanted if word[-1] == "*" and len(word) > _SHORTEST)
        real = {word for word in self._known if word.startswith(long)}
        return real | {bare for word in wanted if len(bare := word.strip("*")) >= _SHORT_WORDS}

    def _readings(self, word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns the two words that ran together, if any, and the words that are alike."""
        if not word.isalpha() or len(word) <= _SHORT_WORDS:
            return (), ()
        if word in self._known:
            return (), ()
        halves = self._apart(word)
        goes_on = bool(self._stems) and len(word) > _LONG and word.startswith(self._stems)
        if goes_on:
            # An inflected word, unless something as short as an article runs into it.
            return (halves if min(map(len, halves), default=_LONG) < _SHORTEST else ()), ()
        heard = sounds(word, self._language)
        same = [one for each in heard for one in self._by_sound.get(each, ())]
        if halves and not (same and min(map(len, halves)) < _SHORTEST_HALF):
            return halves, ()
        if not same or len(word) < _SHORTEST:
            same.extend(self._almost(word))
        return (), tuple(dict.fromkeys(same))

    def _apart(self, word: str) -> tuple[str, ...]:
        cuts = range(_SHORT_WORDS, len(word) - _SHORT_WORDS + 1)
        pairs = ((word[:cut], word[cut:]) for cut in cuts)
        good = [
            pair
            for pair in pairs
            if all(half in self._known for half in pair) and not self._wanted.isdisjoint(pair)
        ]
        return max(good, key=lambda pair: min(map(len, pair)), default=())

    def _almost(self, word: str) -> Iterator[str]:
        """Yields words with another letter, for long ones with two other letters."""
        yield from self._one_off(word)
        if len(word) < _LONG:
            return
        for length in range(max(_LONG, len(word) - 2), len(word) + 3):
            for other in self._by_start.get((length, word[0]), ()):
                if OSA.distance(word, other, score_cutoff=2) <= 2:
                    yield other

    def _one_off(self, word: str) -> Iterator[str]:
        for less in _less(word):
            for other in self._by_less.get(less, ()):
                if OSA.distance(word, other, score_cutoff=1) <= 1:
                    yield other


def _less(word: str) -> Iterator[str]:
    """Yields `word`, and with each of its letters left out: two that are alike share one."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
