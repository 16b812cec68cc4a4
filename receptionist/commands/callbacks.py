"""`receptionist callbacks`: whom somebody was promised to call back, and when."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from receptionist.callbacks.attempts import AttemptRepository
from receptionist.callbacks.records import AttemptRecord, CallbackRecord
from receptionist.callbacks.repository import CallbackRepository, tenants_with_callbacks
from receptionist.commands.listing import Listing
from receptionist.commands.records import (
    AsJson,
    Limit,
    TenantName,
    console,
    local_time,
    open_database,
    print_json,
    table,
)
from receptionist.control import dialled
from receptionist.errors import NotFoundError
from receptionist.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Show whom somebody was promised to call back, and dial him.",
)

CallbackId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]

_LISTING: Listing[CallbackRecord] = Listing(
    title="Callbacks",
    repository=CallbackRepository,
    tenants=tenants_with_callbacks,
    created=lambda one: one.created_at,
    columns={
        "id": lambda one: one.id,
        "call": lambda one: one.call_id,
        "from": lambda one: one.due_from,
        "until": lambda one: one.due_until,
        "by": lambda one: one.contact_id,
        "who": lambda one: one.caller_name,
        "number": lambda one: one.callback_number,
        "about": lambda one: one.about,
        "state": lambda one: one.state,
    },
)


@app.command("list")
def list_callbacks(tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists callbacks, the latest first."""
    _LISTING.show(tenant, limit, as_json=as_json)


@app.command()
def dial(callback_id: CallbackId) -> None:
    """Has the process that answers call somebody back now, within the hours of `phone.yaml`."""
    attempt = dialled(Settings.read().data_dir, callback_id)
    console().print(
        f"Dialled, try {attempt.number}; `receptionist callbacks tries` says how it ends."
    )


@app.command()
def tries(callback_id: CallbackId, as_json: AsJson = False) -> None:
    """Lists how often somebody was called back, and how that ended."""
    found = asyncio.run(_tries(callback_id))
    if as_json:
        print_json(found)
        return
    shown = table("Tries", "try", "began", "ended", "outcome", "call")
    for one in found:
        ended = local_time(one.ended_at) if one.ended_at else "-"
        outcome = one.outcome or "in progress"
        shown.add_row(str(one.number), local_time(one.started_at), ended, outcome, one.call_id)
    console().print(shown if found else "Not dialled yet.")


async def _tries(callback_id: str) -> Sequence[AttemptRecord]:
    async with await open_database() as database:
        for tenant in await tenants_with_callbacks(database):
            attempts = AttemptRepository(database, tenant)
            try:
                await attempts.callback(callback_id)
            except NotFoundError:
                continue
            return await attempts.of(callback_id)
    raise NotFoundError(f"There is no callback {callback_id!r}; `list` shows them.")
