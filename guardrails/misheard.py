"""Finds danger in what a recogniser made of it: words misspelt, run together, or left out."""

from collections.abc import Iterator
from dataclasses import replace

from guardrails.patterns.lenient import lenient, small_words
from guardrails.patterns.matcher import Hit, Matcher
from guardrails.patterns.nodes import asked_for
from guardrails.patterns.repair import Repair, names_in
from guardrails.policy.models import LanguageRules
from guardrails.text.sentences import sentences
from guardrails.verdict import Stage

DANGER = frozenset({"emergency", "self_harm"})
"""Categories whose words are looked for behind others: to miss them costs the most."""

_LETTERS = 9
"""Of a hit at least, spaces included: a short one may as well be something else misheard."""

_WORDS_LENIENT = 3
_LETTERS_LENIENT = 13
"""Of a hit that lacks a word, spaces included."""


class Misheard:
    """Looks for danger in one language where words may be wrong.

    Calls share it on any thread.
    """

    def __init__(self, rules: LanguageRules) -> None:
        danger = [rule for rule in rules.rules if rule.category in DANGER]
        vocabulary = rules.grammar.vocabulary
        sets = vocabulary.sets() if danger else {}
        small = small_words(sets)
        self._language = rules.language
        self._look_at = vocabulary.look_at
        self._exact = Matcher(danger)
        excuses = tuple(excuse for rule in danger for excuse in rule.excuses)
        self._lenient = Matcher(replace(lenient(rule, small), excuses=excuses) for rule in danger)
        wanted = {
            group
            for rule in danger
            for pattern in rule.patterns
            for group in asked_for(pattern.node)
        }
        self._repair = Repair(
            self._look_at,
            danger=(word for group in wanted for word in sets[group]),
            known=(word for spelled in sets.values() for word in spelled),
        )

    def hits(self, text: str, stage: Stage) -> Iterator[Hit]:
        """Yields what fires on `text` when its words are read as what they may have been."""
        names = names_in(text, self._language)
        for sentence in sentences(text, self._language):
            read = self._repair.look_at(sentence, names)
            for hit in self._exact.hits(read, stage) if read else ():
                if len(hit.excerpt) >= _LETTERS:
                    yield hit
            for hit in self._lenient.hits(read or self._look_at(sentence), stage):
                if _words(hit) >= _WORDS_LENIENT and len(hit.excerpt) >= _LETTERS_LENIENT:
                    yield hit


def _words(hit: Hit) -> int:
    return hit.excerpt.count(" ") + 1
