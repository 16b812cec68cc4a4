"""Reads the notation patterns are written in.

- `rank*`, `*bescheid`, `*bewerb*`: open words
- `(a|b c|<name>)`: one of these; `<name>`: a word or words of that class
- `[x]`: may be missing
- `..`, `...`: up to three, up to six words
- `^`, `$`: start, end of the sentence
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from guardrails.patterns.nodes import (
    Choice,
    Gap,
    Maybe,
    Node,
    OneOf,
    SentenceEnd,
    SentenceStart,
    Series,
)
from guardrails.patterns.vocabulary import Open, Vocabulary
from guardrails.text.normaliser import words

_TOKEN = re.compile(r"<[^<>]*>|[()\[\]|^$]|[^\s()\[\]|^$<>]+|[<>]")
_GAPS: Mapping[str, int] = {"..": 3, "...": 6}
_OPENING = {"(": ")", "[": "]"}
_STRUCTURE = frozenset("()[]|^$")
_LONGEST = 600
_DEEPEST = 8


class NotationError(ValueError):
    """A pattern cannot be read; the message says what to write instead."""


class Part(NamedTuple):
    """A part of a pattern and what a sentence must have for it to occur.

    Attributes:
        node: What finds it.
        needs: Of each of these sets of words one must occur; empty when it may match no word.
        single: The words it is one of, if it is always exactly one word.
    """

    node: Node
    needs: tuple[frozenset[int], ...] = ()
    single: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known while the patterns of a language are read.

    Attributes:
        language: ISO 639-1.
        vocabulary: Learns the words of each pattern.
        classes: By name.
        tokens: Words that were read before, as written; there are far fewer than places.
    """

    language: str
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    classes: dict[str, Part] = field(default_factory=dict[str, Part])
    tokens: dict[str, list[Part]] = field(default_factory=dict[str, list[Part]])


def read(pattern: str, known: Known) -> Part:
    """Returns `pattern` as a part.

    Raises:
        NotationError: If it cannot be read, or asks for no word at all.
    """
    if len(pattern) > _LONGEST:
        raise NotationError(f"is longer than {_LONGEST} characters; write two patterns")
    part = _Reader(_tokens(pattern), known).whole()
    if not part.needs:
        raise NotationError("fits a text without any of its words; make some of it obligatory")
    return part


def class_names(pattern: str) -> list[str]:
    """Returns the classes `pattern` names."""
    return [token[1:-1] for token in _TOKEN.findall(pattern) if token[0] == "<" and len(token) > 1]


def _tokens(pattern: str) -> list[str]:
    tokens: list[str] = []
    behind = -1
    for match in _TOKEN.finditer(pattern):
        token = match.group()
        if token in "<>":
            raise NotationError(f"has a {token!r} without its other half")
        if match.start() == behind and _sticks(tokens[-1], token):
            raise NotationError(f"needs a space between {tokens[-1]!r} and {token!r}")
        tokens.append(token)
        behind = match.end()
    return tokens


