"""`receptionist check`: what is wrong in a tenant's bundle, by file and line."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from receptionist.settings import Settings
from receptionist.tenants.bundle import check_bundle


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Bundle of the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Lists every problem of a bundle.

    Ends with 0 when there is none, with 1 when there are some, with 2 when there is no such folder.
    """
    problems = check_bundle(folder, Settings.read().documents_cache_dir)
    if as_json:
        found = [asdict(problem) for problem in problems]
        typer.echo(json.dumps({"ok": not problems, "problems": found}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(f"{folder / problem.file}:{problem.line}: {problem.message}")
        count = len(problems)
        typer.echo("no problems" if not count else f"{count} problem{'s' if count > 1 else ''}")
    if problems:
        raise typer.Exit(1)
