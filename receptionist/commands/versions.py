"""`receptionist versions`: what was published, what is different, and which version answers."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from receptionist.commands.opened_versions import opened_tenant, who
from receptionist.commands.records import (
    AsJson,
    Limit,
    console,
    local_time,
    print_json,
    spoken,
    table,
)
from receptionist.errors import NotFoundError
from receptionist.versions.comparing import DRAFT
from receptionist.versions.differences import Differences
from receptionist.versions.errors import ChangedError
from receptionist.versions.files import manifest_of
from receptionist.versions.publishing import Published
from receptionist.versions.records import DraftRecord, Label, LabelMove, VersionRecord
from receptionist.versions.repository import TenantRepositories

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Publish what a receptionist says, compare, and choose which version answers.",
)

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="As `tenants list` shows it.")]
Number = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Its number.")]
Side = Annotated[str, typer.Argument(help="A number, live, staging or draft.")]
Message = Annotated[str, typer.Option(help="What has changed, or why.")]


class ListedVersion(VersionRecord):
    """A version with the labels that name it."""

    labels: Sequence[Label]


class ShownVersion(BaseModel):
    """A version or the draft, file by file."""

    model_config = ConfigDict(frozen=True)

    version: VersionRecord | None
    draft: DraftRecord | None
    files: dict[str, str]


@app.command("list")
def list_versions(tenant: Tenant, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists versions, the latest first, with their labels."""
    found = asyncio.run(_list(tenant, limit))
    if as_json:
        print_json(found)
        return
    shown = table(f"Versions of {tenant}", "version", "labels", "published", "by", "what")
    for one in found:
        labels = ", ".join(one.labels)
        cells = (local_time(one.created_at), one.author, spoken(one.message))
        shown.add_row(str(one.number), labels, *cells)
    console().print(shown if found else "Nothing is published yet; `versions publish` does.")


@app.command()
def show(
    tenant: Tenant,
    side: Side = DRAFT,
    file: Annotated[str, typer.Option(help="Print this file.", show_default="")] = "",
    as_json: AsJson = False,
) -> None:
    """Shows a version or the draft: who made it, its files, or one of them."""
    if file:
        typer.echo(asyncio.run(_file(tenant, side, file)), nl=False)
        return
    shown = asyncio.run(_show(tenant, side))
    if as_json:
        print_json(shown)
        return
    if shown.version is not None:
        one = shown.version
        told = f"{local_time(one.created_at)} by {one.author}: {one.message}"
        typer.echo(f"Version {one.number} of {tenant}, {told}")
        for problem in one.problems:
            typer.echo(f"  {problem.file}:{problem.line}: {problem.severity}: {problem.message}")
    elif shown.draft is not None:
        state = "with unpublished changes" if shown.draft.changed else "published"
        typer.echo(f"Draft of {tenant}, {state}, hash {shown.draft.sha256}")
    for path, sha256 in sorted(shown.files.items()):
        typer.echo(f"{sha256[:12]}  {path}")


@app.command()
def diff(
    tenant: Tenant,
    before: Side = Label.LIVE.value,
    after: Side = DRAFT,
    as_json: AsJson = False,
) -> None:
    """Tells what is different between two versions: in words, then line by line."""
    found = asyncio.run(_diff(tenant, before, after))
    if as_json:
        print_json(found)
        return
    for change in found.words:
        typer.echo(f"* {change}")
    for file in found.files:
        typer.echo(f"\n{file.path}: {file.change}")
        for line in file.lines if file.lines is not None else ["(no text)"]:
            typer.echo(line)
    if not found.files:
        typer.echo("There is no difference.")


