"""`receptionist chat`: the same assistant in writing, one line in, one line out."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from receptionist.calls.plan import CallRequest
from receptionist.commands.call import AsJson, Language, Line, Tenant
from receptionist.errors import ConfigurationError
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
    """Talks to the receptionist in writing, until the call ends or the lines do."""
    settings = Settings.read()
    if tenant is not None:
        settings = settings.model_copy(update={"tenant_dir": tenant})
    asyncio.run(_chat(settings, language, _lines(script), line, as_json))


def _lines(script: Path | None) -> Iterator[str]:
    """Returns the caller's lines; empty ones say nothing and are left out."""
    if script is None or str(script) == "-":
        return _read(sys.stdin, prompt=script is None and sys.stdin.isatty())
    if not script.is_file():
        raise ConfigurationError(f"--script: there is no file {str(script)!r}.")
    return _read(script.open(encoding="utf-8", errors="replace"), prompt=False)


def _read(source: TextIO, *, prompt: bool) -> Iterator[str]:
    with source:
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
) -> None:
    supervisor = await Supervisor.start(settings, spoken=())
    try:
        request = CallRequest(call_id=new_call_id(), channel="text", language=language)
        plan = supervisor.plan(request)
        async with supervisor.text_call(plan, line=line_with(line)) as call:
            opening = f"{plan.disclosure} {plan.greeting}"
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
                    break
    finally:
        await supervisor.close()
