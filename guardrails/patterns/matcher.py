"""Finds, among thousands of rules, those that fire on a sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guardrails.patterns.grammar import Pattern
from guardrails.patterns.vocabulary import Sentence
from guardrails.verdict import Stage

_BIT = {stage: 1 << place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRule:
    """A rule whose patterns were read.

    Attributes:
        rule: Its full id, such as `employment.en.rank-applicants`.
        category: Of the policy.
        stages: Where it applies.
        patterns: Any of them makes it fire ...
        excuses: ... unless one of these is in the same sentence.
    """

    rule: str
    category: str
    stages: frozenset[Stage]
    patterns: tuple[Pattern, ...]
    excuses: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that fired.

    Attributes:
        rule: Which.
        excerpt: The words it fired on.
    """

    rule: ReadyRule
    excerpt: str


_Entry = tuple[int, frozenset[int], Pattern, ReadyRule]
"""A pattern where it is looked up: a bit per stage and what it needs stand in front, to be fast."""


class Matcher:
    """Looks for rules by the rarest words their patterns need."""

    def __init__(self, rules: Iterable[ReadyRule]) -> None:
        self._by_need: dict[int, list[_Entry]] = {}
        for rule in rules:
            stages = sum(_BIT[stage] for stage in rule.stages)
            for pattern in rule.patterns:
                entry = (stages, frozenset(pattern.needs), pattern, rule)
                self._by_need.setdefault(pattern.needs[0], []).append(entry)

    def hits(self, sentence: Sentence, stage: Stage, across: int | None = None) -> Iterator[Hit]:
        """Yields every rule that fires on `sentence`, once each.

        Args:
            sentence: Looked at with the vocabulary of the rules.
            stage: Whose rules are looked for.
            across: The place a hit must reach across, with words before and after it.
        """
        starts = sentence.ends if across is None else (1 << across) - 1
        wanted = sentence.ends if across is None else sentence.ends & -(2 << across)
        bit = _BIT[stage]
        present = sentence.at.keys()
        done: set[str] = set()
        for need in filter(self._by_need.__contains__, present):
            for stages, needs, pattern, rule in self._by_need[need]:
                if not stages & bit or not present >= needs or rule.rule in done:
                    continue
                if not pattern.node.follow(starts, sentence) & wanted:
                    continue
                done.add(rule.rule)
                if not _excused(rule, sentence):
                    yield Hit(rule=rule, excerpt=_excerpt(pattern, sentence, starts, wanted))


def _excused(rule: ReadyRule, sentence: Sentence) -> bool:
    return any(excuse.ends(sentence, sentence.ends) for excuse in rule.excuses)


def _excerpt(pattern: Pattern, sentence: Sentence, starts: int, wanted: int) -> str:
    """Returns the shortest first match: the last start of those whose end comes first."""
    ends = pattern.ends(sentence, starts) & wanted
    end = (ends & -ends).bit_length() - 1
    low, high = 0, end
    while low < high:
        middle = (low + high + 1) // 2
        later = starts & -(1 << middle)
        if pattern.ends(sentence, later) & (1 << end):
            low = middle
        else:
            high = middle - 1
    return " ".join(sentence.words[low:end])
