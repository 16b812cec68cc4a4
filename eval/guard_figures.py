"""The committed figures of the guard, and how they get there.

python -m eval.guard_figures [--text guard.json] [--audio audio.json] [--speed speed.json]

Takes what `python -m eval.bench guard --json`, `eval.guard_audio --json` and `eval.guard_speed
--json` printed into eval/data/guard/figures.json, from which docs/instructions-for-use.md is
written. What is not given stays as it is.
"""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FIGURES = Path("eval/data/guard/figures.json")
_PARTED = ("decides: stopped", "routes: stopped")
"""Measures whose figures are kept by language and category."""


def read(path: Path = FIGURES) -> dict[str, Any]:
    """Returns the figures; nothing where none were kept."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def taken(known: Mapping[str, Any], asked: argparse.Namespace, day: str) -> dict[str, Any]:
    """Returns `known` with the files of `asked`, measured on `day`."""
    found = dict(known)
    for name in ("text", "audio", "speed"):
        path: Path | None = getattr(asked, name)
        if path:
            printed = json.loads(path.read_text(encoding="utf-8"))
            figures = _slim(printed["guard"]) if name == "text" else printed
            found[name] = {"measured_on": day} | figures
    return found


def _slim(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `figures` of both detectors together, without what no page shows."""
    measures: dict[str, Any] = {}
    for name, one in figures["measures"].items():
        both = dict(one["both"])
        if name not in _PARTED:
            both.pop("by_language_and_part", None)
        alone = {kind: {"all": one[kind]["all"]} for kind in ("rules", "head") if kind in one}
        measures[name] = {"catch": one["catch"], **alone, "both": both}
    return {**figures, "measures": measures}


def main() -> None:
    """Writes the file of figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_figures", description=__doc__)
    for name in ("text", "audio", "speed"):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE")
    day = datetime.now(UTC).date().isoformat()
    content = json.dumps(taken(read(), parser.parse_args(), day), ensure_ascii=False, indent=1)
    FIGURES.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
