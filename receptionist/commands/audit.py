"""`receptionist audit`: what was judged on calls and done about it, and the proof of it."""

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from guardrails.chain import End
from receptionist.audit.policies import OpenJudge, judges_of
from receptionist.audit.records import AuditRecord, Kind
from receptionist.audit.replay import Replay, replay
from receptionist.audit.repository import AuditRepository, Wanted, tenants_with_audit
from receptionist.audit.verification import Verification, verify
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
from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.guard.opening import open_guard
from receptionist.resources import open_resources
from receptionist.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Show, prove and hand out what was judged on calls and done about it.",
)

Moment = Annotated[
    datetime | None, typer.Option(help="A day or moment, in this machine's time zone.")
]
CallId = Annotated[str | None, typer.Option("--call", help="Only this call.")]
Category = Annotated[str | None, typer.Option(help="Only this category, such as medical.")]
VerdictName = Annotated[str | None, typer.Option(help="Only this verdict, such as refuse.")]
KindName = Annotated[Kind | None, typer.Option(help="Only rows of this kind.")]
Before = Annotated[
    datetime | None,
    typer.Option(help="A day or moment; as the settings say when it is left out."),
]
Forget = Callable[[AuditRepository, datetime, datetime], Awaitable[int]]
"""Forgets what is from before a moment, and notes the present one; returns the count of rows."""


class Format(StrEnum):
    """How rows are handed out."""

    JSONL = "jsonl"
    CSV = "csv"


class Proof(Verification):
    """What `verify` prints.

    Attributes:
        replay: What judging again came to; None when that was not asked for.
    """

    replay: Replay | None = None


