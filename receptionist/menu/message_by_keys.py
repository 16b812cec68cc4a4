"""A message that a caller leaves with keys alone: his number, typed and read back."""

from collections.abc import Mapping
from typing import Any

from receptionist.calls.plan import CallPlan
from receptionist.menu.reading import phrase
from receptionist.tools.confirmation import CONFIRM, Result
from receptionist.tools.registry import ToolRunner
from receptionist.tools.take_message import MessageOutcome, TakeMessage


class MessageByKeys:
    """One message, through the tool that takes messages.

    Args:
        tools: What the assistant can do.
        plan: How the call is answered now.
    """

    def __init__(self, tools: ToolRunner, plan: CallPlan) -> None:
        self._tools = tools
        self._texts = {
            "about": plan.line("menu_about"),
            "caller_name": phrase(plan, "unnamed"),
        }
        self.number = ""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it was asked with."""
        return {**self._texts, "callback_number": self.number}

    async def typed(self, digits: str) -> Result:
        """Takes the number, or the rest of one that was too short for one, to read it back."""
        before, self.number = self.number, digits
        result = await self._asked()
        if result["outcome"] != CONFIRM and before:
            self.number = before + digits
            result = await self._asked()
        return result

    async def agreed(self) -> Result:
        """Keeps it."""
        return await self._tools.run(TakeMessage.name, {**self.arguments, "confirmed": True})

    async def _asked(self) -> Result:
        return await self._tools.run(TakeMessage.name, self.arguments)


def is_kept(result: Result) -> bool:
    """Returns whether the message is on the disk."""
    return result["outcome"] == MessageOutcome.NOTED
