"""`receptionist customers`: who has receptionists on this installation."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from receptionist.commands.records import (
    AsJson,
    console,
    local_time,
    open_database,
    print_json,
    spoken,
    table,
)
from receptionist.versions.customer_repository import CustomerRepository
from receptionist.versions.drafts import utc_now
from receptionist.versions.records import CustomerRecord

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Add and list customers of this installation."
)

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Short name, such as acme.")]


@app.command()
def add(
    customer: CustomerId,
    name: Annotated[str, typer.Option(help="As people write it.", show_default="its id")] = "",
) -> None:
    """Adds a customer."""
    record = asyncio.run(_add(customer, name or customer))
    console().print(f"Added customer {record.id}: {record.name}.", highlight=False, markup=False)


@app.command("list")
def list_customers(as_json: AsJson = False) -> None:
    """Lists customers."""
    customers = asyncio.run(_customers())
    if as_json:
        print_json(customers)
        return
    shown = table("Customers", "customer", "name", "since")
    for one in customers:
        shown.add_row(one.id, spoken(one.name), local_time(one.created_at))
    console().print(shown if customers else "There are no customers yet; `customers add` adds one.")


async def _add(customer: str, name: str) -> CustomerRecord:
    async with await open_database() as database, database.write() as session:
        return await CustomerRepository(session).add(customer, name, at=utc_now())


async def _customers() -> Sequence[CustomerRecord]:
    async with await open_database() as database, database.read() as session:
        return await CustomerRepository(session).all()
