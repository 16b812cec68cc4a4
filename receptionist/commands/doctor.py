"""`receptionist doctor`: what works on this machine, what does not, and what to do about it."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from receptionist.doctor import Level, Report, diagnose
from receptionist.settings import Settings
from receptionist.tenants.config import Engines

_STYLES = {Level.OK: "green", Level.OPTIONAL: "dim", Level.WARNING: "yellow", Level.FAULT: "red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Examines this machine; ends with 0 when calls can be answered, else with 1."""
    report = asyncio.run(diagnose(Settings(), Engines()))
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _show(report, Console())
    if not report.ok:
        raise typer.Exit(1)


def _show(report: Report, console: Console) -> None:
    for finding in report.findings:
        line = Text(f"{finding.level:<9}", style=_STYLES[finding.level])
        line.append(f"{finding.area:<8}{finding.name}: {finding.detail}", style="default")
        console.print(line, soft_wrap=True)
        if finding.fix:
            console.print(Text(f"{'':<17}{finding.fix}"), soft_wrap=True)
    console.print("Calls can be answered." if report.ok else "Calls cannot be answered yet.")
