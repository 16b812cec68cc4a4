"""Which items (topics, passages) use which words: what sentence embeddings blur.

Embeddings take "the invoice" and "the receipt" for much the same; words do not. Words are compared
by their first letters, so endings do not matter, and words a recogniser has misheard or split are
put right when nobody knows them and one of the tenant's words is spelled nearly alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.phrasing import plain, stems

Vectors = NDArray[np.float32]

_LEAST_WEIGHT = 0.05
"""Of a word that nearly every item uses."""
_MISHEARD = 82.0
"""Likeness from which an unknown word is a known one misheard: "boyler" is 83 % "boiler"."""
_LEAST_LETTERS = 5
"""Shorter words are alike by chance."""
_ENCODED = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordIndex:
    """The words of some items in one language.

    Attributes:
        items: How many items there are.
        starts: Where the users of each stem begin in `users`, by stem.
        users: Items that use a stem, one stem after another.
        words: Whole words, sorted.
    """

    items: int
    starts: Mapping[str, tuple[int, int]]
    users: NDArray[np.int32]
    words: Sequence[str]

    @classmethod
    def arrays_of(cls, texts: Iterable[Iterable[str]]) -> Mapping[str, NDArray[Any]]:
        """Returns the words of `texts`, those of one item after another, as arrays to keep."""
        users: dict[str, list[int]] = {}
        words: set[str] = set()
        for item, parts in enumerate(texts):
            own = {word for part in parts for word in plain(part).split()}
            words |= own
            for stem in dict.fromkeys(stem for word in sorted(own) for stem in stems(word)):
                users.setdefault(stem, []).append(item)
        counts = np.cumsum([0, *(len(found) for found in users.values())], dtype=np.int32)
        flat = [item for found in users.values() for item in found]
        return {
            "stems": _packed(users),
            "starts": counts,
            "users": np.array(flat, np.int32),
            "words": _packed(sorted(words)),
        }

    @classmethod
    def of(cls, items: int, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Returns the index kept in `arrays`."""
        bounds = arrays["starts"].tolist()
        known = _unpacked(arrays["stems"])
        return cls(
            items=items,
            starts=dict(zip(known, pairwise(bounds), strict=True)),
            users=arrays["users"],
            words=_unpacked(arrays["words"]),
        )

    def shares(self, asked: str) -> Vectors:
        """Returns, per item, the share of the telling words of `asked` it uses, 0..1."""
        shares = np.zeros(self.items, np.float32)
        total = 0.0
        for stem in Counter(stems(asked)):
            start, end = self.starts.get(stem, (0, 0))
            weight = max(log((self.items + 1) / (end - start + 0.5)), _LEAST_WEIGHT)
            total += weight
            shares[self.users[start:end]] += weight
        return np.asarray(shares / max(total, 1e-9), np.float32)

    def mended(self, asked: str, known: frozenset[str]) -> str:
        """Returns `asked` with misheard and split words put right, itself when there are none.

        Args:
            asked: Plain words.
            known: Stems of words that are no mishearings although no item uses them.
        """
        words = self._joined(asked.split(), known)
        for position, word in enumerate(words):
            if len(word) < _LEAST_LETTERS or not self._is_strange(word, known):
                continue
            meant = process.extractOne(word, self.words, scorer=fuzz.ratio, score_cutoff=_MISHEARD)
            if meant is not None:
                words[position] = meant[0]
        return " ".join(words)

    def _joined(self, words: Sequence[str], known: frozenset[str]) -> list[str]:
        """Returns `words` with two that are one of the tenant's words put together: "par king"."""
        joined: list[str] = []
        for word in words:
            before = joined[-1] if joined else ""
            whole = before + word
            strange = any(self._is_strange(part, known) for part in (before, word))
            if strange and len(whole) >= _LEAST_LETTERS and whole in self.words:
                joined[-1] = whole
            else:
                joined.append(word)
        return joined

    def _is_strange(self, word: str, known: frozenset[str]) -> bool:
        """Returns whether nobody knows `word`; a letter by itself is none."""
        found = stems(word)
        return bool(found) and not any(stem in known or stem in self.starts for stem in found)


def _packed(words: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(_ENCODED), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> list[str]:
    text = packed.tobytes().decode(_ENCODED)
    return text.split("\n") if text else []
