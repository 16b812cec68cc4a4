"""Reads the folder a tenant is written in and says everything that is wrong with it at once.

    tenant.yaml              who answers, languages, engines, patience
    hours.yaml               opening hours
    contacts.yaml            departments and people
    appointments.yaml        what can be booked, and in whose calendar
    tools.yaml               HTTP requests and MCP servers the assistant may use
    phone.yaml               who is answered on the telephone, how callers are put through
    guard.yaml               who is responsible, what is stricter, which sentences are approved
    faq/*.yaml               topics, a list per file
    prompts/greeting.en.md   what is said after the disclosure, one file per language
    prompts/<title>.md       instructions for a language model
    documents/*              PDF, DOCX, HTML, Markdown, text and tables to answer from

Only the topics, the prompts, the documents, the appointments, the tools and the
telephone may be missing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from receptionist.errors import ConfigurationError
from receptionist.tenants.bundle_documents import read_documents
from receptionist.tenants.bundle_files import BundleFiles
from receptionist.tenants.bundle_yaml import Document, Place, Problem
from receptionist.tenants.checks import findings
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.finding import Finding, Location, Severity

_OF_ONE_KEY: Mapping[str, tuple[str, bool]] = {
    "hours.yaml": ("hours", True),
    "appointments.yaml": ("appointments", False),
    "tools.yaml": ("tools", False),
    "phone.yaml": ("phone", False),
    "guard.yaml": ("guard", True),
}
"""Files that hold the value of one key, and whether they must be there."""
_ELSEWHERE: Mapping[str, str] = {
    **{key: file for file, (key, _) in _OF_ONE_KEY.items()},
    "departments": "contacts.yaml",
    "contacts": "contacts.yaml",
    "topics": "faq/*.yaml",
    "documents": "the folder documents/",
}
_GREETING = re.compile(r"greeting\.([a-z]{2})\.md")
_PROMPT_BYTES = 100_000
_MESSAGES: Mapping[str, str] = {
    "extra_forbidden": "unknown key {key!r}",
    "missing": "{key!r} is missing",
}
_WHY: Mapping[Location, str] = {
    ("guard", "provider"): "; it names who places the assistant on the market (AI Act Art. 3(3))",
    ("guard", "deployer"): "; it names who uses the assistant for calls (AI Act Art. 3(4))",
}
"""Why a key is needed, where its name does not say so."""
_SECRET = "write env:NAME or file:/path, never the secret itself"


class BundleError(ConfigurationError):
    """A bundle cannot be used.

    Attributes:
        problems: Everything that is wrong, by file and line.
    """

    def __init__(self, folder: Path, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        count = len(self.problems)
        super().__init__(f"{folder}: {count} problem{'' if count == 1 else 's'}\n{lines}")


def load_bundle(folder: Path, documents_cache: Path | None = None) -> TenantConfig:
    """Returns the tenant written in `folder`. Blocking: a large document takes a minute.

    Args:
        folder: Where it is written.
        documents_cache: Where the text of its documents is kept, so that each is read only once.

    Raises:
        ConfigurationError: there is no such folder.
        BundleError: something is wrong; all of it is listed, but no warnings.
    """
    examined = examine(folder, documents_cache)
    wrong = [problem for problem in examined.problems if problem.severity is Severity.ERROR]
    if examined.config is None or wrong:
        raise BundleError(folder, wrong)
    return examined.config


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A bundle that was read.

    Attributes:
        folder: Where it is written.
        config: The tenant; None when it cannot be one.
        problems: What is wrong, warnings too; sorted.
        place: Tells where a value stands.
    """

    folder: Path
    config: TenantConfig | None
    problems: tuple[Problem, ...]
    place: Callable[[Location], Place]


def examine(folder: Path, documents_cache: Path | None = None) -> Examined:
    """Reads the tenant in `folder`, whatever is wrong with it.

    Raises:
        ConfigurationError: there is no such folder.
    """
    bundle = _read(folder, documents_cache)
    config = _validated(bundle)
    problems = tuple(sorted(set(bundle.problems)))
    return Examined(folder=folder, config=config, problems=problems, place=bundle.place)


def _read(folder: Path, documents_cache: Path | None) -> BundleFiles:
    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {str(folder)!r} to read a tenant from.")
    bundle = BundleFiles(root=folder)
    _read_tenant(bundle)
    for name, (key, required) in _OF_ONE_KEY.items():
        document = bundle.document(name, required=required)
        if document is not None:
            bundle.value[key] = document.value
            bundle.adopt(document, (key,))
    _read_contacts(bundle)
    _read_topics(bundle)
    _read_prompts(bundle)
    read_documents(bundle, documents_cache)
    _refuse_unread(bundle)
    return bundle


def _read_tenant(bundle: BundleFiles) -> None:
    document = bundle.document("tenant.yaml", required=True)
    content = _mapping(bundle, document, "tenant.yaml")
    if document is None or content is None:
        return
    for key, owner in _ELSEWHERE.items():
        if key in content:
            del content[key]
            bundle.problems.append(document.places[(key,)].problem(f"{key!r} belongs in {owner}"))
    bundle.value.update(content)
    bundle.adopt(document, ())


