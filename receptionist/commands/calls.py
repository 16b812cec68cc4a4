"""`receptionist calls`: what was said and done on the calls that are kept."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import RenderableType

from receptionist.calls.records import CallRecord, CallSummary
from receptionist.calls.repository import CallRepository, tenants_with_calls
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
from receptionist.errors import NotFoundError
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Show the calls that were answered."
)


class ShownCall(CallRecord):
    """A call with the messages taken on it."""

    messages: tuple[MessageRecord, ...] = ()


@app.command("list")
def list_calls(tenant: TenantName = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Lists calls, the latest first."""
    calls = asyncio.run(_latest(tenant, limit))
    if as_json:
        print_json(calls)
        return
    shown = table("Calls", "call", "tenant", "started", "language", "channel", "length", "ended as")
    for call in calls:
        shown.add_row(
            call.call_id,
            call.tenant,
            local_time(call.started_at),
            call.language,
            call.channel,
            _length(call),
            call.disposition,
        )
    console().print(shown if calls else "No calls are kept yet.")


@app.command()
def show(
    call_id: Annotated[str, typer.Argument(metavar="ID", help="A call, as listed.")],
    as_json: AsJson = False,
) -> None:
    """Shows one call: what was said, which tools ran, how long the caller waited."""
    call = asyncio.run(_find(call_id))
    if as_json:
        print_json(call)
        return
    out = console()
    out.print(_heading(call), highlight=False, markup=False)
    for part in _parts(call):
        if part is not None:
            out.print(part)


def _parts(call: ShownCall) -> Sequence[RenderableType | None]:
    return (
        _transcript(call),
        _tools(call),
        _transfers(call),
        _latency(call),
        _changes(call),
        _messages(call),
    )


async def _latest(tenant: str | None, limit: int) -> Sequence[CallSummary]:
    now = datetime.now(UTC)
    async with await open_database() as database, database.read() as session:
        tenants = [tenant] if tenant else await tenants_with_calls(session)
        found = [
            call
            for name in tenants
            for call in await CallRepository(session, name).latest(limit, now=now)
        ]
    return sorted(found, key=lambda call: call.started_at, reverse=True)[:limit]


async def _find(call_id: str) -> ShownCall:
    now = datetime.now(UTC)
    async with await open_database() as database, database.read() as session:
        for tenant in await tenants_with_calls(session):
            try:
                call = await CallRepository(session, tenant).get(call_id, now=now)
            except NotFoundError:
                continue
            messages = await MessageRepository(database, tenant).of_call(call_id)
            return ShownCall(**dict(call), messages=tuple(messages))
    raise NotFoundError(f"There is no call {call_id!r}. `receptionist calls list` shows them.")


def _length(call: CallSummary) -> str:
    return "" if call.duration_s is None else f"{call.duration_s:.1f} s"


def _heading(call: CallRecord) -> str:
    ended = f"{call.disposition} after {_length(call)}" if call.ended_at else call.disposition
    languages = ", then ".join(call.languages)
    return (
        f"Call {call.call_id}\n"
        f"{local_time(call.started_at)}, {call.channel}, language {languages}: {ended}\n"
        f"{_parties(call)}"
        f"Tenant {call.tenant}, version {call.version}\n"
    )


def _parties(call: CallRecord) -> str:
    """Returns the line that says who called whom; "" where the channel does not tell."""
    if not call.called:
        return ""
    shown = spoken(call.caller_name).plain
    who = " ".join(part for part in (shown, call.caller) if part) or "somebody"
    verdict = f" ({call.caller_verdict})" if call.caller_verdict else ""
    return f"From {who}{verdict} to {spoken(call.called).plain}\n"


def _transfers(call: CallRecord) -> RenderableType | None:
    shown = table("Telephones that were rung", "at", "for", "rung", "how", "ended", "because")
    for rung in call.transfers:
        names = (rung.target, rung.rung, rung.mode, rung.outcome, rung.reason)
        shown.add_row(f"{rung.at_s:.2f} s", *map(spoken, names))
    return shown if call.transfers else None


def _transcript(call: CallRecord) -> RenderableType:
    shown = table("What was said", "from", "to", "who", "words")
    for turn in call.turns:
        words = spoken(turn.text)
        if turn.interrupted:
            words.append(" [interrupted]", style="dim")
        shown.add_row(f"{turn.start_s:.2f} s", f"{turn.end_s:.2f} s", turn.speaker, words)
    return shown if call.turns else "Nothing was said."


def _tools(call: CallRecord) -> RenderableType | None:
    shown = table("Tools", "turn", "tool", "arguments", "outcome")
    for tool in call.tools:
        arguments = spoken(json.dumps(tool.arguments, ensure_ascii=False))
        shown.add_row(str(tool.turn), spoken(tool.name), arguments, spoken(tool.outcome))
    return shown if call.tools else None


def _latency(call: CallRecord) -> RenderableType | None:
    stages = list(dict.fromkeys(stage for wait in call.latency for stage in wait.stages))
    shown = table("Waits in ms", "turn", "voice to voice", *stages)
    for wait in call.latency:
        parts = [f"{wait.stages[stage]:.0f}" if stage in wait.stages else "" for stage in stages]
        shown.add_row(str(wait.turn), f"{wait.voice_to_voice_ms:.0f}", *parts)
    return shown if call.latency else None


def _changes(call: CallRecord) -> RenderableType | None:
    shown = table("Engines that failed", "at", "slot", "failed", "took over", "because")
    for change in call.engine_changes:
        names = (change.slot, change.failed, change.instead, change.reason)
        shown.add_row(f"{change.at_s:.2f} s", *map(spoken, names))
    return shown if call.engine_changes else None


def _messages(call: ShownCall) -> RenderableType | None:
    shown = table("Messages", "for", "from", "number", "about")
    for message in call.messages:
        columns = (message.contact_id, message.caller_name, message.callback_number, message.about)
        shown.add_row(*map(spoken, columns))
    return shown if call.messages else None
