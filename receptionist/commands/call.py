"""`receptionist call`: a call made of recordings, through the whole pipeline in real time."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from receptionist.calls import report
from receptionist.calls.events import (
    AssistantSpeaks,
    CallEvent,
    Disposition,
    LatencyMeasured,
    TurnEnded,
)
from receptionist.calls.session import CallResult
from receptionist.recording.generation import synthetic_audio, voices_of
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.telephony.recorded_call import RecordedCall, place
from receptionist.telephony.recording import Manners, read
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import line_with

Tenant = Annotated[
    Path | None,
    typer.Option(help="Bundle of the tenant; default: RECEPTIONIST_TENANT_DIR, or the demo."),
]
Language = Annotated[str | None, typer.Option(help="Language of the call, such as en or it.")]
Line = Annotated[
    TransferOutcome | None,
    typer.Option(help="Plays a phone line on which every transfer ends like this."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def call(
    recordings: Annotated[list[Path], typer.Argument(help="Sound files, one turn each.")],
    tenant: Tenant = None,
    language: Language = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for call.wav (caller left) and call.json.")
    ] = None,
    gap_ms: Annotated[
        int, typer.Option(min=0, max=60000, help="Pause before each turn of the caller.")
    ] = 300,
    barge_in_ms: Annotated[
        int | None,
        typer.Option(min=0, max=60000, help="Speak this long after an answer has begun."),
    ] = None,
    line: Line = None,
    as_json: AsJson = False,
) -> None:
    """Calls the receptionist with recordings; each is said when the last was answered.

    Ends with 1 when a technical problem ended the call.
    """
    settings = Settings.read()
    if tenant is not None:
        settings = settings.model_copy(update={"tenant_dir": tenant})
    planned = RecordedCall(
        turns=read(recordings),
        language=language,
        manners=Manners(gap_ms=gap_ms, barge_in_ms=barge_in_ms),
        line=line_with(line),
        keep=True,
    )
    gathered = report.CallReport()
    console = Console(stderr=True)
    result = asyncio.run(_run(settings, planned, gathered, console, out))
    if as_json:
        typer.echo(json.dumps(gathered.record(), indent=2, ensure_ascii=False))
    else:
        console.print(f"{result.disposition} after {result.duration_s:.1f} s")
    if result.disposition is Disposition.FAILED:
        raise typer.Exit(1)


async def _run(
    settings: Settings,
    planned: RecordedCall,
    gathered: report.CallReport,
    console: Console,
    out: Path | None,
) -> CallResult:
    spoken = None if planned.language is None else (planned.language,)
    with console.status("starting") as status:
        supervisor = await Supervisor.start(settings, status.update, spoken=spoken)

    async def show(event: CallEvent) -> None:
        if text := shown(event):
            console.print(text, highlight=False)

    try:
        result = await place(supervisor, planned, [gathered, show])
        if out is not None:
            await _export(supervisor, gathered, result, out)
        return result
    finally:
        await supervisor.close()


async def _export(
    supervisor: Supervisor, gathered: report.CallReport, result: CallResult, out: Path
) -> None:
    """Writes the call to `out`; that synthetic speech left the product is on record."""
    engines = supervisor.snapshot.config.engines
    voices = voices_of(engines, gathered.languages, gathered.engine_changes)
    sha256 = await asyncio.to_thread(report.write, out, gathered, result.timeline, voices)
    supervisor.audit.put(
        synthetic_audio(
            call_id=gathered.call_id,
            at=datetime.now(UTC),
            file="call.wav",
            sha256=sha256,
            voices=voices,
            languages=gathered.languages,
        )
    )


def shown(event: CallEvent) -> str:
    """Returns how a person reads `event` as the call goes on; "" when it says nothing new."""
    match event:
        case TurnEnded(speaker="caller"):
            return f"[bold]caller[/]     {escape(event.text)}"
        case AssistantSpeaks():
            return f"[bold cyan]assistant[/]  {escape(event.text)}"
        case LatencyMeasured():
            stages = " ".join(f"{name} {ms:.0f}" for name, ms in event.stages.items())
            return f"[dim]          answered after {event.voice_to_voice_ms:.0f} ms ({stages})[/]"
        case _:
            return ""
