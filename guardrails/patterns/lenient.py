"""Patterns that still find what they look for when a recogniser has dropped a small word."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from guardrails.patterns.grammar import Pattern
from guardrails.patterns.matcher import ReadyRule
from guardrails.patterns.nodes import Maybe, Node, OneOf, Series

_SMALL = 3
"""Letters of the longest word that nobody stresses."""

_CARRYING = 2
"""Sets of words a pattern still needs: of one alone nothing is made."""

_NEVER = frozenset(
    {
        *("no", "not", "non", "nao", "ne", "n", "t", "pas", "ni", "nor", "nie", "sin", "sem"),
        *("out", "off", "up", "hit", "cut", "gas", "sos", "leg", "arm", "eye", "gun", "feu", "mar"),
    }
)
"""Small words that turn the meaning, or carry it."""


def small_words(sets: Mapping[int, Sequence[str]]) -> frozenset[int]:
    """Returns those of `sets` that nobody misses: articles, forms of to be, prepositions."""
    return frozenset(
        group
        for group, spelled in sets.items()
        if all(len(word) <= _SMALL and word not in _NEVER for word in spelled)
    )


def lenient(rule: ReadyRule, small: frozenset[int]) -> ReadyRule:
    """Returns `rule` with patterns that do without the sets `small`, where enough is left."""
    return replace(rule, patterns=tuple(_lenient(each, small) for each in rule.patterns))


def _lenient(pattern: Pattern, small: frozenset[int]) -> Pattern:
    needs = tuple(need for need in pattern.needs if need not in small)
    if len(needs) < _CARRYING:
        return pattern
    return Pattern(node=_without(pattern.node, small), needs=needs)


def _without(node: Node, small: frozenset[int]) -> Node:
    if isinstance(node, OneOf):
        return Maybe(node) if node.words in small else node
    if isinstance(node, Series):
        return Series(tuple(_without(part, small) for part in node.parts))
    return node
