"""`receptionist check`: what is wrong in a tenant's bundle, by file and line."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from receptionist.settings import Settings
from receptionist.tenants.bundle import check_bundle
from receptionist.tenants.finding import Severity


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Bundle of the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Lists every problem of a bundle, and what its callers may stumble over as warnings.

    Ends with 0 when there are warnings at most, with 1 when there are problems, with 2 when there
    is no such folder.
    """
    found = check_bundle(folder, Settings.read().documents_cache_dir)
    problems = [one for one in found if one.severity is Severity.ERROR]
    warnings = [one for one in found if one.severity is Severity.WARNING]
    if as_json:
        shown = [asdict(problem) for problem in found]
        typer.echo(json.dumps({"ok": not problems, "problems": shown}, ensure_ascii=False))
    else:
        for problem in found:
            typer.echo(f"{folder}{os.sep}{problem}")
        told = _count(len(problems), "problem")
        typer.echo(f"{told}, {_count(len(warnings), 'warning')}" if warnings else told)
    if problems:
        raise typer.Exit(1)


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
