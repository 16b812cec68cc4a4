"""A phrase as a row of sounds, with the words they came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from knowledge.name_sounds import reading

_MOST_WORDS_OF_ONE = 3
_NEAR = 3
"""Words from a telling one within which others may be pieces of the same name."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Words that were heard, and how they sound.

    Attributes:
        words: The words, in plain small letters.
        readings: How each of them sounds.
        telling: Positions of the words that can tell who is meant.
        spelled: Positions of the words the caller spelled.
    """

    words: Sequence[str]
    readings: Sequence[str]
    telling: frozenset[int]
    spelled: frozenset[int] = frozenset()

    @cached_property
    def sounds(self) -> str:
        """All the sounds in a row."""
        return "".join(self.readings)

    @cached_property
    def inside_word(self) -> Sequence[bool]:
        """For each place between two sounds, whether a word goes on there."""
        places = [True] * (len(self.sounds) + 1)
        for start in self._starts:
            places[start] = False
        return places

    def sounds_of(self, positions: frozenset[int]) -> tuple[int, int]:
        """Returns the first sound of words in a row, and the one after their last."""
        return self._starts[min(positions)], self._starts[max(positions) + 1]

    def words_between(self, first: int, last: int) -> frozenset[int]:
        """Returns the positions of the words of which at least half lies there."""
        within: set[int] = set()
        most, share_of_most = 0, 0.0
        for position, (start, end) in enumerate(zip(self._starts, self._starts[1:], strict=False)):
            share = (min(end, last) - max(start, first)) / max(1, end - start)
            if share >= 0.5:
                within.add(position)
            if share > share_of_most:
                most, share_of_most = position, share
        return frozenset(within or {most})

    def written(self, positions: frozenset[int]) -> str:
        """Returns the letters of the words at `positions`, without blanks."""
        return "".join(self.words[position] for position in sorted(positions))

    def neighbours(self) -> Iterator[tuple[frozenset[int], str]]:
        """Yields each word, and each two and three neighbours as one word."""
        for first in range(len(self.words)):
            for last in range(first + 1, min(len(self.words), first + _MOST_WORDS_OF_ONE) + 1):
                positions = frozenset(range(first, last))
                if last == first + 1 or not positions & self.spelled:
                    yield positions, self.written(positions)

    @cached_property
    def _starts(self) -> Sequence[int]:
        return (0, *accumulate(len(sounds) for sounds in self.readings))


def stretch_of(
    words: Sequence[str],
    telling: frozenset[int],
    language: str,
    spelled: frozenset[int] = frozenset(),
) -> Stretch:
    """Returns `words` with how those near a telling one sound in `language`."""
    near = {position + step for position in telling for step in range(-_NEAR, _NEAR + 1)}
    readings = [reading(word, language) if i in near else "" for i, word in enumerate(words)]
    return Stretch(words=words, readings=readings, telling=telling, spelled=spelled)