def _sticks(before: str, token: str) -> bool:
    """True for a word glued to a bracket or a class: `rank(s|ed)` would not mean what it seems."""
    solid = [one not in _STRUCTURE for one in (before, token)]
    return all(solid) or (solid[0] and token in _OPENING) or (solid[1] and before in (")", "]"))


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str], known: Known) -> None:
        self._tokens = tokens
        self._next = 0
        self._known = known

    def whole(self) -> Part:
        part = self._options(closing=None, depth=0)
        if self._next < len(self._tokens):
            raise NotationError(f"has a {self._tokens[self._next]!r} that closes nothing")
        return part

    def _options(self, closing: str | None, depth: int) -> Part:
        if depth > _DEEPEST:
            raise NotationError(f"has more than {_DEEPEST} brackets in each other")
        options = [self._series(depth)]
        while self._peek() == "|":
            if closing is None:
                raise NotationError("has a '|' outside of brackets; write (a|b)")
            self._next += 1
            options.append(self._series(depth))
        if self._peek() != closing and (closing or self._peek() not in (")", "]")):
            raise NotationError(f"lacks a {closing!r}")
        return choice(options, self._known.vocabulary)

    def _series(self, depth: int) -> Part:
        parts: list[Part] = []
        plain: list[str] = []
        while (token := self._peek()) not in (None, "|", ")", "]"):
            self._next += 1
            if _is_plain(token):
                plain.append(token)
                continue
            if plain:
                parts.extend(self._plain(plain))
                plain = []
            parts.extend(self._special(token, depth))
        parts.extend(self._plain(plain))
        if not parts:
            raise NotationError("has an empty alternative or is empty")
        return _series(parts)

    def _special(self, token: str, depth: int) -> list[Part]:
        if token in _OPENING:
            return [self._bracket(token, depth)]
        if token in _STRUCTURE or token in _GAPS or token[0] == "<":
            return [self._mark(token)]
        return self._token(token)

    def _bracket(self, token: str, depth: int) -> Part:
        part = self._options(_OPENING[token], depth + 1)
        self._next += 1
        return part if token == "(" else Part(Maybe(part.node))

    def _mark(self, token: str) -> Part:
        if token in _GAPS:
            return Part(Gap(_GAPS[token]))
        if token in "^$":
            return Part(SentenceStart() if token == "^" else SentenceEnd())
        name = token[1:-1]
        if name not in self._known.classes:
            raise NotationError(f"names the class <{name}>, which words.yaml does not have")
        return self._known.classes[name]

    def _plain(self, tokens: list[str]) -> list[Part]:
        """Reads words together, so that repeats and spelled letters are what they are in texts."""
        alone = [part for token in tokens for part in self._token(token)]
        if len(tokens) < 2:
            return alone
        return [self._word(word) for word in words(" ".join(tokens), self._known.language)]

    def _token(self, token: str) -> list[Part]:
        tokens = self._known.tokens
        if token not in tokens:
            tokens[token] = (
                self._open(token) if "*" in token else list(map(self._word, self._spoken(token)))
            )
        return tokens[token]

    def _open(self, token: str) -> list[Part]:
        bare = token.strip("*")
        if "*" in bare or "**" in token:
            raise NotationError(f"has a '*' inside of {token!r}; it may stand at either end")
        spoken = self._spoken(bare)
        before, after = token.startswith("*"), token.endswith("*")
        if len(spoken) == 1 and before and after:
            return [self._word(spoken[0], Open.AROUND)]
        last = len(spoken) - 1
        return [
            self._word(
                word,
                Open.BEFORE
                if before and place == 0
                else Open.AFTER
                if after and place == last
                else Open.NOWHERE,
            )
            for place, word in enumerate(spoken)
        ]

    def _spoken(self, token: str) -> list[str]:
        spoken = words(token, self._known.language)
        if not spoken:
            raise NotationError(f"has {token!r}, which no text has after it was normalised")
        return spoken

    def _word(self, word: str, where: Open = Open.NOWHERE) -> Part:
        vocabulary = self._known.vocabulary
        return _one_of(frozenset({vocabulary.number(word, where)}), vocabulary)

    def _peek(self) -> str | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None


def choice(options: list[Part], vocabulary: Vocabulary) -> Part:
    """Returns the part that is one of `options`."""
    if len(options) == 1:
        return options[0]
    singles = [option.single for option in options if option.single is not None]
    if len(singles) == len(options):
        return _one_of(frozenset().union(*singles), vocabulary)
    node = Choice(tuple(option.node for option in options))
    if not all(option.needs for option in options):
        return Part(node)
    rarest = (max(option.needs, key=vocabulary.rarity) for option in options)
    return Part(node, (frozenset().union(*rarest),))


def nothing(name: str, vocabulary: Vocabulary) -> Part:
    """Returns a part no sentence has: `name` in brackets, which normalised texts are without."""
    return _one_of(frozenset({vocabulary.number(f"<{name}>")}), vocabulary)


@lru_cache(1 << 16)
def _one(words: int) -> OneOf:
    """Returns the same part for the same words: most patterns use words of others."""
    return OneOf(words)


def _one_of(numbers: frozenset[int], vocabulary: Vocabulary) -> Part:
    return Part(_one(vocabulary.one_of(numbers)), (numbers,), numbers)


def _series(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    needs = dict.fromkeys(need for part in parts for need in part.needs)
    return Part(Series(tuple(part.node for part in parts)), tuple(needs))


def _is_plain(token: str) -> bool:
    special = token in _STRUCTURE or token in _GAPS or token[0] == "<" or "*" in token
    return not special
