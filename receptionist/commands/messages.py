"""`receptionist messages`: what callers asked to pass on."""

import typer

from receptionist.commands.listing import Listing
from receptionist.commands.records import AsJson, Limit, TenantName
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository, tenants_with_messages

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Show the messages callers left."
)

_LISTING: Listing[MessageRecord] = Listing(
    title="Messages",
    repository=MessageRepository,
    tenants=tenants_with_messages,
    created=lambda one: one.created_at,
    columns={
        "call": lambda one: one.call_id,
        "taken": lambda one: one.created_at,
        "for": lambda one: one.contact_id,
        "from": lambda one: one.caller_name,
        "number": lambda one: one.callback_number,
        "about": lambda one: one.about,
    },
)


@app.callback()
def messages() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_messages(tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists messages, the latest first."""
    _LISTING.show(tenant, limit, as_json=as_json)