def _read_contacts(bundle: BundleFiles) -> None:
    document = bundle.document("contacts.yaml", required=True)
    content = _mapping(bundle, document, "contacts.yaml")
    if document is None or content is None:
        return
    for key in content.keys() - {"departments", "contacts"}:
        bundle.problems.append(document.places[(key,)].problem(f"unknown key {key!r}"))
    for key in content.keys() & {"departments", "contacts"}:
        bundle.value[key] = content[key]
    bundle.places.update({path: place for path, place in document.places.items() if path})


def _read_topics(bundle: BundleFiles) -> None:
    topics: list[Any] = []
    for name in bundle.names("faq", "*.yaml"):
        document = bundle.document(name, required=False)
        if document is None:
            continue
        if not isinstance(document.value, list):
            bundle.problems.append(document.places[()].problem("must be a list of topics"))
            continue
        for index, topic in enumerate(cast("list[Any]", document.value)):
            for path, place in document.places.items():
                if path[:1] == (index,):
                    bundle.places[("topics", len(topics), *path[1:])] = place
            topics.append(topic)
    bundle.value["topics"] = topics


def _read_prompts(bundle: BundleFiles) -> None:
    for name in bundle.names("prompts", "*.md"):
        path = bundle.file(name, required=False)
        text = None if path is None else _prompt(bundle, path, name)
        if text is None:
            continue
        greeting = _GREETING.fullmatch(Path(name).name)
        group = "greeting" if greeting else "instructions"
        key = greeting[1] if greeting else Path(name).stem.replace("-", " ").capitalize()
        texts = bundle.value.setdefault(group, {})
        if not isinstance(texts, dict) or key in texts:
            place = bundle.place((group, key))
            bundle.problems.append(place.problem(f"is given in {name} too"))
            continue
        texts[key] = text
        bundle.places[(group, key)] = Place(file=name, line=1)


def _prompt(bundle: BundleFiles, path: Path, name: str) -> str | None:
    start = Place(file=name, line=1)
    content = path.read_bytes() if path.stat().st_size <= _PROMPT_BYTES else None
    if content is None:
        bundle.problems.append(start.problem(f"is larger than {_PROMPT_BYTES:,} bytes"))
        return None
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        bundle.problems.append(start.problem("is not UTF-8; save the file as UTF-8"))
        return None
    if not text:
        bundle.problems.append(start.problem("is empty"))
    return text or None


def _refuse_unread(bundle: BundleFiles) -> None:
    """A file nobody reads is a mistake its author does not see."""
    read = {"tenant.yaml", "contacts.yaml", *_OF_ONE_KEY}
    read |= {*bundle.names("faq", "*.yaml"), *bundle.names("prompts", "*.md")}
    for folder in (bundle.root, bundle.root / "faq", bundle.root / "prompts"):
        for path in sorted(folder.glob("*")):
            name = path.relative_to(bundle.root).as_posix()
            if path.suffix in {".yaml", ".yml", ".md"} and name not in read:
                if name == "README.md":
                    continue
                message = "is not part of a bundle; rename, move or remove it"
                bundle.problems.append(Problem(file=name, line=1, message=message))


def _mapping(bundle: BundleFiles, document: Document | None, name: str) -> dict[str, Any] | None:
    if document is None:
        return None
    if isinstance(document.value, dict):
        return cast("dict[str, Any]", document.value)
    problem = Problem(file=name, line=1, message="must be a mapping of keys to values")
    bundle.problems.append(problem)
    return None


def _validated(bundle: BundleFiles) -> TenantConfig | None:
    config: TenantConfig | None = None
    try:
        config = TenantConfig.model_validate(bundle.value)
    except ValidationError as error:
        for entry in error.errors(include_url=False, include_context=False):
            location = entry["loc"]
            _add(bundle, location, entry["type"], entry["msg"])
    for finding in findings(bundle.value):
        _add_finding(bundle, finding)
    return config


def _add(bundle: BundleFiles, location: Location, kind: str, message: str) -> None:
    key = location[-1] if location else ""
    missing_file = kind == "missing" and len(location) == 1 and key in _ELSEWHERE
    if missing_file and bundle.problems:
        return
    pattern = _MESSAGES.get(kind)
    text = pattern.format(key=key) if pattern else message.removeprefix("Value error, ")
    if kind == "string_pattern_mismatch" and location[-2:-1] == ("secrets",):
        text = _SECRET
    text += _WHY.get(location, "") if kind == "missing" else ""
    where = ".".join(str(part) for part in location if part != "[key]")
    text = text if pattern and len(location) == 1 else f"{where}: {text}"
    bundle.problems.append(bundle.place(location).problem(text))


def _add_finding(bundle: BundleFiles, finding: Finding) -> None:
    also = ""
    if finding.other is not None:
        other = bundle.place(finding.other)
        also = f" (see {other.file}:{other.line})"
    place = bundle.place(finding.location)
    bundle.problems.append(place.problem(finding.message + also, finding.severity))
