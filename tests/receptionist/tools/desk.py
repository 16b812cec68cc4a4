"""One call to the demo tenant, as its tools see it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from receptionist.appointments.calendar import MemoryCalendar
from receptionist.callbacks.records import CallbackRecord
from receptionist.calls.events import ToolFinished
from receptionist.messages.records import MessageRecord
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext, TransferLine
from receptionist.tools.registry import ToolRunner


class KeptMessages:
    """Keeps messages in memory."""

    def __init__(self) -> None:
        self.messages: list[MessageRecord] = []

    async def save(self, message: MessageRecord) -> str:
        self.messages.append(message)
        return message.id


class KeptCallbacks:
    """Keeps callbacks in memory."""

    def __init__(self) -> None:
        self.callbacks: list[CallbackRecord] = []

    async def save(self, callback: CallbackRecord) -> str:
        self.callbacks.append(callback)
        return callback.id


class Desk:
    """One call to the demo tenant on a Monday at ten, unless another time is set."""

    def __init__(
        self, snapshot: TenantSnapshot, language: str = "en", line: TransferLine | None = None
    ) -> None:
        self.time = datetime(2026, 11, 23, 10, 0, tzinfo=snapshot.time_zone)
        self.kept = KeptMessages()
        self.promised = KeptCallbacks()
        self.context = ToolContext(
            snapshot=snapshot,
            language=language,
            now=lambda: self.time,
            line=line or NoLine(),
            messages=self.kept,
            callbacks=self.promised,
            call_id="call-7",
        )
        self.calendars: Mapping[str, MemoryCalendar] = {}
        self.turn = 0
        self.ledger: list[ToolFinished] = []
        self._runner = ToolRunner(self.context, self.ledger.append, lambda: self.turn)

    async def agree(self, tool: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Asks for it, lets the caller say yes, and returns what came of it."""
        read_back = await self.run(tool, confirmed=False, **arguments)
        assert read_back["outcome"] == "confirm", read_back
        assert read_back["spoken"].endswith("?")
        self.turn += 1
        return await self.run(tool, confirmed=True, **arguments)

    async def run(self, tool: str, /, **arguments: Any) -> Mapping[str, Any]:
        result = await self._runner.run(tool, arguments)
        json.dumps(result)
        return result
