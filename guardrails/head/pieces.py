"""Splits texts into the pieces of words a language model reads: the likeliest ones together."""

import re
import unicodedata
from collections.abc import Sequence

START, PADDING, END, UNKNOWN = range(4)
"""Places of what is no piece of a word."""

_BEGINS = "▁"
"""Stands where a word begins."""

_NEVER = -1e30
_SPACES = re.compile(r"\s+")


class Pieces:
    """Knows pieces of words and how likely each is; it never changes.

    Args:
        names: The pieces; the first four are no pieces of words.
        likelihoods: Logarithms, of each.
    """

    def __init__(self, names: Sequence[str], likelihoods: Sequence[float]) -> None:
        known = range(UNKNOWN + 1, len(names))
        self._known = {names[place]: (place, float(likelihoods[place])) for place in known}
        self._longest = max(map(len, self._known), default=1)
        self._unknown = min((one for _, one in self._known.values()), default=0.0) - 10

    def split(self, text: str) -> list[int]:
        """Returns the places of the pieces of `text`, whose case and spaces do not matter."""
        return [place for word in words_of(text) for place in self.split_word(word)]

    def split_word(self, word: str) -> list[int]:
        """Returns the places of the pieces of one of `words_of`."""
        best = [0.0, *[_NEVER] * len(word)]
        through = [(0, UNKNOWN)] * (len(word) + 1)
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                place, likelihood = self._known.get(word[start:end], (UNKNOWN, _NEVER))
                if place == UNKNOWN and end == start + 1:
                    likelihood = self._unknown
                if best[start] + likelihood > best[end]:
                    best[end], through[end] = best[start] + likelihood, (start, place)
        return _walked_back(through)


def words_of(text: str) -> list[str]:
    """Returns the words of `text`, each with the sign that a word begins."""
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    return [_BEGINS + word for word in plain.split(" ")]


def _walked_back(through: Sequence[tuple[int, int]]) -> list[int]:
    places: list[int] = []
    end = len(through) - 1
    while end > 0:
        end, place = through[end]
        places.append(place)
    return places[::-1]
