"""Spots words of names in the sounds of a phrase, wherever the recogniser put its blanks.

"cercavo da miele gezi" is what a recogniser writes for "cercavo Daniele Ghezzi". Each name is
aligned to any stretch of the phrase's sounds at the least cost (Sellers 1980, approximate string
matching), all names at once in one array; a table of pairs of neighbouring sounds first takes a
large directory down to the few hundred names that can be there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from knowledge.name_sounds import absence_costs, codes, name_languages, reading, swap_costs
from knowledge.name_stretch import Stretch

LONGEST = 18
"""Sounds of a name that are compared; no name needs more to be told from others."""

_ALIGNED = 1000
_OUTSIDE_WORDS = 20
_OTHER_LANGUAGE = 15
_OTHER_SPELLING = 3
_MOST_OTHER_SPELLING = 15
_OTHER_LETTER = 60
_START_BITS = 12
_GROUPS = ("aeiou@", "pbfvw", "tdT", "kgx", "szSZCJ", "mnN", "l", "r", "hj")
_VOWELS = 0
_EDGE = len(_GROUPS)
_KINDS = len(_GROUPS) + 1
_GROUP_OF = {sound: group for group, sounds in enumerate(_GROUPS) for sound in sounds}

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A word of a name that may be somewhere in a phrase.

    Attributes:
        word: The word.
        cost: What has to be misheard, in hundredths of a sound.
        size: What missing it altogether would cost.
        positions: Words of the phrase it is made of.
        first: Its first sound in the phrase.
        last: The sound after its last.
        telling: Whether one of those words can tell who is meant.
    """

    word: str
    cost: int
    size: int
    positions: frozenset[int]
    first: int
    last: int
    telling: bool = True

    @property
    def likeness(self) -> float:
        """How alike they sound, 0..1; 1 only for the same word."""
        return max(0.0, 1.0 - self.cost / self.size)


