"""Every query on kept calls; each sees the calls of one tenant only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    Disposition,
    EngineChanged,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.models import (
    CallRow,
    EngineChangeRow,
    LatencyRow,
    ToolCallRow,
    TransferRow,
    TurnRow,
)
from receptionist.calls.records import (
    CallRecord,
    CallState,
    CallSummary,
    EngineChangeRecord,
    LatencyRecord,
    ToolRecord,
    TransferRecord,
    TurnRecord,
)
from receptionist.errors import NotFoundError
from receptionist.handoff.events import TransferEnded
from receptionist.telephony.caller import CallerIdentity

SIGN_OF_LIFE_S = 5.0
"""How often a process says that its calls are still running."""

SWITCH = "switch_language"
"""The tool every change of language goes through, asked for or found out."""

PRESUMED_DEAD_AFTER = timedelta(seconds=4 * SIGN_OF_LIFE_S)
"""Silence after which a call without an end counts as interrupted: a few signs may be late while
the database is busy or being copied."""


class CallRepository:
    """The calls of one tenant, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def record(self, call_id: str, position: int, event: CallEvent, at: datetime) -> None:
        """Keeps `event`, number `position` of its call, which arrived at `at`.

        Recording the same event again changes nothing. Events that only show what is being said
        are not kept: the turn they lead to is.
        """
        if isinstance(event, CallEnded):
            await self._end(call_id, event, at)
            return
        row = self._row(call_id, position, event, at)
        if row is not None:
            await self._session.merge(row)

    async def sign_of_life(self, call_ids: Collection[str], at: datetime) -> None:
        """Notes that the running calls `call_ids` were alive at `at`."""
        mine = CallRow.tenant == self._tenant
        running = update(CallRow).where(mine, CallRow.id.in_(call_ids), CallRow.ended_at.is_(None))
        await self._session.execute(running.values(seen_at=at))

    async def latest(self, limit: int, *, now: datetime) -> Sequence[CallSummary]:
        """Returns the last `limit` calls, the latest first."""
        query = (
            select(CallRow)
            .where(CallRow.tenant == self._tenant)
            .order_by(CallRow.started_at.desc(), CallRow.id)
            .limit(limit)
        )
        return [CallSummary(**_summary(row, now)) for row in await self._session.scalars(query)]

    async def get(self, call_id: str, *, now: datetime) -> CallRecord:
        """Returns a call with everything that happened on it.

        Raises:
            NotFoundError: this tenant has no such call.
        """
        query = (
            select(CallRow)
            .where(CallRow.tenant == self._tenant, CallRow.id == call_id)
            .options(
                selectinload(CallRow.turns),
                selectinload(CallRow.tools),
                selectinload(CallRow.latencies),
                selectinload(CallRow.changes),
                selectinload(CallRow.transfers),
            )
        )
        row = await self._session.scalar(query)
        if row is None:
            raise NotFoundError(f"Tenant {self._tenant!r} has no call {call_id!r}.")
        return CallRecord(
            **_summary(row, now),
            turns=tuple(TurnRecord.model_validate(turn) for turn in row.turns),
            latency=tuple(LatencyRecord.model_validate(wait) for wait in row.latencies),
            tools=tuple(ToolRecord.model_validate(tool) for tool in row.tools),
            engine_changes=tuple(map(EngineChangeRecord.model_validate, row.changes)),
            transfers=tuple(map(TransferRecord.model_validate, row.transfers)),
            languages=(row.language, *_switches(row.tools)),
        )

    async def _end(self, call_id: str, event: CallEnded, at: datetime) -> None:
        mine = select(CallRow).where(CallRow.tenant == self._tenant, CallRow.id == call_id)
        row = (await self._session.scalars(mine)).one()
        row.seen_at = row.ended_at = at
        row.duration_s = event.duration_s
        row.disposition = event.disposition

    def _row(
        self, call_id: str, position: int, event: CallEvent, at: datetime
    ) -> CallRow | TurnRow | ToolCallRow | LatencyRow | EngineChangeRow | TransferRow | None:
        match event:
            case CallStarted():
                return CallRow(id=call_id, tenant=self._tenant, seen_at=at, **_started(event))
            case TurnEnded():
                return TurnRow(call_id=call_id, position=position, **_turn(event))
            case ToolFinished():
                return ToolCallRow(call_id=call_id, position=position, at=at, **_tool(event))
            case LatencyMeasured():
                return LatencyRow(
                    call_id=call_id,
                    position=position,
                    turn=event.turn,
                    voice_to_voice_ms=event.voice_to_voice_ms,
                    stages=dict(event.stages),
                )
            case EngineChanged():
                return EngineChangeRow(call_id=call_id, position=position, **asdict(event))
            case TransferEnded():
                return TransferRow(call_id=call_id, position=position, **asdict(event))
            case _:
                return None


async def tenants_with_calls(session: AsyncSession) -> Sequence[str]:
    """Returns the tenants calls are kept of, for whoever runs the machine."""
    found = await session.scalars(select(CallRow.tenant).distinct().order_by(CallRow.tenant))
    return found.all()


def _switches(tools: Sequence[ToolCallRow]) -> Sequence[str]:
    """Returns the languages a call went over to."""
    switched = (tool for tool in tools if tool.name == SWITCH and tool.outcome == "switched")
    return [str(tool.result["language"]) for tool in switched]


def _started(event: CallStarted) -> Mapping[str, Any]:
    caller = event.caller
    return {
        "version": event.version,
        "language": event.language,
        "channel": event.channel,
        "started_at": event.started_at,
        "called": event.called,
        "direction": event.direction,
        "caller": caller.number if caller else "",
        "caller_name": caller.name if caller else "",
        "caller_verdict": _verdict(caller) if caller else "",
    }


def _verdict(caller: CallerIdentity) -> str:
    return "withheld" if caller.withheld else caller.verdict.value


def _turn(event: TurnEnded) -> Mapping[str, Any]:
    return {
        "index": event.index,
        "speaker": event.speaker,
        "text": event.text,
        "start_s": event.start_s,
        "end_s": event.end_s,
        "interrupted": event.interrupted,
    }


def _tool(event: ToolFinished) -> Mapping[str, Any]:
    return {
        "id": event.id,
        "key": event.key,
        "turn": event.turn,
        "name": event.name,
        "arguments": dict(event.arguments),
        "outcome": event.outcome,
        "result": dict(event.result),
        "duration_ms": event.duration_ms,
    }


def _summary(row: CallRow, now: datetime) -> dict[str, Any]:
    return {
        "call_id": row.id,
        "tenant": row.tenant,
        "version": row.version,
        "language": row.language,
        "channel": row.channel,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "duration_s": row.duration_s,
        "disposition": _state(row, now),
        "called": row.called,
        "caller": row.caller,
        "caller_name": row.caller_name,
        "caller_verdict": row.caller_verdict,
        "direction": row.direction,
    }


def _state(row: CallRow, now: datetime) -> CallState:
    if row.disposition is not None:
        return Disposition(row.disposition)
    return "interrupted" if now - row.seen_at > PRESUMED_DEAD_AFTER else "in_progress"
