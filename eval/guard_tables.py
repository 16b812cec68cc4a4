"""The figures of the guard as tables for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_PAIRS = ("decides: stopped", "decides: in its category", "routes: stopped")


def tables(results: Mapping[str, Any]) -> str:
    """Returns what eval.guard_report measured as Markdown."""
    measures = results["measures"]
    policy = results["policy"]
    head = f"Half: {results['half']}; policy {policy['version']}, {policy['hash'][:12]}."
    blocks = [[head], list(_by_language(measures))]
    blocks += [list(_by_part(name, measures[name])) for name in _parted(measures)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _by_language(measures: Mapping[str, Any]) -> Iterator[str]:
    languages = _languages(measures)
    yield from _header(["measure", "detectors", "all", *languages, "taken for"])
    for name, figures in measures.items():
        for detectors in ("rules", "head", "both"):
            if detectors in figures and (detectors == "both" or figures["catch"]):
                row = figures[detectors]
                shares = [row["by_language"].get(language) for language in languages]
                taken = ", ".join(f"{what} {count}" for what, count in row.get("found", {}).items())
                yield _row([name, detectors, _long(row["all"]), *map(_short, shares), taken])


def _by_part(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    both = figures["both"]
    languages = list(both["by_language"])
    yield from _header([f"{name}, by part", "all", *languages])
    for part, found in both["by_part"].items():
        row = [both["by_language_and_part"][language].get(part) for language in languages]
        yield _row([part, _long(found), *map(_short, row)])


def _parted(measures: Mapping[str, Any]) -> Iterable[str]:
    """Returns measures worth a table of their parts."""
    return [name for name, found in measures.items() if "by_part" in found["both"] and _told(name)]


def _told(name: str) -> bool:
    return name in _PAIRS or name.endswith((": alarm", ": blocked", "danger: stopped"))


def _languages(measures: Mapping[str, Any]) -> list[str]:
    found = (language for one in measures.values() for language in one["both"]["by_language"])
    return list(dict.fromkeys(found))


def _header(cells: Sequence[str]) -> Iterator[str]:
    yield _row(cells)
    yield _row(["---"] * len(cells))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _long(found: Mapping[str, Any]) -> str:
    low, high = found["from_percent"], found["to_percent"]
    return f"{found['count']} of {found['of']}, {found['percent']} % ({low} to {high})"


def _short(found: Mapping[str, Any] | None) -> str:
    return f"{found['count']}/{found['of']}" if found else ""
