"""Writes docs/instructions-for-use.md: python -m eval.guard_instructions, a part of `make docs`.

The prose stands in eval/data/guard/instructions.txt; policy and figures are filled in. Figures come
from eval/data/guard/figures.json: nothing is measured here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.guard_figures import read
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.verdict import Action, Stage

PAGE = Path("docs/instructions-for-use.md")
PROSE = Path("eval/data/guard/instructions.txt")

_NAMES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian"} | {
    "pt": "Portuguese"
}
_STAGES = {Stage.CONFIG: "when it is written", Stage.TURN: "when it is asked"} | {
    Stage.OUTPUT: "when it would be said"
}
_CAUGHT = (
    ("Prohibited requests and instructions stopped", "decides: stopped"),
    ("Emergencies answered as such", "emergencies: alarm"),
    (
        "The same with a fifth of the words misheard",
        "emergencies, a fifth of the words wrong: alarm",
    ),
    ("Wishes to die or to be hurt answered", "self-harm: answered"),
    ("Requests for a human followed", "asks for a human: found"),
    ("Questions whether it is a robot noticed", "asks whether it is a robot: found"),
    ("Attempts to change its orders blocked", "attacks: blocked"),
    ("Anger noticed", "anger: found"),
)
_WRONG = (
    ("Permitted texts on the same topics stopped", "routes: stopped"),
    ("Callers with an ordinary wish stopped", "ordinary: stopped"),
    ("Callers whose wish sounds dangerous stopped", "sounds like danger: stopped"),
    ("The same taken for an emergency", "sounds like danger: alarm"),
    ("Callers who ask for somebody named stopped", "asks for somebody named: stopped"),
    ("Texts with words of attacks stopped", "words of attacks: stopped"),
)


def page(policy: Policy, figures: Mapping[str, Any], prose: str) -> str:
    """Returns the page."""
    text = figures["text"]
    values = {
        "version": policy.version,
        "hash": policy.hash,
        "measured": _measured(policy, text),
        "purposes": _lines(_purposes(policy)),
        "caught": _lines(_shares(text["measures"], _CAUGHT)),
        "wrong": _lines(_shares(text["measures"], _WRONG)),
        "categories": _lines(_categories(policy, text["measures"])),
        "public": _lines(_public(text["measures"])) or "None was measured.",
        "audio": _lines(_audio(figures.get("audio"))) or "Not measured yet.",
    }
    for name, value in values.items():
        prose = prose.replace(f"{{{{{name}}}}}", value)
    return prose


def _measured(policy: Policy, text: Mapping[str, Any]) -> str:
    of = text["policy"]
    same = "the same" if of["hash"] == policy.hash else f"an earlier one, hash `{of['hash']}`"
    half = {"sealed": "that nothing was tuned on", "development": "that the rules were made with"}
    return (
        f"Measured on {text['measured_on']} on {text['texts']['half']} texts {half[text['half']]}; "
        f"the policy was {same}."
    )


def _purposes(policy: Policy) -> Iterator[str]:
    yield from _header(("category", "law or term", "refused", "a person follows"))
    for category in policy.categories.values():
        refused = [
            when for stage, when in _STAGES.items() if category.actions.get(stage) is Action.REFUSE
        ]
        if refused:
            follows = "yes" if category.escalate else "no"
            yield _row((category.title, category.law, ", ".join(refused), follows))


def _shares(measures: Mapping[str, Any], wanted: Iterable[tuple[str, str]]) -> Iterator[str]:
    languages: list[str] = list(measures["decides: stopped"]["both"]["by_language"])
    yield from _header(("", "all", *(_NAMES.get(code, code) for code in languages)))
    for title, name in wanted:
        if name in measures:
            both = measures[name]["both"]
            by_language = (both["by_language"].get(code) for code in languages)
            yield _row((title, _share(both["all"]), *map(_share, by_language)))


def _categories(policy: Policy, measures: Mapping[str, Any]) -> Iterator[str]:
    caught, wrong = (measures[name]["both"] for name in ("decides: stopped", "routes: stopped"))
    languages: list[str] = list(caught["by_language"])
    yield from _header(("category", "all", *(_NAMES.get(code, code) for code in languages)))
    for category in caught["by_part"]:
        cells = [policy.categories[category].title]
        cells.append(f"{_share(caught['by_part'][category])}; {_share(wrong['by_part'][category])}")
        for code in languages:
            found = (one["by_language_and_part"][code].get(category) for one in (caught, wrong))
            cells.append("; ".join(_counted(one) for one in found))
        yield _row(cells)


def _public(measures: Mapping[str, Any]) -> Iterator[str]:
    found = [name for name in _SETS if f"{name}: stopped" in measures]
    if found:
        yield from _header(("set", "stopped", "refused", "taken for an emergency"))
    for name in found:
        kinds = (f"{name}: {kind}" for kind in ("stopped", "refused", "alarm"))
        yield _row((_SETS[name], *(_share(measures[kind]["both"]["all"]) for kind in kinds)))


_SETS: Mapping[str, str] = {
    "clinc": "CLINC150 (English, requests to an assistant)",
    "banking": "BANKING77 (English, customers of a bank)",
    "nlu": "NLU++ (English, callers of a bank and of a hotel)",
    "xsid": "xSID (English, German, Italian, requests to an assistant)",
    "natcs": "DSTC11 track 2 (English, callers of a bank and of insurers)",
    "xstest": "XSTest (English, safe questions that sound dangerous)",
    "notinject": "NotInject (English, harmless prompts with words of attacks)",
}


def _audio(audio: Mapping[str, Any] | None) -> Iterator[str]:
    if audio is None:
        return
    yield from _header(("", "language", "in writing", "by telephone", "drop in points"))
    for name, figures in audio["measures"].items():
        rows = {"all": figures["all"]} | dict(figures["by_language"])
        for code, row in rows.items():
            low, high = row["drop_from_to"]
            drop = f"{row['drop_points']} ({low} to {high})"
            language = _NAMES.get(code, code)
            yield _row((name, language, _share(row["text"]), _share(row["heard"]), drop))


def _share(found: Mapping[str, Any] | None) -> str:
    if not found:
        return ""
    return f"{found['percent']} % ({found['from_percent']} to {found['to_percent']})"


def _counted(found: Mapping[str, Any] | None) -> str:
    return f"{found['count']} of {found['of']}" if found else "none"


def _header(cells: Sequence[str]) -> Iterator[str]:
    yield _row(cells)
    yield _row(["---"] * len(cells))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def main() -> None:
    """Writes the page."""
    prose = PROSE.read_text(encoding="utf-8")
    PAGE.write_text(page(load_policy(), read(), prose), encoding="utf-8")


if __name__ == "__main__":
    main()
