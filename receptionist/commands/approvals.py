"""`receptionist approvals`: sentences that a second person has to stand for."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from receptionist.commands.opened_versions import opened_tenant, who
from receptionist.commands.records import AsJson
from receptionist.versions.approving import Doubt
from receptionist.versions.records import ApprovalRecord

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Show which sentences of a draft want a second person, and stand for them.",
)

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="As `tenants list` shows it.")]


@app.command("list")
def list_doubts(tenant: Tenant, as_json: AsJson = False) -> None:
    """Lists the sentences of the draft that want the approval of a second person."""
    found = asyncio.run(_doubts(tenant))
    if as_json:
        told = [{name: getattr(one, name) for name in one.__slots__} for one in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        people = ", ".join(one.authors)
        typer.echo(f"{one.file}:{one.line}: {one.category} ({one.law}), written by {people}")
        typer.echo(f"  {one.sentence!r}\n  {one.sentence_sha256}")
    if not found:
        typer.echo("No sentence wants an approval.")


@app.command()
def give(
    tenant: Tenant,
    sentence: Annotated[str, typer.Argument(metavar="SHA256", help="As `list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why the sentence is right.")],
) -> None:
    """Stands for a sentence of the draft; who has written it cannot."""
    given = asyncio.run(_give(tenant, sentence, reason))
    typer.echo(f"{tenant}: {given.approver} has approved it; guard.yaml of the draft says so.")


async def _doubts(tenant: str) -> Sequence[Doubt]:
    async with opened_tenant(tenant) as opened:
        return await opened.approvals.wanted()


async def _give(tenant: str, sentence: str, reason: str) -> ApprovalRecord:
    async with opened_tenant(tenant) as opened:
        return await opened.approvals.approve(sentence, approver=who(), reason=reason)
