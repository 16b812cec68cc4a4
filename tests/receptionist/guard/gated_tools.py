"""A call's tools behind the gate, with a tool of a tenant's own among them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from receptionist.calls.events import Guarded
from receptionist.guard.contract import Guards
from receptionist.guard.judgements import Bearings, Judgements
from receptionist.guard.limits import Limits
from receptionist.guard.tool_gate import ToolGate
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import Arguments, Tool, ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import TOOLS, ToolRunner
from tests.receptionist.guard.scripted_judge import guards
from tests.receptionist.tools.desk import Desk


class Orders(Arguments):
    """What a tenant's own tool takes."""

    text: str = ""


class Orderer(Tool):
    """A tool a tenant brings along."""

    name: ClassVar[str] = "order"
    description: ClassVar[str] = "Orders."
    arguments: ClassVar[type[Arguments]] = Orders

    async def run(self, arguments: Orders, context: ToolContext) -> Mapping[str, Any]:
        return {"outcome": "ordered"}


class Gated:
    """A call's tools behind the gate."""

    def __init__(
        self,
        demo: TenantSnapshot,
        the_guards: Guards | None = None,
        limits: Limits | None = None,
        language: str = "en",
    ) -> None:
        self.line = ScriptedLine(TransferOutcome.NO_ANSWER)
        self.desk = Desk(demo, language, self.line)
        self.rows: list[Guarded] = []
        self.turn = 0
        the_guards = the_guards or guards()
        bearings = Bearings(language=lambda: language, turn=lambda: self.turn, now_s=lambda: 1.0)
        judgements = Judgements(the_guards, bearings, self.rows.append)
        context = self.desk.context
        context.gate = ToolGate(
            context,
            judgements,
            lambda category: the_guards.judge.say(category, language, 0, **the_guards.values),
            limits or Limits(),
        )
        self._runner = ToolRunner(
            context, self.desk.ledger.append, lambda: self.turn, (*TOOLS, Orderer())
        )

    async def run(self, tool: str, /, **arguments: Any) -> Mapping[str, Any]:
        return await self._runner.run(tool, arguments)

    async def agree(self, tool: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Lets the caller say yes to what is read back, if it is."""
        first = await self.run(tool, confirmed=False, **arguments)
        if first["outcome"] != "confirm":
            return first
        self.turn += 1
        return await self.run(tool, confirmed=True, **arguments)
