"""Rings those who are to have a call that the product gives up, one after the other."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from receptionist.calls.events import Escalated
from receptionist.tools.contract import NoLine, ToolContext, TransferOutcome
from receptionist.tools.registry import ToolRunner
from receptionist.tools.transfer_call import OPERATOR, TransferArguments, TransferCall

Result = Mapping[str, Any]


class Ringing:
    """Rings the tenant's escalation targets through the tools of the call, so that it is recorded.

    Args:
        tools: Ring.
        context: What they know of the call.
        emit: Receives how each attempt ended.
        now_s: Returns the seconds since the call began.
    """

    def __init__(
        self,
        tools: ToolRunner,
        context: ToolContext,
        emit: Callable[[Escalated], object],
        now_s: Callable[[], float],
    ) -> None:
        self._tools = tools
        self._context = context
        self._emit = emit
        self._now_s = now_s

    @property
    def targets(self) -> Sequence[str]:
        """Ids of those who are rung, in order."""
        return (OPERATOR, *self._context.snapshot.config.escalation_next)

    @property
    def possible(self) -> bool:
        """True when there is a line, and somebody whom it can ring now."""
        return not isinstance(self._context.line, NoLine) and any(map(self._rings, self.targets))

    async def ring(self, reason: str) -> Result:
        """Rings one after the other until somebody answers; returns how the last attempt ended."""
        result: Result = {}
        for target in self.targets:
            result = await self._ring(target, reason)
            if result["outcome"] == TransferOutcome.ANSWERED:
                break
        return result

    async def _ring(self, target: str, reason: str) -> Result:
        arguments = TransferArguments(contact_id=target, reason=reason)
        # A caller has one line: whom the brain is ringing for him is rung no longer.
        self._tools.stop(TransferCall.name, but=arguments)
        result = await self._tools.run(TransferCall.name, arguments.model_dump())
        self._emit(
            Escalated(
                at_s=round(self._now_s(), 3),
                reason=reason,
                target=str(result.get("contact", {}).get("id", target)),
                outcome=str(result["outcome"]),
            )
        )
        return result

    def _rings(self, identifier: str) -> bool:
        context = self._context
        target = context.snapshot.destination(identifier)
        if target is None or not (target.extension or "").strip():
            return False
        return context.urgent or context.snapshot.hours_of(target).is_open(context.now())


def told(result: Result, number: int) -> list[Mapping[str, Any]]:
    """Returns what a brain's context is to say of an attempt that nobody answered.

    Args:
        result: Of the tool.
        number: Of the attempt.
    """
    identifier = f"escalation-{number}"
    function = {"name": TransferCall.name, "arguments": json.dumps({"contact_id": OPERATOR})}
    call = {"id": identifier, "type": "function", "function": function}
    content = json.dumps(dict(result), ensure_ascii=False)
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identifier, "content": content},
    ]
