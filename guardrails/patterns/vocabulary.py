"""Knows every word that patterns ask for, and finds them in a sentence."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

_KEPT = 1 << 14
"""Words whose sets are remembered."""

_BYTES = 4


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

    def followed_by(self, other: "Sentence") -> "Sentence":
        """Returns the sentence that goes on with `other`; both of the same vocabulary."""
        size = len(self.words)
        at = {words: positions << size for words, positions in other.at.items()}
        for words, positions in self.at.items():
            at[words] = at[words] | positions if words in at else positions
        return Sentence(
            words=[*self.words, *other.words], at=at, ends=other.ends << size | self.ends
        )


class _Seen(dict[str, tuple[int, ...]]):
    """The sets of words that were looked at; a copy of a vocabulary begins without."""

    def __deepcopy__(self, memo: object) -> "_Seen":
        return _Seen()

    def __reduce__(self) -> tuple[type["_Seen"], tuple[()]]:
        return _Seen, ()


@dataclass(slots=True)
class _Numbered:
    """Words of one kind by their spelling, and how long they are."""

    numbers: dict[str, int] = field(default_factory=dict[str, int])
    lengths: list[int] = field(default_factory=list[int])

    def add(self, word: str, number: int) -> None:
        self.numbers[word] = number
        if len(word) not in self.lengths:
            self.lengths = sorted([*self.lengths, len(word)])


@dataclass(slots=True)
class Vocabulary:
    """Numbers the words of patterns, and the sets of words that are as good as each other."""

    _exact: _Numbered = field(default_factory=_Numbered)
    _stems: _Numbered = field(default_factory=_Numbered)
    _endings: _Numbered = field(default_factory=_Numbered)
    _middles: _Numbered = field(default_factory=_Numbered)
    _sets: dict[bytes, int] = field(default_factory=dict[bytes, int])
    _sets_of: list[bytes] = field(default_factory=list[bytes])
    _letters: list[int] = field(default_factory=list[int])
    _seen: _Seen = field(default_factory=_Seen)

    def number(self, word: str, where: Open = Open.NOWHERE) -> int:
        """Returns the number of `word`, which may go on `where`."""
        kind = self._kind(where)
        if word not in kind.numbers:
            kind.add(word, len(self._sets_of))
            self._sets_of.append(b"")
            self._letters.append(len(word))
            self._seen.clear()
        return kind.numbers[word]

    def one_of(self, numbers: frozenset[int]) -> int:
        """Returns the number of the set of the words with `numbers`."""
        packed = _packed(sorted(numbers))
        if packed not in self._sets:
            group = self._sets[packed] = len(self._sets)
            for number in numbers:
                self._sets_of[number] += _packed((group,))
            self._seen.clear()
        return self._sets[packed]

    def sets(self) -> Mapping[int, Sequence[str]]:
        """Returns the words of each set by its number, open ones with an asterisk."""
        kinds = ((self._exact, "{}"), (self._stems, "{}*"), (self._endings, "*{}"))
        spelled = {
            number: form.format(word)
            for kind, form in (*kinds, (self._middles, "*{}*"))
            for word, number in kind.numbers.items()
        }
        return {
            group: [spelled[number] for number in _unpacked(packed)]
            for packed, group in self._sets.items()
        }

    def rarity(self, numbers: frozenset[int]) -> tuple[int, int]:
        """Returns how seldom one of `numbers` will occur: longer words and fewer are rarer."""
        return min(self._letters[number] for number in numbers), -len(numbers)

    def look_at(self, words: Sequence[str]) -> Sentence:
        """Returns where in `words` the sets of this vocabulary occur."""
        positions: dict[str, int] = {}
        for position, word in enumerate(words):
            positions[word] = positions.get(word, 0) | 1 << position
        at: dict[int, int] = {}
        seen = self._groups(positions)
        for word, places in positions.items():
            for group in seen[word]:
                at[group] = at[group] | places if group in at else places
        return Sentence(words=words, at=at, ends=(2 << len(words)) - 1)

    def _groups(self, words: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """Returns the sets each word is in; most words were said before."""
        found = {word: groups for word in words if (groups := self._seen.get(word)) is not None}
        if len(found) == len(words):
            return found
        new = {word: self._numbers(word) for word in words if word not in found}
        for number, word in self._in_the_middle(new):
            new[word].append(number)
        fresh = {
            word: tuple({group for number in numbers for group in _unpacked(self._sets_of[number])})
            for word, numbers in new.items()
        }
        if len(self._seen) + len(fresh) > _KEPT:
            self._seen.clear()
        self._seen.update(fresh)
        return found | fresh

    def _kind(self, where: Open) -> _Numbered:
        if where is Open.AFTER:
            return self._stems
        if where is Open.BEFORE:
            return self._endings
        return self._middles if where is Open.AROUND else self._exact

    def _numbers(self, word: str) -> list[int]:
        size = len(word)
        exact = self._exact.numbers.get(word)
        found = [] if exact is None else [exact]
        stems = self._stems.numbers
        for length in self._stems.lengths:
            if length > size:
                break
            if (number := stems.get(word[:length])) is not None:
                found.append(number)
        endings = self._endings.numbers
        for length in self._endings.lengths:
            if length > size:
                break
            if (number := endings.get(word[size - length :])) is not None:
                found.append(number)
        return found

    def _in_the_middle(self, words: Collection[str]) -> Iterator[tuple[int, str]]:
        """Yields stems within words; that most occur nowhere is seen on the whole at once."""
        together = " ".join(words)
        for middle, number in self._middles.numbers.items():
            if middle in together:
                yield from ((number, word) for word in words if middle in word)


def _packed(numbers: Iterable[int]) -> bytes:
    """Returns `numbers` in a tenth of the memory that as many objects take."""
    return b"".join(number.to_bytes(_BYTES, "little") for number in numbers)


def _unpacked(packed: bytes) -> Iterator[int]:
    places = range(0, len(packed), _BYTES)
    return (int.from_bytes(packed[place : place + _BYTES], "little") for place in places)
