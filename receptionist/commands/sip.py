"""`receptionist sip`: the processes of this machine, the calls they have, and their end."""

import os
import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from receptionist.commands.records import AsJson, console, print_json, table
from receptionist.control import ProcessStatus, SipStatus, asked
from receptionist.errors import NotFoundError
from receptionist.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Show the processes that answer and the calls they have; let them end.",
)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Shows the processes that answer on this machine."""
    found = _processes()
    if as_json:
        print_json(found)
        return
    shown = table(
        *("Processes", "pid", "page", "SIP", "stack", "calls", "state"),
        *("loop late", "memory", "open files"),
    )
    for one in found:
        shown.add_row(
            str(one.pid),
            one.page,
            one.sip or "-",
            _health(one.stack),
            f"{len(one.calls)} of {one.max_calls}",
            "draining" if one.draining else "answering",
            f"{one.lag_ms:.0f} ms",
            f"{one.memory_mb:.0f} MB",
            str(one.open_files),
        )
    console().print(shown)


@app.command()
def calls(as_json: AsJson = False) -> None:
    """Shows the calls that run; `receptionist calls` shows those that are kept."""
    running = [(one.pid, call) for one in _processes() for call in one.calls]
    if as_json:
        print_json([call for _, call in running])
        return
    shown = table(
        *("Calls that run", "call", "pid", "channel", "caller", "called", "language"),
        *("length", "turns", "jitter", "lost"),
    )
    for pid, call in running:
        shown.add_row(
            call.call_id,
            str(pid),
            call.channel,
            call.caller or "-",
            call.called or "-",
            call.language,
            f"{call.duration_s:.0f} s",
            str(call.turns),
            "-" if call.jitter_ms is None else f"{call.jitter_ms:.0f} ms",
            "-" if call.loss is None else f"{call.loss:.1%}",
        )
    console().print(shown if running else "No calls.")


@app.command()
def drain(
    pid: Annotated[
        int | None,
        typer.Option(help="Only this process; one of several workers is replaced at once."),
    ] = None,
) -> None:
    """Lets processes take no new calls and end after those they have."""
    found = _processes()
    chosen = {one.pid for one in found if one.pid == pid} if pid else _owners(found)
    if not chosen:
        raise NotFoundError(f"No process {pid} answers here; `receptionist sip status` shows them.")
    for number in sorted(chosen):
        os.kill(number, signal.SIGTERM)
    count = sum(len(one.calls) for one in found if {one.pid, one.fleet} & chosen)
    minutes = Settings.read().drain_minutes
    console().print(
        f"{len(chosen)} told to end; {count} calls go on for up to {minutes:g} minutes."
    )


def _health(stack: SipStatus | None) -> str:
    if stack is None:
        return "-"
    if not stack.alive:
        return "does not answer"
    return f"{stack.leaked} calls leaked" if stack.leaked else "well"


def _owners(found: Sequence[ProcessStatus]) -> set[int]:
    """Returns whom to tell so that all end: what looks after workers, else the process itself."""
    return {one.fleet or one.pid for one in found}


def _processes() -> Sequence[ProcessStatus]:
    found = asked(Settings.read().data_dir)
    if not found:
        raise NotFoundError("No process answers on this machine with these settings: start one.")
    return found
