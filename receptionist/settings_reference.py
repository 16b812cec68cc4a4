"""Writes the pages that list every setting, from the settings themselves.

`python -m receptionist.settings_reference` writes `docs/configuration.md` and `.env.example`
below the current folder.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from platformdirs import user_cache_path, user_data_path
from pydantic.fields import FieldInfo

from receptionist.settings import Settings

PAGE = Path("docs/configuration.md")
EXAMPLE = Path(".env.example")

_HEAD = """\
# Configuration

<!-- Written by `python -m receptionist.settings_reference`; change receptionist/settings.py. -->

Every setting of the process is an environment variable, or a line of the file `.env` in the folder
it is started in; the environment wins, and an empty value is no value. `.env.example` lists them
all. What a tenant sets (languages, engines, people, hours, topics) stands in its bundle instead,
and is checked with `receptionist check DIR`. Secrets are never settings: a bundle refers to them
as `env:NAME` or `file:PATH`.

| variable | type | default | what it is |
|---|---|---|---|
"""

_TAIL = """
`<data>` and `<cache>` are the user's own folders: on Linux `~/.local/share/receptionist` and
`~/.cache/receptionist` (or below `$XDG_DATA_HOME` and `$XDG_CACHE_HOME`), on macOS
`~/Library/Application Support/receptionist` and `~/Library/Caches/receptionist`.
"""

_ON_LINUX = {"<data>": "~/.local/share/receptionist", "<cache>": "~/.cache/receptionist"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingEntry:
    """One setting, as the pages show it."""

    variable: str
    type: str
    default: str
    description: str


def entries() -> Iterator[SettingEntry]:
    """Yields every setting in the order of `Settings`."""
    prefix = str(Settings.model_config.get("env_prefix", ""))
    for name, field in Settings.model_fields.items():
        yield SettingEntry(
            variable=f"{prefix}{name}".upper(),
            type=_type(field),
            default=_default(field),
            description=field.description or "",
        )


def page() -> str:
    """Returns the page `docs/configuration.md`."""
    rows = (
        f"| `{entry.variable}` | {entry.type} | {_code(entry.default)} | {entry.description} |\n"
        for entry in entries()
    )
    return _HEAD + "".join(rows) + _TAIL


def example() -> str:
    """Returns `.env.example`: every setting with its default, commented out."""
    blocks = (f"# {entry.description}\n# {entry.variable}={entry.default}\n" for entry in entries())
    text = "# Copy to .env and uncomment what you change.\n\n" + "\n".join(blocks)
    for name, folder in _ON_LINUX.items():
        text = text.replace(name, folder)
    return text


def _code(value: str) -> str:
    return f"`{value}`" if value else "empty"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return ""
    if isinstance(value, Path):
        return _portable(value)
    return str(value)


def _portable(path: Path) -> str:
    for folder, name in (
        (user_data_path("receptionist"), "<data>"),
        (user_cache_path("receptionist"), "<cache>"),
    ):
        if path.is_relative_to(folder):
            return (Path(name) / path.relative_to(folder)).as_posix()
    return path.as_posix()


def _type(field: FieldInfo) -> str:
    limits = {
        sign: getattr(bound, attribute)
        for bound in field.metadata
        for attribute, sign in (("ge", "from"), ("le", "to"))
        if hasattr(bound, attribute)
    }
    return " ".join([_plain_type(field.annotation), *(f"{s} {v}" for s, v in limits.items())])


def _plain_type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _plain_type(get_args(annotation)[0])
    if get_origin(annotation) in (types.UnionType, Union):
        return _plain_type(next(part for part in get_args(annotation) if part is not type(None)))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    return names.get(annotation, str(annotation))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
