"""The `receptionist` command; what a subcommand needs is imported when it is asked for."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
import typer.main
from loguru import logger
from typer.core import TyperGroup

from receptionist.process import limit_heaps, limit_threads

COMMANDS: Mapping[str, str] = {
    "serve": "receptionist.commands.serve:serve",
    "call": "receptionist.commands.call:call",
    "chat": "receptionist.commands.chat:chat",
    "check": "receptionist.commands.check:check",
    "classify": "receptionist.commands.classify:classify",
    "guard": "receptionist.commands.guard:guard",
    "sip": "receptionist.commands.sip:app",
    "calls": "receptionist.commands.calls:app",
    "messages": "receptionist.commands.messages:app",
    "callbacks": "receptionist.commands.callbacks:app",
    "appointments": "receptionist.commands.appointments:app",
    "questions": "receptionist.commands.questions:app",
    "customers": "receptionist.commands.customers:app",
    "tenants": "receptionist.commands.tenants:app",
    "versions": "receptionist.commands.versions:app",
    "approvals": "receptionist.commands.approvals:app",
    "audit": "receptionist.commands.audit:app",
    "users": "receptionist.commands.users:app",
    "keys": "receptionist.commands.keys:app",
    "edge": "receptionist.commands.edge:app",
    "models": "receptionist.commands.models:app",
    "backup": "receptionist.commands.backup:backup",
    "restore": "receptionist.commands.backup:restore",
    "doctor": "receptionist.commands.doctor:doctor",
}


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, typer.Typer):
            found, function = typer.Typer(add_completion=False), found
            found.command()(function)
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
    help="Answers phone calls: a conversational virtual receptionist.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _receptionist() -> None: ...


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; ends with 0 done, 1 failed, 2 asked wrongly."""
    # pipecat greets whoever imports it through this logger.
    logger.remove()
    limit_threads()
    limit_heaps()
    from providers.errors import ProviderError
    from receptionist.errors import ReceptionistError, from_provider
    from receptionist.logs import log_to
    from receptionist.settings import Settings

    try:
        with log_to(sys.stderr, Settings.read().log_level):
            app(arguments, prog_name="receptionist")
    except (ReceptionistError, ProviderError) as error:
        told = from_provider(error) if isinstance(error, ProviderError) else error
        typer.echo(f"receptionist: {told}", err=True)
        sys.exit(told.exit_code)
