"""What has changed in a tenant, in the words of those who write it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from receptionist.tenants.config import TenantConfig

_SHOWN_LETTERS = 120
_SHOWN_ITEMS = 5
_COMPARED_ITEMS = 300
"""Of longer lists, such as the paragraphs of a document, nobody reads what is new."""


class WordedChange(BaseModel):
    """Something an admin would say has changed.

    Attributes:
        subject: What kind of thing it is, such as `faq` or `contact`; `setting` is one value.
        id: Which one.
        name: What it is called.
        details: What is different in it, value by value.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    id: str
    name: str
    change: Literal["added", "removed", "changed"]
    details: Sequence[str] = ()

    def __str__(self) -> str:
        told = f"{self.subject} {self.name!r} {self.change}"
        return f"{told}: {'; '.join(self.details)}" if self.details else told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    subject: str
    where: tuple[str, ...]
    key: str
    name: str


_KINDS = (
    _Kind(subject="faq", where=("topics",), key="id", name="title"),
    _Kind(subject="department", where=("departments",), key="id", name="names"),
    _Kind(subject="contact", where=("contacts",), key="id", name="name"),
    _Kind(subject="document", where=("documents",), key="name", name="name"),
    _Kind(subject="calendar", where=("appointments", "calendars"), key="id", name="id"),
    _Kind(subject="service", where=("appointments", "services"), key="id", name="names"),
    _Kind(subject="tool", where=("tools", "http"), key="name", name="name"),
    _Kind(subject="tool server", where=("tools", "mcp"), key="name", name="name"),
    _Kind(subject="approval", where=("guard", "approvals"), key="sentence", name="sentence"),
)
"""Things that have an id of their own; everything else is told value by value."""


def worded_changes(before: TenantConfig, after: TenantConfig) -> Sequence[WordedChange]:
    """Returns what has changed: things by their name, then settings."""
    one, other = _plain(before), _plain(after)
    found = [change for kind in _KINDS for change in _of_kind(kind, one, other)]
    for kind in _KINDS:
        _take(one, kind.where)
        _take(other, kind.where)
    found += [_setting(key, detail) for key, detail in _differences(one, other)]
    return found


def _plain(config: TenantConfig) -> dict[str, Any]:
    return config.model_dump(mode="json")


def _of_kind(kind: _Kind, before: Any, after: Any) -> Iterator[WordedChange]:
    one, other = _by_key(kind, before), _by_key(kind, after)
    for key in [*one, *(key for key in other if key not in one)]:
        old, new = one.get(key), other.get(key)
        if old == new:
            continue
        name = _called(old if old is not None else new, kind)
        details: Sequence[str] = ()
        change: Literal["added", "removed", "changed"] = "added" if old is None else "removed"
        if old is not None and new is not None:
            change = "changed"
            details = _renamed(kind, old, new) + [
                f"{path} {detail}"
                for path, detail in _differences(old, new)
                if path.partition(".")[0] != kind.name
            ]
        yield WordedChange(subject=kind.subject, id=key, name=name, change=change, details=details)


def _renamed(kind: _Kind, old: Any, new: Any) -> list[str]:
    if old.get(kind.name) == new.get(kind.name):
        return []
    name = _called(new, kind)
    same = name == _called(old, kind)
    return [f"is called otherwise in {kind.name}"] if same else [f"renamed to {name!r}"]


def _setting(path: str, detail: str) -> WordedChange:
    return WordedChange(subject="setting", id=path, name=path, change="changed", details=[detail])


def _by_key(kind: _Kind, config: Any) -> dict[str, Any]:
    value = config
    for key in kind.where:
        value = value[key]
    return {str(item[kind.key] or item.get("sentence_sha256", "")): item for item in value}


def _take(config: dict[str, Any], where: Sequence[str]) -> None:
    for key in where[:-1]:
        config = config[key]
    config.pop(where[-1], None)


def _called(item: Any, kind: _Kind) -> str:
    name = item[kind.name]
    if isinstance(name, dict):
        return str(next(iter(cast("dict[str, Any]", name).values()), item[kind.key]))
    return _short(str(name or item.get("sentence_sha256", "")))


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields the way to each value that is different, and how."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        for key in [*one, *(key for key in other if key not in one)]:
            way = f"{path}.{key}" if path else key
            yield from _differences(one.get(key), other.get(key), way)
    elif isinstance(before, list) and isinstance(after, list):
        yield path, _of_lists(cast("list[Any]", before), cast("list[Any]", after))
    elif before in (None, "", [], {}):
        yield path, f"is now {_shown(after)}"
    elif after in (None, "", [], {}):
        yield path, f"is no longer {_shown(before)}"
    else:
        yield path, f"is now {_shown(after)}, was {_shown(before)}"


def _of_lists(before: list[Any], after: list[Any]) -> str:
    if max(len(before), len(after)) > _COMPARED_ITEMS:
        return f"are other {len(after)}, were {len(before)}"
    new = [_shown(one) for one in after if one not in before]
    gone = [_shown(one) for one in before if one not in after]
    told = [f"has {_listed(new)}"] if new else []
    told += [f"has no longer {_listed(gone)}"] if gone else []
    return " and ".join(told) or "are in another order"


def _listed(items: list[str]) -> str:
    more = len(items) - _SHOWN_ITEMS
    return ", ".join([*items[:_SHOWN_ITEMS], *([f"{more} more"] if more > 0 else [])])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return _short(str(cast("dict[str, Any]", value)))
    if isinstance(value, list):
        return ", ".join(map(_shown, cast("list[Any]", value))) or "nothing"
    return repr(_short(value)) if isinstance(value, str) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}…"
