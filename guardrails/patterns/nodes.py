"""The parts of a pattern, as steps over sets of places in a sentence.

A place lies before, between or after words; a set of places is an integer with a bit for each. A
part takes the places where it may start to those where it may end, all at once: there is no way
back to try again, so the time is linear in the sentence whatever the pattern.

There are tens of thousands of them, so they are tuples: read from a kept policy in no time.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from guardrails.patterns.vocabulary import Sentence


class Node(Protocol):
    """A part of a pattern."""

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns the places where this part may end when it starts at one of `starts`."""
        ...


class OneOf(NamedTuple):
    """One word of a set of the vocabulary."""

    words: int

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns the places behind each such word."""
        return (starts & sentence.at.get(self.words, 0)) << 1


class Series(NamedTuple):
    """One part after the other."""

    parts: tuple[Node, ...]

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns the places behind the last part."""
        for part in self.parts:
            starts = part.follow(starts, sentence)
            if not starts:
                return 0
        return starts


class Choice(NamedTuple):
    """One of several parts."""

    options: tuple[Node, ...]

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns the places behind any option."""
        ends = 0
        for option in self.options:
            ends |= option.follow(starts, sentence)
        return ends


class Maybe(NamedTuple):
    """A part that may be missing."""

    part: Node

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns `starts` and the places behind the part."""
        return starts | self.part.follow(starts, sentence)


class Gap(NamedTuple):
    """Any words, up to a number."""

    most: int

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns `starts` and the places up to so many words later."""
        for _ in range(self.most):
            starts |= starts << 1
        return starts & sentence.ends


class SentenceStart:
    """The place before the first word."""

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns that place if it is among `starts`."""
        return starts & sentence.ends & 1


class SentenceEnd:
    """The place after the last word."""

    def follow(self, starts: int, sentence: Sentence) -> int:
        """Returns that place if it is among `starts`."""
        return starts & (1 << len(sentence.words))


def asked_for(node: Node) -> Iterator[int]:
    """Yields the sets of words that occur in `node`, whether it needs them or not."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, OneOf):
            yield one.words
        elif isinstance(one, Maybe):
            waiting.append(one.part)
        elif isinstance(one, Series):
            waiting.extend(one.parts)
        elif isinstance(one, Choice):
            waiting.extend(one.options)
