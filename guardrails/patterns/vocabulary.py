"""Knows every word that patterns ask for, and finds them in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

_LONGEST_MIDDLE = 64
"""Letters of a word that are searched for a stem in the middle; no real word is longer."""


class Open(Enum):
    """Where a word may go on."""

    NOWHERE = "nowhere"
    AFTER = "after"
    """A stem: `rank*`."""
    BEFORE = "before"
    """An ending: `*bescheid`."""
    AROUND = "around"
    """In the middle: `*bewerb*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as patterns see it.

    Attributes:
        words: Normalised.
        at: For each set of words of the vocabulary that occurs, a bit per position.
        ends: A bit for each place before, between and after the words.
    """

    words: Sequence[str]
    at: Mapping[int, int]
    ends: int


@dataclass(slots=True)
class Vocabulary:
    """Numbers the words of patterns, and the sets of words that are as good as each other."""

    _words: dict[Open, dict[str, int]] = field(
        default_factory=lambda: {where: dict[str, int]() for where in Open}
    )
    _lengths: dict[Open, list[int]] = field(
        default_factory=lambda: {where: list[int]() for where in Open}
    )
    _sets: dict[frozenset[int], int] = field(default_factory=dict[frozenset[int], int])
    _sets_of: list[list[int]] = field(default_factory=list[list[int]])
    _letters: list[int] = field(default_factory=list[int])

    def number(self, word: str, where: Open = Open.NOWHERE) -> int:
        """Returns the number of `word`, which may go on `where`."""
        known = self._words[where]
        if word not in known:
            known[word] = len(self._sets_of)
            self._sets_of.append([])
            self._letters.append(len(word))
            if len(word) not in self._lengths[where]:
                self._lengths[where] = sorted([*self._lengths[where], len(word)])
        return known[word]

    def one_of(self, numbers: frozenset[int]) -> int:
        """Returns the number of the set of the words with `numbers`."""
        if numbers not in self._sets:
            self._sets[numbers] = len(self._sets)
            for number in numbers:
                self._sets_of[number].append(self._sets[numbers])
        return self._sets[numbers]

    def rarity(self, numbers: frozenset[int]) -> tuple[int, int]:
        """Returns how seldom one of `numbers` will occur: longer words and fewer are rarer."""
        return min(self._letters[number] for number in numbers), -len(numbers)

    def look_at(self, words: Sequence[str]) -> Sentence:
        """Returns where in `words` the sets of this vocabulary occur."""
        found: dict[int, int] = {}
        for position, word in enumerate(words):
            bit = 1 << position
            for number in self._numbers(word):
                found[number] = found.get(number, 0) | bit
        at: dict[int, int] = {}
        for number, positions in found.items():
            for group in self._sets_of[number]:
                at[group] = at.get(group, 0) | positions
        return Sentence(words=words, at=at, ends=(2 << len(words)) - 1)

    def _numbers(self, word: str) -> Iterable[int]:
        size = len(word)
        exact = self._words[Open.NOWHERE].get(word)
        found = [] if exact is None else [exact]
        stems = self._words[Open.AFTER]
        for length in self._lengths[Open.AFTER]:
            if length > size:
                break
            if (number := stems.get(word[:length])) is not None:
                found.append(number)
        endings = self._words[Open.BEFORE]
        for length in self._lengths[Open.BEFORE]:
            if length > size:
                break
            if (number := endings.get(word[size - length :])) is not None:
                found.append(number)
        if self._words[Open.AROUND]:
            found.extend(self._in_the_middle(word[:_LONGEST_MIDDLE]))
        return found

    def _in_the_middle(self, word: str) -> set[int]:
        middles = self._words[Open.AROUND]
        return {
            middles[part]
            for length in self._lengths[Open.AROUND]
            for start in range(len(word) - length + 1)
            if (part := word[start : start + length]) in middles
        }
