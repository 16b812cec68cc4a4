"""Reads the sentences that the embedding head is taught with; calls do without them."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guardrails.policy.document import Document, read_document
from guardrails.policy.models import Entry, Text
from guardrails.policy.problem import PolicyError

_FILES = "*/seeds/*.yaml"
_ORDINARY = "ordinary"


class SeedSet(Entry):
    """Sentences a category is taught with: some that are it, some that only sound like it."""

    hits: tuple[Text, ...] = ()
    passes: tuple[Text, ...] = ()


class CategorySeeds(Entry):
    """The seeds of one category in one language, by stage."""

    turn: SeedSet = SeedSet()
    config: SeedSet = SeedSet()
    output: SeedSet = SeedSet()


class OrdinarySeeds(Entry):
    """Sentences that belong to no category, by stage."""

    turn: tuple[Text, ...] = ()
    config: tuple[Text, ...] = ()
    output: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSeeds:
    """The seeds of one language.

    Attributes:
        categories: By id.
        ordinary: Sentences that belong to no category.
    """

    categories: Mapping[str, CategorySeeds]
    ordinary: OrdinarySeeds


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The seeds of a language while they are read."""

    categories: dict[str, CategorySeeds] = field(default_factory=dict[str, CategorySeeds])
    ordinary: OrdinarySeeds = field(default_factory=OrdinarySeeds)


def load_seeds(
    folder: Path, known: Iterable[str], *, without: Collection[str] = ()
) -> Mapping[str, LanguageSeeds]:
    """Returns the seeds of each language that has any.

    Args:
        folder: Of the rules.
        known: The categories of the policy.
        without: Names of files, without ending, that are left out.

    Raises:
        PolicyError: If anything is wrong with a file; with all that is wrong.
    """
    categories = frozenset(known)
    readings: dict[str, _Reading] = {}
    documents: list[Document] = []
    for path in (path for path in seed_files(folder) if path.stem not in without):
        document = read_document(path, path.relative_to(folder).as_posix())
        documents.append(document)
        reading = readings.setdefault(path.parents[1].name, _Reading())
        if path.stem == _ORDINARY:
            reading.ordinary = document.checked(OrdinarySeeds) or reading.ordinary
        else:
            _read(reading, document, categories)
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        raise PolicyError(problems)
    return {
        language: LanguageSeeds(categories=reading.categories, ordinary=reading.ordinary)
        for language, reading in readings.items()
    }


def seed_files(folder: Path) -> list[Path]:
    """Returns the files of seeds of all languages, always in the same order."""
    return sorted(folder.glob(_FILES))


def hash_seeds(folder: Path) -> str:
    """Returns a hash of the seeds of all languages, which are not parsed for it."""
    digest = hashlib.sha256()
    for path in seed_files(folder):
        written = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\n{len(written)}\n".encode())
        digest.update(written)
    return digest.hexdigest()


def _read(reading: _Reading, document: Document, known: frozenset[str]) -> None:
    for category in document.mapping():
        if category not in known:
            document.problem((category,), "is no category of policy.yaml")
        elif (seeds := document.checked(CategorySeeds, (category,))) is not None:
            before = reading.categories.get(category, CategorySeeds())
            reading.categories[category] = _together(before, seeds)


def _together(one: CategorySeeds, other: CategorySeeds) -> CategorySeeds:
    """Returns the sentences of both, which are in two files; the same one is kept once."""

    def both(first: SeedSet, second: SeedSet) -> SeedSet:
        return SeedSet(
            hits=tuple(dict.fromkeys((*first.hits, *second.hits))),
            passes=tuple(dict.fromkeys((*first.passes, *second.passes))),
        )

    return CategorySeeds(
        turn=both(one.turn, other.turn),
        config=both(one.config, other.config),
        output=both(one.output, other.output),
    )
