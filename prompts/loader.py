"""Reads what the assistant says and is told: one folder of text files per language.

A language is a folder named by its ISO 639-1 code. Adding the folder adds the language:

- `session.yaml`: what the session says on every call (disclosure, silence, faults)
- `concierge*.yaml`: what the embedded brain says and how it understands
- `hours.yaml`: how dates and times are spoken
- `recording.yaml`: how callers answer when they are asked whether the call may be recorded
- `tools.yaml`: what tools say, whichever brain asked them to
- `handoff.yaml`: what a colleague is told who is rung for a caller, and how he answers
- `assistant.md`: the system prompt of a language model
- `guide.yaml`: what a language model reads on each turn, and what it may say without a source
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

FOLDER = Path(__file__).parent
SESSION_KEYS = frozenset(
    {
        "disclosure",
        "greeting",
        "silence_reask",
        "silence_simplify",
        "silence_offer_person",
        "silence_goodbye",
        "filler",
        "technical_problem",
        "technical_goodbye",
        "max_duration",
        "shutdown",
        "busy",
        "dtmf_operator",
        "dtmf_come_back",
        "dtmf_repeat",
        "ringing",
        "menu_silent",
        "menu_technical",
        "menu_not_understood",
        "menu_choice",
        "menu_message",
        "menu_person",
        "menu_again",
        "menu_wrong_key",
        "menu_number",
        "menu_confirm",
        "menu_farewell",
        "menu_goodbye",
        "menu_chose",
        "menu_chose_message",
        "menu_yes",
        "menu_no",
        "menu_about",
        "choose_language",
        "ask_recording",
        "recording_on",
        "recording_off",
        "disclosure_return",
        "callback_disclosure",
        "callback_greeting",
        "callback_machine",
        "emergency_alone",
        "emergency_waiting",
        "self_harm_alone",
        "self_harm_waiting",
    }
)


class _WordLoader(yaml.SafeLoader):
    """Reads `no` and `on` as the words they are, not as truth values."""


_WordLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class PromptError(Exception):
    """A language has no texts, or one of its files is wrong; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Everything written for one language.

    Attributes:
        language: ISO 639-1 code.
        session: Key to its variants, at least one each; see `SESSION_KEYS`.
        concierge: The `concierge*.yaml` files joined; hand it to `LLMOptions.texts`.
        hours: `hours.yaml`, empty when the language has none.
        recording: `recording.yaml`, key to patterns; empty when the language has none.
        tools: `tools.yaml`, key to variants; empty when the language has none.
        handoff: Lines of `handoff.yaml`, empty when the language has none.
        answers: Its patterns, by meaning.
        assistant: System prompt of a language model, with `{company}` to fill in.
        guide: `guide.yaml`, empty when the language has none.
        sha256: Hash of all of it: equal hashes mean equal texts.
    """

    language: str
    session: Mapping[str, Sequence[str]]
    concierge: Mapping[str, Any]
    hours: Mapping[str, Any]
    recording: Mapping[str, Sequence[str]]
    tools: Mapping[str, Sequence[str]]
    handoff: Mapping[str, Sequence[str]]
    answers: Mapping[str, Sequence[str]]
    assistant: str
    guide: Mapping[str, Any]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPrompt:
    """A prompt as a language model receives it, and the hash it is recorded under."""

    text: str
    sha256: str


def available() -> tuple[str, ...]:
    """Returns the languages there are texts for, sorted."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("??/session.yaml")))


@cache
def load(language: str) -> Texts:
    """Returns the texts of `language`, read once per process.

    Raises:
        PromptError: there are none, or a file is not as it should be.
    """
    if language not in available():
        raise PromptError(
            f"there are no texts for language {language!r}; write prompts/{language}/session.yaml"
            f" and its neighbours, or choose one of: {', '.join(available())}"
        )
    folder = FOLDER / language
    assistant = folder / "assistant.md"
    if not assistant.is_file():
        raise PromptError(f"{assistant} is missing")
    names = ("hours", "recording", "tools", "guide")
    hours, recording, tools, guide = (folder / f"{name}.yaml" for name in names)
    handoff, answers = _handoff(folder / "handoff.yaml")
    files = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".md"})
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return Texts(
        language=language,
        session=_session(folder / "session.yaml"),
        concierge=_joined(sorted(folder.glob("concierge*.yaml"))),
        hours=_mapping(hours) if hours.is_file() else {},
        recording=_lines(recording, _mapping(recording)) if recording.is_file() else {},
        tools=_lines(tools, _mapping(tools)) if tools.is_file() else {},
        handoff=handoff,
        answers=answers,
        assistant=assistant.read_text(encoding="utf-8"),
        guide=_mapping(guide) if guide.is_file() else {},
        sha256=digest.hexdigest(),
    )


def render(template: str, **values: str) -> RenderedPrompt:
    """Returns `template` with each `{name}` of `values` filled in; other braces are left alone."""
    text = template
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return RenderedPrompt(text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


def _session(path: Path) -> Mapping[str, Sequence[str]]:
    raw = _mapping(path)
    unknown, missing = sorted(raw.keys() - SESSION_KEYS), sorted(SESSION_KEYS - raw.keys())
    if unknown or missing:
        raise PromptError(f"{path}: unknown keys {unknown}, missing keys {missing}")
    return _lines(path, raw)


def _handoff(path: Path) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """Returns what a colleague is told, and what he may answer."""
    raw = _mapping(path) if path.is_file() else {}
    lines, heard = raw.get("lines", {}), raw.get("heard", {})
    if set(raw) - {"lines", "heard"} or not isinstance(lines, dict) or not isinstance(heard, dict):
        raise PromptError(f"{path}: must hold the mappings `lines` and `heard`")
    return _lines(path, lines), _lines(path, heard)


def _lines(path: Path, raw: Mapping[str, object]) -> Mapping[str, Sequence[str]]:
    lines: dict[str, Sequence[str]] = {}
    for key, value in raw.items():
        variants = cast("list[object]", value if isinstance(value, list) else [value])
        if not variants or not all(isinstance(line, str) and line.strip() for line in variants):
            raise PromptError(f"{path}: {key!r} must be a text or a list of texts")
        lines[key] = tuple(str(line) for line in variants)
    return lines


def _joined(paths: Sequence[Path]) -> Mapping[str, Any]:
    joined: dict[str, Any] = {}
    for path in paths:
        content = _mapping(path)
        twice = sorted(content.keys() & joined.keys())
        if twice:
            raise PromptError(f"{path}: keys {twice} stand in another file of the concierge too")
        joined.update(content)
    return joined


def _mapping(path: Path) -> dict[str, Any]:
    try:
        raw: object = yaml.load(path.read_text(encoding="utf-8"), _WordLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{path}: {error}") from error
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise PromptError(f"{path}: must be a mapping from names to texts")
    return cast("dict[str, Any]", raw)
