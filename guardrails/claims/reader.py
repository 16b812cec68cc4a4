"""Finds in a sentence what it claims was done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardrails.claims.models import ClaimsEntry, Deed
from guardrails.patterns.grammar import Grammar, Pattern
from guardrails.patterns.matcher import Matcher, ReadyRule
from guardrails.patterns.vocabulary import Sentence
from guardrails.policy.document import Document, read_document
from guardrails.policy.language_reader import CLAIMS
from guardrails.policy.loader import FALLBACK, RULES
from guardrails.policy.problem import Location, PolicyError
from guardrails.text.normaliser import words
from guardrails.text.sentences import raw_sentences
from guardrails.verdict import Stage

_LONGEST = 2_000
"""Characters that are looked at of what is said in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageClaims:
    """The claims of one language, ready to be found.

    Attributes:
        language: ISO 639-1.
        between: Finds where a clause ends.
        grammar: Knows the words of the patterns.
        matcher: Finds claims.
        conditional: See `ClaimsEntry`.
        offered: See `ClaimsEntry`.
        dials: See `ClaimsEntry`.
        truths: What is said instead, by deed.
    """

    language: str
    between: re.Pattern[str]
    grammar: Grammar
    matcher: Matcher
    conditional: Sequence[Pattern]
    offered: Sequence[Pattern]
    dials: Sequence[Pattern]
    truths: Mapping[Deed, Sequence[str]]

    def claimed(self, sentence: str) -> Iterator[Deed]:
        """Yields what one sentence claims was done."""
        asked = sentence.rstrip("\"'»”’) ").endswith(("?", "？"))
        whole = self._looked_at(sentence)
        if _fires(self.offered, whole):
            return
        parts = self._clauses(sentence)
        clauses = [whole] if len(parts) == 1 else [self._looked_at(part) for part in parts]
        for clause in clauses[:-1] if asked else clauses:
            if _fires(self.conditional, clause):
                return
            yield from self._hits(clause)
        if len(clauses) > 1 and not asked:  # what only the whole sentence says
            yield from self._hits(whole)

    def tells_to_dial(self, sentence: str) -> bool:
        """Returns whether a sentence tells somebody to dial an emergency number."""
        return _fires(self.dials, self._looked_at(sentence))

    def _clauses(self, sentence: str) -> list[str]:
        """Returns the clauses of a sentence; never none."""
        return [part for part in self.between.split(sentence) if part.strip()] or [sentence]

    def _hits(self, clause: Sentence) -> Iterator[Deed]:
        for hit in self.matcher.hits(clause, Stage.OUTPUT):
            yield Deed(hit.rule.category)

    def _looked_at(self, text: str) -> Sentence:
        return self.grammar.vocabulary.look_at(words(text, self.language))


class ClaimReader:
    """Finds claims in every language there is; shared by all calls of a process.

    Args:
        languages: By ISO 639-1 code, English among them: it stands in for those that miss.
    """

    def __init__(self, languages: Mapping[str, LanguageClaims]) -> None:
        self._languages = languages

    def claimed(self, text: str, language: str) -> frozenset[Deed]:
        """Returns what `text` claims was done."""
        claims = self._of(language)
        sentences = raw_sentences(text[-_LONGEST:])
        return frozenset(deed for sentence in sentences for deed in claims.claimed(sentence))

    def dials(self, text: str, language: str) -> bool:
        """Returns whether `text` tells somebody to dial an emergency number."""
        claims = self._of(language)
        return any(claims.tells_to_dial(part) for part in raw_sentences(text[-_LONGEST:]))

    def truth(self, deed: Deed, language: str, turn: int = 0) -> str:
        """Returns what is said instead of a claim that is not so; sentences take turns."""
        truths = self._of(language).truths[deed]
        return truths[turn % len(truths)]

    def _of(self, language: str) -> LanguageClaims:
        return self._languages.get(language[:2].lower()) or self._languages[FALLBACK]


def load_claims(folder: Path = RULES) -> ClaimReader:
    """Returns the claims of every language in `folder`.

    Raises:
        PolicyError: If anything is wrong with them; with all that is wrong.
    """
    languages: dict[str, LanguageClaims] = {}
    documents: list[Document] = []
    for path in sorted(folder.glob(f"*/{CLAIMS}")):
        language = path.parent.name
        document = read_document(path, f"{language}/{CLAIMS}")
        documents.append(document)
        document.mapping()
        entry = None if document.problems else document.checked(ClaimsEntry)
        if entry is not None:
            languages[language] = _ready(language, entry, document)
    problems = [problem for document in documents for problem in document.problems]
    if FALLBACK not in languages and not problems:
        missing = Document(file=f"{FALLBACK}/{CLAIMS}")
        missing.problem((), "is missing; other languages fall back on it")
        problems = missing.problems
    if problems:
        raise PolicyError(problems)
    return ClaimReader(languages)


def _ready(language: str, entry: ClaimsEntry, document: Document) -> LanguageClaims:
    grammar = Grammar(language)
    grammar.learn_classes(entry.classes)

    def read(texts: Sequence[str], *place: str) -> tuple[Pattern, ...]:
        found = grammar.patterns("claims", texts)
        _report(grammar, document, texts, place)
        return found

    for flaw in grammar.flaws:
        row = entry.classes[flaw.owner].index(flaw.pattern)
        document.problem(("classes", flaw.owner, row), f"{flaw.pattern!r} {flaw.message}")
    grammar.flaws.clear()
    denied = read(entry.denied, "denied")
    rules = [
        ReadyRule(
            rule=f"claims.{language}.{deed}",
            category=deed,
            stages=frozenset({Stage.OUTPUT}),
            patterns=read(found.any, "deeds", deed, "any"),
            excuses=(*denied, *read(found.unless, "deeds", deed, "unless")),
        )
        for deed, found in entry.deeds.items()
    ]
    return LanguageClaims(
        language=language,
        between=_between(entry.joins),
        grammar=grammar,
        matcher=Matcher(rules),
        conditional=read(entry.conditional, "conditional"),
        offered=read(entry.offered, "offered"),
        dials=read(entry.dials, "dials"),
        truths={deed: found.say for deed, found in entry.deeds.items()},
    )


def _report(grammar: Grammar, document: Document, texts: Sequence[str], place: Location) -> None:
    for flaw in grammar.flaws:
        location = (*place, list(texts).index(flaw.pattern))
        document.problem(location, f"{flaw.pattern!r} {flaw.message}")
    grammar.flaws.clear()


def _between(joins: Sequence[str]) -> re.Pattern[str]:
    words = "|".join(re.escape(join) for join in joins)
    joined = rf"|\s(?:{words})\s" if words else ""
    return re.compile(r"[,:]\s+|\s+[-–—]+\s+" + joined, re.IGNORECASE)


def _fires(patterns: Sequence[Pattern], sentence: Sentence) -> bool:
    return any(pattern.ends(sentence, sentence.ends) for pattern in patterns)
