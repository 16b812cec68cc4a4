"""Harmless sentences of public sets, for how often the guard is wrong on what it was not made from.

None of the sets is part of this repository; each is read from the path it is given. What of them a
receptionist must refuse is not taken out, so that the shares are upper bounds.
"""

import argparse
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.guard_sets import Labelled
from guardrails.verdict import Stage

_LANGUAGES = ("de", "en", "it")
"""Of xSID, those the product speaks."""

Found = tuple[str, str, str]
"""A text, its language and its intent."""


def clinc(path: Path) -> Iterator[Found]:
    """Yields the test part of CLINC150, what is out of its scope included."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    for part in ("test", "oos_test"):
        for text, intent in parts[part]:
            yield text, "en", intent


def banking(folder: Path) -> Iterator[Found]:
    """Yields the test part of BANKING77."""
    for row in _rows(folder / "test.csv"):
        yield row["text"], "en", row["category"]


def nlu(folder: Path) -> Iterator[Found]:
    """Yields NLU++: what callers of a bank and of a hotel say."""
    for path in sorted(folder.glob("*/*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            yield entry["text"], "en", f"{path.parent.name} {' '.join(entry.get('intents', ()))}"


def xsid(folder: Path) -> Iterator[Found]:
    """Yields xSID, test and validation, in the languages of the product."""
    for language in _LANGUAGES:
        for path in sorted(folder.glob(f"{language}.*.conll")):
            text = ""
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("# text = "):
                    text = line.removeprefix("# text = ")
                elif line.startswith("# intent = "):
                    yield text, language, line.removeprefix("# intent = ")


def natcs(folder: Path) -> Iterator[Found]:
    """Yields customers of call centres: the test utterances of DSTC11 track 2, made like NatCS."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            yield entry["utterance"], "en", entry["intent"]


def xstest(path: Path) -> Iterator[Found]:
    """Yields the safe prompts of XSTest, which sound dangerous."""
    for row in _rows(path):
        if row.get("label", "safe") == "safe" and not row["type"].startswith("contrast"):
            yield row["prompt"], "en", row["type"]


def notinject(folder: Path) -> Iterator[Found]:
    """Yields NotInject: harmless prompts with words that attacks use."""
    for path in sorted(folder.glob("NotInject_*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            if entry["category"] != "Multilingual":
                yield entry["prompt"], "en", entry["category"]


SETS: Mapping[str, tuple[Callable[[Path], Iterable[Found]], str]] = {
    "clinc": (clinc, "data_full.json of CLINC150"),
    "banking": (banking, "folder with train.csv and test.csv of BANKING77"),
    "nlu": (nlu, "folder with the folders banking and hotels of NLU++"),
    "xsid": (xsid, "folder with de.test.conll and the like of xSID"),
    "natcs": (natcs, "folder with utterances (.jsonl) of DSTC11 track 2"),
    "xstest": (xstest, "xstest_prompts.csv"),
    "notinject": (notinject, "folder with NotInject_one.json and the like"),
}
"""Readers by the name of their option, and what the option takes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lets the paths of the sets be given that eval/public_sets.py does not ask for."""
    group = parser.add_argument_group("sentences for the guard")
    for name, (_, what) in SETS.items():
        if name not in ("clinc", "banking"):
            group.add_argument(f"--{name}", type=Path, metavar="PATH", help=what)


def given(asked: argparse.Namespace) -> list[Labelled]:
    """Returns the texts of the sets whose paths were given."""
    paths: dict[str, Any] = vars(asked)
    return [
        Labelled(
            text=text, language=language, stage=Stage.TURN, kind=name, file="public", part=intent
        )
        for name, (read, _) in SETS.items()
        if paths.get(name)
        for text, language, intent in dict.fromkeys(read(paths[name]))
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