@app.command("list")
def list_rows(
    tenant: TenantName = None,
    call: CallId = None,
    category: Category = None,
    verdict: VerdictName = None,
    kind: KindName = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Lists rows, the latest first."""
    wanted = Wanted(call_id=call, category=category, verdict=verdict, kind=kind)
    rows = asyncio.run(_latest(tenant, wanted, limit))
    if as_json:
        print_json(rows)
        return
    shown = table("Audit log", "row", "tenant", "at", "call", "what", "verdict", "why", "text")
    for row in rows:
        shown.add_row(
            str(row.seq),
            row.tenant,
            local_time(row.at),
            row.call_id[:8],
            f"{row.kind} {row.stage}".strip(),
            f"{row.verdict} {row.action}".strip(),
            spoken(row.rule or row.category),
            spoken("(erased)" if row.erased else row.text or ""),
        )
    console().print(shown if rows else "No rows are kept yet.")


@app.command()
def export(
    tenant: TenantName = None,
    since: Moment = None,
    until: Moment = None,
    call: CallId = None,
    category: Category = None,
    verdict: VerdictName = None,
    kind: KindName = None,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.JSONL,
) -> None:
    """Prints rows with everything that is known of them, the earliest first."""
    wanted = Wanted(
        since=_moment(since),
        until=_moment(until),
        call_id=call,
        category=category,
        verdict=verdict,
        kind=kind,
    )
    asyncio.run(_export(tenant, wanted, form))


@app.command("verify")
def verify_log(
    tenant: TenantName = None,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="ROW:HASH", help="A row and its hash, as kept elsewhere; one tenant."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--replay", help="Judge every text again that is still there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Proves that nothing was changed, taken out or put in; ends with 1 when something was."""
    if anchor is not None and tenant is None:
        raise ConfigurationError("--anchor is about one tenant; name it with --tenant.")
    proofs = asyncio.run(_verify(tenant, _anchor(anchor), again))
    if as_json:
        print_json(proofs)
    else:
        for proof in proofs:
            _print(proof)
        if not proofs:
            console().print("No rows are kept yet.")
    if not all(proof.whole and not _differs(proof) for proof in proofs):
        raise typer.Exit(1)


@app.command("erase-texts")
def erase_texts(tenant: TenantName = None, before: Before = None) -> None:
    """Erases what callers and the assistant said; the rows and their proof stay."""
    kept = timedelta(days=Settings.read().audit_text_days)
    asked = _moment(before) or datetime.now(UTC) - kept
    count = asyncio.run(_forget(tenant, AuditRepository.erase_texts, asked))
    console().print(f"The texts of {count} rows are erased.")


@app.command()
def prune(tenant: TenantName = None, before: Before = None) -> None:
    """Deletes rows that have been kept long enough; never those of the last six months."""
    latest = datetime.now(UTC) - timedelta(days=Settings.read().audit_days)
    asked = _moment(before) or latest
    if asked > latest:
        raise ConfigurationError(
            f"Rows are kept until {local_time(latest)} (RECEPTIONIST_AUDIT_DAYS)."
        )
    count = asyncio.run(_forget(tenant, AuditRepository.prune, asked))
    console().print(f"{count} rows are deleted.")


# --- inside ---------------------------------------------------------------------------------


async def _tenants(database: Database, tenant: str | None) -> Sequence[str]:
    if tenant is not None:
        return [tenant]
    async with database.read() as session:
        return await tenants_with_audit(session)


async def _latest(tenant: str | None, wanted: Wanted, limit: int) -> Sequence[AuditRecord]:
    found: list[AuditRecord] = []
    async with await open_database() as database:
        for name in await _tenants(database, tenant):
            async with database.read() as session:
                found += await AuditRepository(session, name).latest(limit, wanted)
    return sorted(found, key=lambda row: row.at, reverse=True)[:limit]


async def _export(tenant: str | None, wanted: Wanted, form: Format) -> None:
    heading = list(AuditRecord.model_fields)
    written = csv.DictWriter(sys.stdout, heading)
    if form is Format.CSV:
        written.writeheader()
    async for row in _rows(tenant, wanted):
        values = row.model_dump(mode="json")
        if form is Format.CSV:
            written.writerow({name: _cell(value) for name, value in values.items()})
        else:
            typer.echo(json.dumps(values, ensure_ascii=False))


async def _rows(tenant: str | None, wanted: Wanted) -> AsyncIterator[AuditRecord]:
    async with await open_database() as database:
        for name in await _tenants(database, tenant):
            async with database.read() as session:
                async for row in AuditRepository(session, name).rows(wanted):
                    yield row


def _cell(value: object) -> object:
    """Returns a value that no spreadsheet takes for a formula."""
    if isinstance(value, Mapping | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


async def _verify(tenant: str | None, anchor: End | None, again: bool) -> Sequence[Proof]:
    proofs: list[Proof] = []
    async with AsyncExitStack() as owned:
        opened = _opened(owned) if again else None
        database = await owned.enter_async_context(await open_database())
        for name in await _tenants(database, tenant):
            async with database.read() as session:
                log = AuditRepository(session, name)
                found = await verify(log, name, anchor)
                replayed = None
                if opened is not None:
                    judges = await judges_of(log.rows(Wanted(kind=Kind.CALL_STARTED)), opened)
                    replayed = await replay(log.rows(Wanted(kind=Kind.GUARDED)), judges)
            proofs.append(Proof(**dict(found), replay=replayed))
    return proofs


def _opened(owned: AsyncExitStack) -> OpenJudge:
    """Returns what makes the guards of calls; they share the model they judge meaning with."""
    settings = Settings.read()
    resources = open_resources(settings, owned, phrases=False)
    return partial(open_guard, resources, settings.index_cache_dir)


async def _forget(tenant: str | None, forget: Forget, before: datetime) -> int:
    """Returns how many rows `forget` has dealt with, each tenant in a transaction of its own."""
    now = datetime.now(UTC)
    count = 0
    async with await open_database() as database:
        for name in await _tenants(database, tenant):
            async with database.write() as session:
                count += await forget(AuditRepository(session, name), before, now)
    return count


def _moment(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone()


def _anchor(written: str | None) -> End | None:
    if written is None:
        return None
    row, _, digest = written.partition(":")
    if not row.isdecimal() or not digest:
        raise ConfigurationError(f"{written!r} is no row and hash, such as 120:5b0f….")
    return End(seq=int(row), digest=digest)


def _differs(proof: Proof) -> bool:
    return proof.replay is not None and bool(proof.replay.differences)


def _print(proof: Proof) -> None:
    out: Any = console()
    state = "whole" if proof.whole else "NOT WHOLE"
    said = f"{proof.tenant}: {state}, {proof.rows} rows, texts of {proof.erased} erased"
    out.print(f"{said}; ends with {proof.last_seq}:{proof.last_hash}", markup=False, soft_wrap=True)
    for one in proof.breaks:
        out.print(f"  {one.fault}: {one.says}", markup=False)
    if (told := proof.replay) is not None:
        out.print(
            f"  judged again: {told.same} of {told.judged} the same, {told.other_policy} of another"
            f" release, {told.erased} erased, {told.not_of_text} not of the text alone,"
            f" {told.version_gone} not replayable: version gone",
            markup=False,
        )
        for one in told.differences:
            out.print(f"  row {one.seq} was {one.then}, and is {one.now}", markup=False)
