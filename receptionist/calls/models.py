"""The tables of calls.

What happened on a call carries its `position` among that call's events, given as it arrives: it
puts turns and tools in one order, and writing the same event twice changes nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from receptionist.database import Base, UtcDateTime


class CallRow(Base):
    """A call. `seen_at` is when its process last showed a sign of life; see CallStore.

    Who called stands in `caller` and its neighbours; `withheld` is a verdict like the others.
    """

    __tablename__ = "call"
    __table_args__ = (Index(None, "tenant", "started_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    version: Mapped[str]
    language: Mapped[str]
    channel: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_s: Mapped[float | None]
    disposition: Mapped[str | None]
    called: Mapped[str] = mapped_column(server_default="")
    caller: Mapped[str] = mapped_column(server_default="")
    caller_name: Mapped[str] = mapped_column(server_default="")
    caller_verdict: Mapped[str] = mapped_column(server_default="")
    direction: Mapped[str] = mapped_column(server_default="inbound")

    turns: Mapped[list["TurnRow"]] = relationship(order_by="TurnRow.position", viewonly=True)
    tools: Mapped[list["ToolCallRow"]] = relationship(
        order_by="ToolCallRow.position", viewonly=True
    )
    latencies: Mapped[list["LatencyRow"]] = relationship(
        order_by="LatencyRow.position", viewonly=True
    )
    changes: Mapped[list["EngineChangeRow"]] = relationship(
        order_by="EngineChangeRow.position", viewonly=True
    )
    transfers: Mapped[list["TransferRow"]] = relationship(
        order_by="TransferRow.position", viewonly=True
    )


class EventOfCall:
    """What the rows of a call's events share."""

    @declared_attr
    @classmethod
    def call_id(cls) -> Mapped[str]:
        """Returns the column that names the call."""
        return mapped_column(ForeignKey("call.id", ondelete="CASCADE"), primary_key=True)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class TurnRow(EventOfCall, Base):
    """What one side said before the other had its turn."""

    __tablename__ = "turn"

    index: Mapped[int]
    speaker: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    start_s: Mapped[float]
    end_s: Mapped[float]
    interrupted: Mapped[bool]


class ToolCallRow(EventOfCall, Base):
    """A tool that ran, with its outcome: a line of the ledger; see ToolFinished."""

    __tablename__ = "tool_call"

    id: Mapped[str] = mapped_column(index=True)
    key: Mapped[str]
    turn: Mapped[int]
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[str]
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    duration_ms: Mapped[float]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LatencyRow(EventOfCall, Base):
    """How long the caller waited for the answer to a turn, whole and by stage."""

    __tablename__ = "latency"

    turn: Mapped[int]
    voice_to_voice_ms: Mapped[float]
    stages: Mapped[dict[str, float]] = mapped_column(JSON)


class EngineChangeRow(EventOfCall, Base):
    """An engine that failed and the one that took over; see EngineChanged."""

    __tablename__ = "engine_change"

    at_s: Mapped[float]
    slot: Mapped[str]
    failed: Mapped[str]
    instead: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)


class TransferRow(EventOfCall, Base):
    """A telephone that was rung for the caller; see TransferEnded."""

    __tablename__ = "transfer"

    at_s: Mapped[float]
    target: Mapped[str]
    rung: Mapped[str]
    mode: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    ring_s: Mapped[float]
