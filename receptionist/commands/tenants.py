"""`receptionist tenants`: receptionists of customers, brought in from folders and taken out."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from receptionist.commands.opened_versions import OpenedTenant, opened_tenant, who
from receptionist.commands.records import (
    AsJson,
    console,
    local_time,
    open_database,
    print_json,
    table,
)
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.versions.archives import read_zip, zip_of
from receptionist.versions.comparing import DRAFT
from receptionist.versions.customer_repository import CustomerRepository
from receptionist.versions.drafts import utc_now
from receptionist.versions.files import LIMITS, Files
from receptionist.versions.folders import read_folder, write_folder
from receptionist.versions.importing import bring_in, tenant_in
from receptionist.versions.publishing import Published
from receptionist.versions.records import Label, TenantRecord

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Bring receptionists in from folders or zips, take them out, and list them.",
)

_ZIP = ".zip"

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="As `tenants list` shows it.")]
Customer = Annotated[str, typer.Option("--customer", help="Who owns it, or is to own it.")]


@app.command("list")
def list_tenants(
    customer: Annotated[
        str | None, typer.Option(help="Only his.", show_default="of all customers")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lists receptionists."""
    tenants = asyncio.run(_tenants(customer))
    if as_json:
        print_json(tenants)
        return
    shown = table("Tenants", "tenant", "customer", "site", "since")
    for one in tenants:
        shown.add_row(one.id, one.customer, one.site or "", local_time(one.created_at))
    console().print(
        shown if tenants else "There are no tenants yet; `tenants import` brings one in."
    )


@app.command("import")
def import_tenant(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Bundle, or a zip of one.")],
    customer: Customer,
    message: Annotated[
        str, typer.Option(help="Publish it too, and say what has changed.", show_default="a draft")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Also when the draft has unpublished changes.")
    ] = False,
) -> None:
    """Brings a bundle in as the draft of the tenant it is written for; the same bytes.

    The tenant is made when there is none. With a message the draft is checked, published and
    answers from then on.
    """
    files = _read(source)
    tenant, published = asyncio.run(_import(files, customer, message, replace=replace))
    if published is None:
        typer.echo(f"{tenant}: the draft holds these {len(files)} files. `versions publish` next.")
    elif published.added:
        typer.echo(f"{tenant}: version {published.version.number} is live.")
    else:
        typer.echo(f"{tenant}: version {published.version.number} holds these files and is live.")


@app.command()
def export(
    tenant: Tenant,
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE.zip", help="New or empty.")],
    side: Annotated[
        str, typer.Option("--version", help="A number, live, staging or draft.")
    ] = Label.LIVE.value,
) -> None:
    """Writes the files of a version into a folder or a zip; the same bytes."""
    files = asyncio.run(_files(tenant, side))
    if target.suffix.lower() != _ZIP:
        write_folder(files, target)
    else:
        try:
            with target.open("xb") as file:
                file.write(zip_of(files))
        except OSError as error:
            raise ConfigurationError(
                f"{str(target)!r} cannot be written: {error.strerror}."
            ) from error
    typer.echo(f"{target}: {len(files)} files of {tenant} ({side}).")


def _read(source: Path) -> Files:
    if not source.is_file():
        return read_folder(source)
    try:
        if source.stat().st_size > LIMITS.all_bytes:
            raise ConfigurationError(f"{str(source)!r} is larger than any bundle.")
        return read_zip(source.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{str(source)!r} cannot be read: {error.strerror}.") from error


async def _tenants(customer: str | None) -> Sequence[TenantRecord]:
    async with await open_database() as database, database.read() as session:
        customers = CustomerRepository(session)
        if customer is not None:
            await customers.get(customer)
        return await customers.tenants(customer)


async def _import(
    files: Files, customer: str, message: str, *, replace: bool
) -> tuple[str, Published | None]:
    tenant = tenant_in(files)
    async with opened_tenant(tenant) as opened:
        await _ensure(opened, tenant, customer)
        draft = await bring_in(opened.database, tenant, files, author=who(), overwrite=replace)
        if not message:
            return tenant, None
        return tenant, await opened.versions.publish(
            author=who(), message=message, seen=draft.sha256
        )


async def _ensure(opened: OpenedTenant, tenant: str, customer: str) -> None:
    """Makes the tenant when there is none; one of another customer is not touched."""
    async with opened.database.write() as session:
        customers = CustomerRepository(session)
        await customers.get(customer)
        try:
            await customers.tenant(tenant, customer)
        except NotFoundError:
            await customers.add_tenant(customer, tenant, author=who(), at=utc_now())


async def _files(tenant: str, side: str) -> Files:
    async with opened_tenant(tenant) as opened:
        files = await opened.comparison.files(side)
    if not files and side == DRAFT:
        raise NotFoundError(f"The draft of {tenant!r} is empty.")
    return files
