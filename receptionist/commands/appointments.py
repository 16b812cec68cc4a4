"""`receptionist appointments`: what was booked, and in whose calendar."""

import typer

from receptionist.appointments.records import AppointmentRecord
from receptionist.appointments.repository import AppointmentRepository, tenants_with_appointments
from receptionist.commands.listing import Listing
from receptionist.commands.records import AsJson, Limit, TenantName

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Show the appointments that were booked."
)

_LISTING: Listing[AppointmentRecord] = Listing(
    title="Appointments",
    repository=AppointmentRepository,
    tenants=tenants_with_appointments,
    created=lambda one: one.created_at,
    columns={
        "call": lambda one: one.call_id,
        "starts": lambda one: one.starts_at,
        "ends": lambda one: one.ends_at,
        "service": lambda one: one.service,
        "calendar": lambda one: one.calendar,
        "who": lambda one: one.caller_name,
        "number": lambda one: one.callback_number,
        "state": lambda one: one.state,
    },
)


@app.callback()
def appointments() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_appointments(
    tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False
) -> None:
    """Lists appointments, the latest first."""
    _LISTING.show(tenant, limit, as_json=as_json)
