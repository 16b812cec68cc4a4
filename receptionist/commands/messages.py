"""`receptionist messages`: what callers asked to pass on."""

import asyncio
from collections.abc import Sequence

import typer

from receptionist.commands.records import (
    AsJson,
    Limit,
    TenantName,
    console,
    local_time,
    open_database,
    print_json,
    spoken,
    table,
)
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository, tenants_with_messages

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Show the messages callers left."
)


@app.callback()
def messages() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_messages(tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists messages, the latest first."""
    taken = asyncio.run(_latest(tenant, limit))
    if as_json:
        print_json(taken)
        return
    shown = table("Messages", "call", "taken", "for", "from", "number", "about")
    for message in taken:
        shown.add_row(
            message.call_id,
            local_time(message.created_at),
            spoken(message.contact_id),
            spoken(message.caller_name),
            spoken(message.callback_number),
            spoken(message.about),
        )
    console().print(shown if taken else "No messages are kept yet.")


async def _latest(tenant: str | None, limit: int) -> Sequence[MessageRecord]:
    async with await open_database() as database:
        tenants = [tenant] if tenant else await tenants_with_messages(database)
        found = [
            message
            for name in tenants
            for message in await MessageRepository(database, name).latest(limit)
        ]
    return sorted(found, key=lambda message: message.created_at, reverse=True)[:limit]
