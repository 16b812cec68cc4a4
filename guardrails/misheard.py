"""Finds who is in danger, or wants a person, in what a recogniser made of it.

Words may be misspelt, run together, left out, or taken for others that sound the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from guardrails.patterns.lenient import lenient, small_words
from guardrails.patterns.matcher import Hit, Matcher, ReadyRule
from guardrails.patterns.nodes import asked_for
from guardrails.patterns.repair import Repair, names_in
from guardrails.policy.models import LanguageRules
from guardrails.text.sentences import sentences
from guardrails.verdict import Stage

DANGER = frozenset({"emergency", "self_harm"})
"""Categories whose words are looked for behind others: to miss them costs the most."""

PERSON = "human_request"
"""The category of callers who want a person; their words are looked for too."""

_WORDS_PERSON = 16
"""Of a sentence in which somebody wants a person: in longer ones it is about something else."""

_NAME = 7
"""Letters of an unknown word that may be the name of the person wanted, where a turn begins."""

_LETTERS = 9
"""Of a hit at least, spaces included: a short one may as well be something else misheard."""

_WORDS_LENIENT = 3
_LETTERS_LENIENT = 13
"""Of a hit that lacks a word, spaces included."""


class Misheard:
    """Looks for danger, and for who wants a person, in one language where words may be wrong.

    Calls share it on any thread.
    """

    def __init__(self, rules: LanguageRules) -> None:
        danger = [rule for rule in rules.rules if rule.category in DANGER]
        wanting = [rule for rule in rules.rules if rule.category == PERSON]
        both = [*danger, *wanting]
        vocabulary = rules.grammar.vocabulary
        sets = vocabulary.sets() if both else {}
        small = small_words(sets)
        self._language = rules.language
        self._look_at = vocabulary.look_at
        self._exact = Matcher(danger)
        self._person = Matcher(wanting)
        excuses = tuple(excuse for rule in danger for excuse in rule.excuses)
        self._lenient = Matcher(replace(lenient(rule, small), excuses=excuses) for rule in danger)
        self._repair = Repair(
            self._look_at,
            danger=(word for group in _asked_for(both) for word in sets[group]),
            known=(word for spelled in sets.values() for word in spelled),
            language=rules.language,
            homophones=(word for group in _asked_for(wanting) for word in sets[group]),
        )

    def hits(self, text: str, stage: Stage) -> Iterator[Hit]:
        """Yields what fires on `text` when its words are read as what they may have been."""
        names = names_in(text, self._language)
        for sentence in sentences(text, self._language):
            repaired = self._repair.look_at(sentence, names)
            read = repaired or self._look_at(sentence)
            for hit in self._exact.hits(read, stage) if repaired else ():
                if len(hit.excerpt) >= _LETTERS:
                    yield hit
            for hit in self._lenient.hits(read, stage):
                if _words(hit) >= _WORDS_LENIENT and len(hit.excerpt) >= _LETTERS_LENIENT:
                    yield hit
            if len(sentence) > _WORDS_PERSON:
                continue
            sounding = self._repair.homophones(read) or repaired
            for hit in self._person.hits(sounding, stage) if sounding else ():
                if len(hit.excerpt) >= _LETTERS and not self._is_name(hit):
                    yield hit

    def _is_name(self, hit: Hit) -> bool:
        """True for "Pearson please", who is no person; "obertatrice" is nobody's name."""
        first = hit.excerpt.split(" ", 1)[0]
        return len(first) <= _NAME and not self._repair.knows(first)


def _asked_for(rules: Sequence[ReadyRule]) -> set[int]:
    patterns = (pattern for rule in rules for pattern in rule.patterns)
    return {group for pattern in patterns for group in asked_for(pattern.node)}


def _words(hit: Hit) -> int:
    return hit.excerpt.count(" ") + 1
