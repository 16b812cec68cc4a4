"""`receptionist check`: what is wrong in a tenant's bundle, by file and line."""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from receptionist.guard.language_model import open_ask
from receptionist.guard.opening import open_guard, opened_policy
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.bundle import Examined, examine
from receptionist.tenants.bundle_yaml import Problem
from receptionist.tenants.finding import Severity
from receptionist.tenants.screen_admission import judges_hash, screen, stricter
from receptionist.tenants.screen_report import problems_of, records_of

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
    settings = Settings.read()
    examined = examine(folder, settings.documents_cache_dir)
    screened, findings = _screened(examined, settings)
    found = sorted({*examined.problems, *screened})
    problems = [one for one in found if one.severity is Severity.ERROR]
    approvals = [one for one in found if one.severity is Severity.APPROVAL]
    if as_json:
        shown = [asdict(problem) for problem in found]
        ok = not problems and not approvals
        content = {"ok": ok, "problems": shown, "findings": findings}
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


def _screened(examined: Examined, settings: Settings) -> tuple[list[Problem], list[dict[str, Any]]]:
    """Returns what the guardrails say; nothing about a bundle that is no tenant yet."""
    config = examined.config
    if config is None:
        return [], []
    cache = settings.index_cache_dir
    policy, wrong = stricter(opened_policy(cache), config, examined.place)
    if wrong:
        return wrong, []
    with asyncio.Runner() as runner:
        owned = AsyncExitStack()
        resources = open_resources(settings, owned, phrases=False)
        try:
            screened = screen(
                config,
                policy,
                lambda: runner.run(open_guard(resources, cache, config.guard.tighten)),
                judges_hash(settings, config),
                cache,
                lambda: runner.run(open_ask(settings, config, resources)),
            )
        finally:
            runner.run(owned.aclose())
    return problems_of(screened, examined, policy), list(records_of(screened, examined))


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
