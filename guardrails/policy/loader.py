"""Loads the policy from its folder; a policy with a mistake is no policy."""

import gc
import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guardrails.policy.compiled import compiled
from guardrails.policy.document import Document, read_document
from guardrails.policy.language_reader import read_language
from guardrails.policy.models import (
    Category,
    JudgeEntry,
    LanguageRules,
    Numbers,
    Policy,
    PolicyEntry,
)
from guardrails.policy.problem import PolicyError
from guardrails.policy.seeds import hash_seeds
from guardrails.verdict import Action, Stage

RULES = Path(__file__).parents[1] / "rules"
"""The rules the product comes with."""

FALLBACK = "en"
"""Whose rules are used in a language that has none."""


def load_policy(folder: Path = RULES, cache: Path | None = None) -> Policy:
    """Returns the policy in `folder`.

    Args:
        folder: Of the rules.
        cache: Folder for what was read and checked before; None keeps nothing.

    Raises:
        PolicyError: If anything is wrong with it; with all that is wrong.
    """
    with _nothing_collected():
        if cache is None:
            return _read(folder)
        return compiled(cache, folder, lambda: _read(folder))


@contextmanager
def _nothing_collected() -> Generator[None]:
    """Looks for no garbage: a policy is a hundred thousand objects, and all of them stay."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def _read(folder: Path) -> Policy:
    general = read_document(folder / "policy.yaml", "policy.yaml")
    dialled = read_document(folder / "numbers.yaml", "numbers.yaml")
    documents = [general, dialled]
    judge = _judge(folder, documents)
    entry = None if general.problems else general.checked(PolicyEntry)
    numbers = None if dialled.problems else dialled.checked(Numbers)
    languages: dict[str, LanguageRules] = {}
    categories = entry.categories if entry else _named_categories(general.value)
    for language in sorted(path.parent for path in folder.glob("*/words.yaml")):
        languages[language.name], files = read_language(language, categories)
        documents.extend(files if categories else [])
    if FALLBACK not in languages:
        general.problem((), f"the folder {FALLBACK!r} is missing; other languages fall back on it")
    problems = [problem for document in documents for problem in document.problems]
    if problems or entry is None or numbers is None:
        raise PolicyError(problems)
    seeds_hash = hash_seeds(folder)
    return Policy(
        version=entry.version,
        hash=_hash(documents, seeds_hash),
        seeds_hash=seeds_hash,
        window_turns=entry.window_turns,
        categories=entry.categories,
        languages=languages,
        numbers=numbers,
        judge=judge,
    )


def load_categories(folder: Path = RULES) -> Mapping[str, Category]:
    """Returns the categories of the policy in `folder`, whatever its rules are like.

    Raises:
        PolicyError: If policy.yaml has a mistake.
    """
    general = read_document(folder / "policy.yaml", "policy.yaml")
    entry = None if general.problems else general.checked(PolicyEntry)
    if entry is None:
        raise PolicyError(general.problems)
    return entry.categories


def canonical(content: Any) -> str:
    """Returns `content` as text that is the same for the same content on every machine."""
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _judge(folder: Path, documents: list[Document]) -> JudgeEntry | None:
    """Returns what judge.yaml says and adds the file to `documents`; there may be none."""
    path = folder / "judge.yaml"
    if not path.exists():
        return None
    document = read_document(path, path.name)
    documents.append(document)
    return None if document.problems else document.checked(JudgeEntry)


def _named_categories(value: Any) -> dict[str, Category]:
    """Returns the categories of a policy.yaml with mistakes, so that other files can be read."""
    named = value.get("categories") if isinstance(value, dict) else None
    anything = Category(title="-", law="-", actions=dict.fromkeys(Stage, Action.LOG))
    return dict.fromkeys(named, anything) if isinstance(named, dict) else {}


def _hash(documents: list[Document], seeds_hash: str) -> str:
    content = {document.file: document.value for document in documents} | {"seeds": seeds_hash}
    return hashlib.sha256(canonical(content).encode()).hexdigest()
