"""`receptionist callbacks`: whom somebody was promised to call back, and when."""

import typer

from receptionist.callbacks.records import CallbackRecord
from receptionist.callbacks.repository import CallbackRepository, tenants_with_callbacks
from receptionist.commands.listing import Listing
from receptionist.commands.records import AsJson, Limit, TenantName

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Show whom somebody was promised to call back."
)

_LISTING: Listing[CallbackRecord] = Listing(
    title="Callbacks",
    repository=CallbackRepository,
    tenants=tenants_with_callbacks,
    created=lambda one: one.created_at,
    columns={
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


@app.callback()
def callbacks() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_callbacks(tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists callbacks, the latest first."""
    _LISTING.show(tenant, limit, as_json=as_json)