@app.command()
def publish(
    tenant: Tenant,
    message: Message,
    label: Annotated[Label, typer.Option(help="What it is for.")] = Label.LIVE,
    seen: Annotated[
        str | None, typer.Option(help="Hash of the draft you have seen; another is not published.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Checks the draft, makes a version of it and lets a label name it; new calls use it.

    Ends with 1 and every problem when the check refuses it.
    """
    published = asyncio.run(_publish(tenant, message, label, seen))
    if as_json:
        typer.echo(
            json.dumps(published.version.model_dump(mode="json") | {"added": published.added})
        )
        return
    again = "" if published.added else ", as it was"
    typer.echo(f"{tenant}: {label} is version {published.version.number}{again}.")


@app.command()
def label(
    tenant: Tenant,
    name: Annotated[Label, typer.Argument(metavar="LABEL", help="live or staging.")],
    number: Number,
    message: Message = "labelled",
    as_json: AsJson = False,
) -> None:
    """Lets a label name a version."""
    _told(tenant, asyncio.run(_label(tenant, name, number, message)), as_json=as_json)


@app.command()
def rollback(
    tenant: Tenant,
    to: Annotated[
        int | None,
        typer.Option(min=1, help="Version to go back to.", show_default="the one before"),
    ] = None,
    message: Message = "rolled back",
    as_json: AsJson = False,
) -> None:
    """Lets the version answer that did so before; new calls use it."""
    _told(tenant, asyncio.run(_rollback(tenant, to, message)), as_json=as_json)


@app.command()
def restore(
    tenant: Tenant,
    number: Number,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also when the draft has unpublished changes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Makes the draft hold what a version does; what was in it stays in its history."""
    draft = asyncio.run(_restore(tenant, number, replace=replace))
    if as_json:
        print_json(draft)
    else:
        typer.echo(f"{tenant}: the draft is as version {number}. `versions publish` next.")


def _told(tenant: str, move: LabelMove, *, as_json: bool) -> None:
    if as_json:
        print_json(move)
    else:
        typer.echo(f"{tenant}: {move.label} is version {move.number}.")


async def _list(tenant: str, limit: int) -> Sequence[ListedVersion]:
    async with opened_tenant(tenant) as opened:
        versions = await opened.versions.latest(limit)
        async with opened.database.read() as session:
            labels = await TenantRepositories.of(session, tenant).versions.labels()
    return [
        ListedVersion(
            **one.model_dump(),
            labels=[label for label, number in labels.items() if number == one.number],
        )
        for one in versions
    ]


async def _show(tenant: str, side: str) -> ShownVersion:
    async with opened_tenant(tenant) as opened:
        files = dict(manifest_of(await opened.comparison.files(side)))
        number = await opened.comparison.number(side)
        if number is None:
            return ShownVersion(version=None, draft=await opened.drafts.look(), files=files)
        async with opened.database.read() as session:
            version = await TenantRepositories.of(session, tenant).versions.get(number)
        return ShownVersion(version=version, draft=None, files=files)


async def _file(tenant: str, side: str, path: str) -> bytes:
    async with opened_tenant(tenant) as opened:
        files = await opened.comparison.files(side)
    if path not in files:
        raise NotFoundError(f"There is no file {path!r} in {side} of {tenant!r}.")
    return files[path]


async def _diff(tenant: str, before: str, after: str) -> Differences:
    async with opened_tenant(tenant) as opened:
        return await opened.comparison.between(before, after)


async def _publish(tenant: str, message: str, label: Label, seen: str | None) -> Published:
    async with opened_tenant(tenant) as opened:
        return await opened.versions.publish(author=who(), message=message, seen=seen, label=label)


async def _label(tenant: str, label: Label, number: int, message: str) -> LabelMove:
    async with opened_tenant(tenant) as opened:
        return await opened.versions.name(label, number, author=who(), message=message)


async def _rollback(tenant: str, to: int | None, message: str) -> LabelMove:
    async with opened_tenant(tenant) as opened:
        return await opened.versions.roll_back(author=who(), message=message, to=to)


async def _restore(tenant: str, number: int, *, replace: bool) -> DraftRecord:
    async with opened_tenant(tenant) as opened:
        draft = await opened.drafts.look()
        if draft.changed and not replace:
            raise ChangedError(
                "The draft holds changes that nobody has published. Publish them first, or say"
                " that they are to be replaced (--replace); they stay in its history."
            )
        return await opened.versions.restore(number, author=who(), seen=draft.sha256)
