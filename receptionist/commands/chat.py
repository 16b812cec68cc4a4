"""`receptionist chat`: the same assistant in writing, one line in, one line out."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from receptionist.calls.events import Disposition
from receptionist.calls.plan import CallRequest
from receptionist.commands.call import AsJson, Language, Line, Tenant
from receptionist.errors import ConfigurationError
from receptionist.loading import check_languages
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import line_with


def chat(
    tenant: Tenant = None,
    language: Language = None,
    script: Annotated[
        Path | None, typer.Option(help="File with one caller line per line; - is standard input.")
    ] = None,
    line: Line = None,
    as_json: AsJson = False,
) -> None:
    """Talks to the receptionist in writing, until the call ends or the lines do.

    Ends with 1 when a technical problem ended the call.
    """
    settings = Settings.read()
    if tenant is not None:
        settings = settings.model_copy(update={"tenant_dir": tenant})
    prompt = script is None and sys.stdin.isatty()
    with _opened(script) as source:
        lines = _lines(source, prompt=prompt)
        ended = asyncio.run(_chat(settings, language, lines, line, as_json))
    if ended is Disposition.FAILED:
        raise typer.Exit(1)


def _opened(script: Path | None) -> TextIO:
    if script is None or str(script) == "-":
        return sys.stdin
    if not script.exists():
        raise ConfigurationError(f"--script: there is no file {str(script)!r}.")
    try:
        return script.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(
            f"--script: {str(script)!r} cannot be read: {error.strerror}."
        ) from error


def _lines(source: TextIO, *, prompt: bool) -> Iterator[str]:
    """Yields the caller's lines; empty ones say nothing and are left out."""
    while True:
        if prompt:
            typer.echo("> ", nl=False)
        text = source.readline()
        if not text:
            return
        if text.strip():
            yield text.strip()


async def _chat(
    settings: Settings,
    language: str | None,
    lines: Iterator[str],
    line: TransferOutcome | None,
    as_json: bool,
) -> Disposition | None:
    """Returns how the assistant ended the call; None when the lines ended first."""
    supervisor = await Supervisor.start(settings, spoken=())
    try:
        check_languages(supervisor.snapshot.config, [language] if language else [])
        request = CallRequest(call_id=new_call_id(), channel="text", language=language)
        plan = supervisor.plan(request)
        async with supervisor.text_call(plan, line=line_with(line)) as call:
            opening = plan.opening
            if not as_json:
                typer.echo(opening)
            # Standard input blocks, but nothing else runs on this loop while it does.
            for text in lines:
                reply = await call.say(text)
                if as_json:
                    record = reply.record() | ({"greeting": opening} if opening else {})
                    typer.echo(json.dumps(record, ensure_ascii=False))
                    opening = ""
                else:
                    typer.echo(reply.text)
                if reply.disposition:
                    return reply.disposition
        return None
    finally:
        await supervisor.close()
