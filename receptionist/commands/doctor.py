"""`receptionist doctor`: what works on this machine, what does not, and what to do about it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from receptionist.doctor import diagnose
from receptionist.findings import Finding, Level, Report
from receptionist.settings import Settings

_STYLES = {Level.OK: "green", Level.OPTIONAL: "dim", Level.WARNING: "yellow", Level.FAULT: "red"}


def doctor(
    tenant: Annotated[
        Path | None,
        typer.Option(help="Bundle of the tenant; default: RECEPTIONIST_TENANT_DIR, then the demo."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Examines this machine; ends with 0 when calls can be answered, else with 1."""
    settings = Settings.read()
    if tenant is not None:
        settings = settings.model_copy(update={"tenant_dir": tenant})
    report = asyncio.run(diagnose(settings))
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _show(report, Console())
    if not report.ok:
        raise typer.Exit(1)


def _show(report: Report, console: Console) -> None:
    services = [finding for finding in report.findings if finding.area == "service"]
    for finding in report.findings:
        if finding.area != "service":
            _show_one(finding, console)
    installed = sum(finding.level is Level.OK for finding in services)
    console.print(
        f"{installed} of the {len(services)} services that pipecat ships can be used; "
        "--json lists each with its fix.",
        soft_wrap=True,
    )
    console.print("Calls can be answered." if report.ok else "Calls cannot be answered yet.")


def _show_one(finding: Finding, console: Console) -> None:
    line = Text(f"{finding.level.value:<9}", style=_STYLES[finding.level])
    line.append(f"{finding.area:<8}{finding.name}: {finding.detail}", style="default")
    console.print(line, soft_wrap=True)
    if finding.fix:
        console.print(Text(f"{'':<17}{finding.fix}"), soft_wrap=True)
