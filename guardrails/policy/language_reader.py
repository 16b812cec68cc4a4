"""Reads the folder of one language: words, rules, sentences to say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guardrails.patterns.grammar import Grammar
from guardrails.patterns.matcher import ReadyRule
from guardrails.policy.document import Document, read_document
from guardrails.policy.models import (
    Category,
    CategoryEntry,
    LanguageRules,
    RuleEntry,
    Words,
)
from guardrails.policy.problem import Location

WORDS = "words.yaml"
CLAIMS = "claims.yaml"
"""What the assistant claims to have done; no category, read by who compares it with the truth."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")
_KNOWN_PLACEHOLDERS = frozenset({"company", "number", "hotline"})
_ALWAYS_KNOWN = frozenset({"number"})


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A language while it is read.

    Attributes:
        language: ISO 639-1.
        categories: Of the policy.
        documents: The files, in the order they were read.
    """

    language: str
    categories: Mapping[str, Category]
    documents: list[Document] = field(default_factory=list[Document])
    grammar: Grammar = field(init=False)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    entries: dict[str, CategoryEntry] = field(default_factory=dict[str, CategoryEntry])
    rules: list[ReadyRule] = field(default_factory=list[ReadyRule])

    def __post_init__(self) -> None:
        self.grammar = Grammar(self.language)


def read_language(
    folder: Path, categories: Mapping[str, Category]
) -> tuple[LanguageRules, list[Document]]:
    """Returns what the folder of a language says, and its files with what is wrong in each."""
    reading = _Reading(language=folder.name, categories=categories)
    _read_words(reading, _open(reading, folder / WORDS))
    for path in sorted(folder.glob("*.yaml")):
        if path.name == CLAIMS:
            _open(reading, path)
        elif path.name != WORDS:
            _read_rules(reading, _open(reading, path))
    for missing in categories.keys() - reading.entries.keys():
        reading.documents[0].problem((), f"no file of the folder has the category {missing!r}")
    return _finished(reading), reading.documents


def ready_rules(
    grammar: Grammar,
    category_id: str,
    category: Category,
    entries: Iterable[RuleEntry],
) -> Iterable[ReadyRule]:
    """Yields `entries` of a category with their patterns read into `grammar`."""
    for entry in entries:
        rule = f"{category_id}.{grammar.language}.{entry.id}"
        yield ReadyRule(
            rule=rule,
            category=category_id,
            stages=frozenset(category.actions if entry.stages is None else entry.stages),
            patterns=grammar.patterns(rule, entry.any),
            excuses=grammar.patterns(rule, entry.unless),
        )


def _open(reading: _Reading, path: Path) -> Document:
    document = read_document(path, f"{reading.language}/{path.name}")
    reading.documents.append(document)
    return document


def _finished(reading: _Reading) -> LanguageRules:
    reading.grammar.forget_tokens()
    return LanguageRules(
        language=reading.language,
        classes=reading.classes,
        entries=reading.entries,
        grammar=reading.grammar,
        rules=tuple(reading.rules),
    )


def _read_words(reading: _Reading, document: Document) -> None:
    document.mapping()
    read = None if document.problems else document.checked(Words)
    if read is None:
        return
    reading.classes.update(read.classes)
    reading.grammar.learn_classes(read.classes)
    for flaw in reading.grammar.flaws:
        place = read.classes[flaw.owner].index(flaw.pattern)
        document.problem(("classes", flaw.owner, place), f"{flaw.pattern!r} {flaw.message}")
    reading.grammar.flaws.clear()


def _read_rules(reading: _Reading, document: Document) -> None:
    for category_id in document.mapping():
        if not _is_new(reading, document, category_id, reading.entries):
            continue
        entry = document.checked(CategoryEntry, (category_id,))
        if entry is None:
            continue
        reading.entries[category_id] = entry
        _check_sentences(document, category_id, entry)
        _check_rules(document, category_id, entry, reading.categories[category_id])
        category = reading.categories[category_id]
        reading.rules.extend(ready_rules(reading.grammar, category_id, category, entry.rules))
        _report_flaws(reading, document, category_id, entry)


def _is_new(
    reading: _Reading, document: Document, category_id: str, known: Mapping[str, object]
) -> bool:
    if category_id not in reading.categories:
        document.problem((category_id,), "is no category of policy.yaml")
        return False
    if category_id in known:
        document.problem((category_id,), "is in another file of the folder too")
        return False
    return True


def _check_sentences(document: Document, category_id: str, entry: CategoryEntry) -> None:
    needed: list[frozenset[str]] = []
    for place, sentence in enumerate(entry.say):
        names = frozenset(match.group(1) or "" for match in _PLACEHOLDER.finditer(sentence))
        needed.append(names)
        if unknown := names - _KNOWN_PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in sorted(_KNOWN_PLACEHOLDERS))
            document.problem(
                (category_id, "say", place),
                f"has {sorted(unknown)[0]!r} in braces; there are {known}",
            )
    if not any(names <= _ALWAYS_KNOWN for names in needed):
        document.problem(
            (category_id, "say"), "needs a sentence with neither {company} nor {hotline}"
        )


def _check_rules(
    document: Document, category_id: str, entry: CategoryEntry, category: Category
) -> None:
    ids: set[str] = set()
    for place, rule in enumerate(entry.rules):
        location: Location = (category_id, "rules", place)
        if rule.id in ids:
            document.problem((*location, "id"), f"{rule.id!r} is the id of another rule")
        ids.add(rule.id)
        for stage in rule.stages or ():
            if stage not in category.actions:
                document.problem(
                    (*location, "stages"), f"{stage} is no stage {category_id!r} is looked for at"
                )


def _report_flaws(
    reading: _Reading, document: Document, category_id: str, entry: CategoryEntry
) -> None:
    flaws = reading.grammar.flaws
    for place, rule in enumerate(entry.rules) if flaws else ():
        for flaw in flaws:
            if flaw.owner == f"{category_id}.{reading.language}.{rule.id}":
                field_name = "any" if flaw.pattern in rule.any else "unless"
                index = getattr(rule, field_name).index(flaw.pattern)
                document.problem(
                    (category_id, "rules", place, field_name, index),
                    f"{flaw.pattern!r} {flaw.message}",
                )
    flaws.clear()
