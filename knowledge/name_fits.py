"""How well each person's name explains what was heard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

import numpy as np
from numpy.typing import NDArray

from knowledge.name_forms import Form
from knowledge.name_spotting import NameWords, Spot
from knowledge.name_words import CommonWords, Phrase

SPOT_FLOOR = 0.5
"""Least likeness of a stretch of sounds to a word of a name for it to count at all."""

_WORTH = 0.55
"""Of the size of a word: what spotting it is worth before the cost of its mishearings."""

_PRESUMED = 60
_TURNED_ROUND = 30
_APART = 40
_WEIGHED = 120
_DOUBT = 30.0
"""Hundredths of a sound that make one name e times as likely as another; measured on telephone
speech that Whisper base wrote down."""

FAR_BEHIND = 3 * _DOUBT
"""Behind the best by this, a name is not worth asking about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well one form explains a phrase.

    Attributes:
        owner: Id of the person or department.
        words: How many of its words were heard.
        positions: Where.
        likeness: How alike they sound, 0..1, all together.
        worst: The same of the least alike.
        complete: Whether all its words were heard.
        gain: Hundredths of a sound explained, less those that have to be misheard.
    """

    owner: str
    words: int
    positions: frozenset[int]
    likeness: float
    complete: bool
    worst: float = 1.0
    gain: float = 0.0

    @property
    def rank(self) -> tuple[int, float]:
        """Orders fits: more words first, then closer ones."""
        return self.words, self.likeness


class NameForms:
    """The names of people, with an index from each word to the names that have it."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = tuple(forms)
        having: dict[str, list[int]] = {}
        for index, form in enumerate(self._forms):
            for word in dict.fromkeys(form.words):
                having.setdefault(word, []).append(index)
        self._having: Mapping[str, NDArray[np.int32]] = {
            word: np.array(indexes, np.int32) for word, indexes in having.items()
        }
        self._vocabulary = NameWords(having)

    def fits(self, phrase: Phrase, floor: float = SPOT_FLOOR) -> list[Fit]:
        """Returns the best fit of each person whose name may have been said, best first."""
        stretch = phrase.stretch()
        spots = self._vocabulary.spots(
            stretch, phrase.language, 1.0 if phrase.exact_only else floor
        )
        best: dict[str, Fit] = {}
        for index in self._promising(spots):
            fit = _fit(self._forms[index], spots)
            if fit and (fit.owner not in best or fit.gain > best[fit.owner].gain):
                best[fit.owner] = fit
        return sorted(best.values(), key=lambda fit: (-fit.gain, fit.owner))

    def _promising(self, spots: Mapping[str, Spot]) -> Sequence[int]:
        """Returns the forms with the most in the phrase."""
        if not spots:
            return ()
        forms = np.concatenate([self._having[word] for word in spots])
        gains = np.concatenate(
            [np.full(len(self._having[word]), _gain(spot)) for word, spot in spots.items()]
        )
        total = np.bincount(forms, weights=gains)
        most = np.arange(len(total))
        if len(total) > _WEIGHED:
            most = np.argpartition(-total, _WEIGHED)[:_WEIGHED]
        return [int(index) for index in most if total[index] > 0]


def shares(fits: Sequence[Fit]) -> list[float]:
    """Returns how likely each of `fits` is the one that was meant, if any of them is."""
    if not fits:
        return []
    best = max(fit.gain for fit in fits)
    weights = [exp((fit.gain - best) / _DOUBT) for fit in fits]
    return [weight / sum(weights) for weight in weights]


class CommonForms:
    """Departments and titles, with an index from each word to the forms that have it."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = tuple(forms)
        self._having: dict[str, list[int]] = {}
        for index, form in enumerate(self._forms):
            for word in dict.fromkeys(form.words):
                self._having.setdefault(word, []).append(index)
        self._vocabulary = CommonWords(self._having)

    def fits(self, phrase: Phrase) -> list[Fit]:
        """Returns the best complete fit of each owner, best first."""
        matches: dict[int, dict[str, tuple[float, int]]] = {}
        for position in sorted(phrase.telling):
            word = phrase.words[position]
            near = {word: 1.0} if phrase.exact_only else self._vocabulary.like(word)
            for known_word, likeness in near.items():
                for index in self._having.get(known_word, ()):
                    known = matches.setdefault(index, {})
                    if likeness > known.get(known_word, (0.0, 0))[0]:
                        known[known_word] = (likeness, position)
        best: dict[str, Fit] = {}
        for index, known in matches.items():
            form = self._forms[index]
            if len(known) < len(frozenset(form.words)):
                continue
            fit = _role_fit(form, known, phrase.language)
            if fit is None:
                continue
            if fit.owner not in best or fit.rank > best[fit.owner].rank:
                best[fit.owner] = fit
        return sorted(best.values(), key=lambda fit: (-fit.words, -fit.likeness, fit.owner))


_OTHER_LANGUAGE = 0.1


def _role_fit(form: Form, known: Mapping[str, tuple[float, int]], language: str) -> Fit | None:
    """Returns how well `form` fits; in another language it must be said word for word.

    The "last" of "last night" is no German "Lastschrift".
    """
    likeness = sum(likeness for likeness, _ in known.values()) / len(known)
    spoken = form.language in (language, "*")
    if not spoken and likeness < 1:
        return None
    return Fit(
        owner=form.owner,
        words=len(known),
        positions=frozenset(position for _, position in known.values()),
        likeness=likeness if spoken else likeness - _OTHER_LANGUAGE,
        complete=True,
    )


def _fit(form: Form, spots: Mapping[str, Spot]) -> Fit | None:
    """Returns how well `form` explains a phrase; None where only words are that tell nothing."""
    mine = [spots[word] for word in dict.fromkeys(form.words) if word in spots]
    telling = [spot for spot in mine if spot.telling]
    mine = [spot for spot in mine if spot.telling or any(_beside(spot, one) for one in telling)]
    taken: list[Spot] = []
    for spot in sorted(mine, key=_gain, reverse=True):
        if not any(_overlap(spot, other) for other in taken):
            taken.append(spot)
    if not any(spot.telling for spot in taken):
        return None
    gain = sum(_gain(spot) for spot in taken) - (_PRESUMED if form.presumed else 0)
    heard = [spot for spot in mine if spot in taken]
    for before, after in pairwise(heard):
        if after.first < before.first:
            gain -= _TURNED_ROUND
        elif after.first > before.last + 1:
            gain -= _APART
    size = sum(spot.size for spot in taken)
    return Fit(
        owner=form.owner,
        words=len(taken),
        positions=frozenset[int]().union(*(spot.positions for spot in taken)),
        likeness=max(0.0, 1 - sum(spot.cost for spot in taken) / size),
        worst=min(spot.likeness for spot in taken),
        complete=len(taken) == len(frozenset(form.words)),
        gain=gain,
    )


def _gain(spot: Spot) -> float:
    return _WORTH * spot.size - spot.cost


def _beside(one: Spot, other: Spot) -> bool:
    """Whether two spots follow each other without a sound between."""
    return one.last == other.first or other.last == one.first


def _overlap(one: Spot, other: Spot) -> bool:
    return min(one.last, other.last) - max(one.first, other.first) > 1
