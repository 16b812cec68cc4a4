"""`receptionist check`: what is wrong in a tenant's bundle, by file and line."""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.checking import Checked, checker
from receptionist.tenants.finding import Severity

_WANTS_APPROVAL = 3


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Bundle of the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Lists every problem of a bundle, and what its callers may stumble over as warnings.

    Everything written in it is judged by the guardrails, sentence by sentence: a prohibited
    purpose is a problem, a doubtful sentence wants the approval of a second person.

    Ends with 0 when there are warnings at most, with 1 when there are problems, with 3 when
    nothing but approvals are missing, with 2 when there is no such folder.
    """
    checked = asyncio.run(_checked(folder, Settings.read()))
    found = checked.problems
    problems = [one for one in found if one.severity is Severity.ERROR]
    approvals = [one for one in found if one.severity is Severity.APPROVAL]
    if as_json:
        shown = [asdict(problem) for problem in found]
        content = {"ok": checked.stands, "problems": shown, "findings": checked.findings}
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        for problem in found:
            typer.echo(f"{folder}{os.sep}{problem}")
        warnings = len(found) - len(problems) - len(approvals)
        told = [_count(len(problems), "problem")]
        told += [_count(len(approvals), "approval") + " wanted"] if approvals else []
        told += [_count(warnings, "warning")] if warnings else []
        typer.echo(", ".join(told))
    if problems or approvals:
        raise typer.Exit(1 if problems else _WANTS_APPROVAL)


async def _checked(folder: Path, settings: Settings) -> Checked:
    async with AsyncExitStack() as owned:
        resources = open_resources(settings, owned, phrases=False)
        return await checker(settings, resources).check(folder)


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