class NameWords:
    """The words of people's names."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(frozenset(words))
        self._number = {word: number for number, word in enumerate(self._words)}
        readings: dict[tuple[int, str], int] = {}
        for mask, language in enumerate(name_languages()):
            for number, word in enumerate(self._words):
                sounds = reading(word, language)[:LONGEST]
                if sounds:
                    key = (number, sounds)
                    readings[key] = readings.get(key, 0) | 1 << mask
        self._masks = np.array(list(readings.values()), np.int32)
        self._owners = np.array([number for number, _ in readings], np.int32)
        self._lengths = np.array([len(sounds) for _, sounds in readings], np.int32)
        self._sounds = np.zeros((len(readings), LONGEST), np.uint8)
        for row, (_, sounds) in enumerate(readings):
            self._sounds[row, : len(sounds)] = codes(sounds)
        self._index_pairs([sounds for _, sounds in readings])

    def __contains__(self, word: str) -> bool:
        return word in self._number

    def spots(self, stretch: Stretch, language: str, floor: float) -> dict[str, Spot]:
        """Returns the words at least `floor` like something in `stretch`, the best spot of each."""
        found: dict[str, Spot] = {}
        if self._words and stretch.sounds:
            for spot in self._aligned(stretch, language, floor):
                known = found.get(spot.word)
                if spot.likeness >= floor and (known is None or spot.cost < known.cost):
                    found[spot.word] = spot
        for spot in self._exact(stretch):
            found[spot.word] = spot
        for spot in self._spelled(stretch):
            found[spot.word] = spot
        return found

    def _index_pairs(self, readings: Sequence[str]) -> None:
        """Lists, for each pair of groups of sounds, the rows that have it."""
        pairs = [_pairs(sounds) for sounds in readings]
        self._pair_count = np.array([max(1, len(row)) for row in pairs], np.float32)
        rows = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(row) for row in pairs])
        flat = np.array([pair for row in pairs for pair in row], np.int32)
        order = np.argsort(flat, kind="stable")
        self._pair_rows = rows[order]
        self._pair_start = np.searchsorted(flat[order], np.arange(2 * _KINDS * _KINDS + 1))

    def _likely(self, stretch: Stretch) -> NDArray[np.intp]:
        """Returns the rows whose pairs of sounds are most of all in `stretch`."""
        if len(self._owners) <= _ALIGNED:
            return np.arange(len(self._owners))
        start = self._pair_start
        lists = [self._pair_rows[start[pair] : start[pair + 1]] for pair in _pairs_in(stretch)]
        hits = np.bincount(np.concatenate(lists), minlength=len(self._owners))
        share = hits / self._pair_count + 0.02 * hits
        return np.argpartition(-share, _ALIGNED)[:_ALIGNED]

    def _aligned(self, stretch: Stretch, language: str, floor: float) -> Iterable[Spot]:
        rows = self._likely(stretch)
        lengths = self._lengths[rows]
        sounds = self._sounds[rows][:, : lengths.max()]
        best, last = _align(sounds, lengths, stretch)
        costs, first = best >> _START_BITS, best & (1 << _START_BITS) - 1
        known = name_languages()
        spoken = 1 << known.index(language if language in known else "en")
        costs = costs + np.where(self._masks[rows] & spoken, 0, _OTHER_LANGUAGE)
        sizes = (absence_costs()[sounds] * (np.arange(sounds.shape[1]) < lengths[:, None])).sum(1)
        for at in np.flatnonzero(costs < (1 - floor) * sizes):
            begin, end = int(first[at]), int(last[at])
            positions = stretch.words_between(begin, end)
            word = self._words[self._owners[rows[at]]]
            if not positions & stretch.spelled:
                written = stretch.written(positions)
                other = _OTHER_SPELLING * Levenshtein.distance(written, word)
                yield Spot(
                    word=word,
                    cost=int(costs[at]) + 2 + min(other, _MOST_OTHER_SPELLING),
                    size=int(sizes[at]),
                    positions=positions,
                    first=begin,
                    last=end,
                    telling=bool(positions & stretch.telling),
                )

    def _exact(self, stretch: Stretch) -> Iterable[Spot]:
        """Yields the words that are in the phrase letter by letter, also in two halves."""
        for positions, written in stretch.neighbours():
            if written in self._number and positions & stretch.telling:
                yield _spot(written, 0, positions, stretch)

    def _spelled(self, stretch: Stretch) -> Iterable[Spot]:
        for position in stretch.spelled:
            written = stretch.words[position]
            for word in self._words:
                distance = Levenshtein.distance(written, word, score_cutoff=2)
                if distance <= min(2, len(written) // 3):
                    yield _spot(word, distance * _OTHER_LETTER, frozenset({position}), stretch)


def _spot(word: str, cost: int, positions: frozenset[int], stretch: Stretch) -> Spot:
    first, last = stretch.sounds_of(positions)
    sounds = stretch.sounds[first:last] or "a"
    size = int(absence_costs()[codes(sounds)].sum())
    return Spot(word=word, cost=cost, size=size, positions=positions, first=first, last=last)


def _align(sounds: NDArray[np.uint8], lengths: Numbers, stretch: Stretch) -> tuple[Numbers, ...]:
    """Returns the least cost of each row with where it begins in the low bits, and where it ends.

    A column per sound of the phrase; a cell is the cheapest way to have heard the first sounds of
    the row in a stretch that ends here.
    """
    swap, absent = swap_costs() << _START_BITS, absence_costs() << _START_BITS
    outside = np.array(stretch.inside_word, np.int32) * _OUTSIDE_WORDS << _START_BITS
    missing = np.zeros((len(sounds), sounds.shape[1] + 1), np.int32)
    np.cumsum(absent[sounds], axis=1, out=missing[:, 1:])
    cells = missing + outside[0]
    every = np.arange(len(sounds))
    best = cells[every, lengths] + outside[0]
    last = np.zeros(len(sounds), np.int32)
    for column, sound in enumerate(codes(stretch.sounds), start=1):
        before = cells
        cells = np.empty_like(before)
        cells[:, 0] = outside[column] + column
        np.minimum(
            before[:, :-1] + swap[sound][sounds], before[:, 1:] + absent[sound], out=cells[:, 1:]
        )
        cells -= missing
        np.minimum.accumulate(cells, axis=1, out=cells)
        cells += missing
        ended = cells[every, lengths] + outside[column]
        better = ended < best
        best[better] = ended[better]
        last[better] = column
    return best, last


def _pairs(sounds: str) -> set[int]:
    """Returns the neighbours in `sounds`, roughly, and the neighbours among its consonants."""
    groups = [_EDGE, *(_GROUP_OF[sound] for sound in sounds), _EDGE]
    bones = [group for group in groups if group != _VOWELS]
    return {
        (row * _KINDS + one) * _KINDS + other
        for row, some in enumerate((groups, bones))
        for one, other in pairwise(some)
    }


def _pairs_in(stretch: Stretch) -> list[int]:
    """Returns the pairs of a phrase: across its words, and at the edges of each."""
    pairs = _pairs(stretch.sounds)
    for position in range(len(stretch.words)):
        first, last = stretch.sounds_of(frozenset({position}))
        pairs |= _pairs(stretch.sounds[first:last])
    return sorted(pairs)
