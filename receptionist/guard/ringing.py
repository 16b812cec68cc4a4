"""Rings those who are to have a call that the product gives up, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from receptionist.calls.events import Escalated
from receptionist.handoff.order import has_telephone
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
        """Rings one after the other until somebody answers; returns how the last attempt ended.

        A caller who comes back has nobody else rung for him, unless he is in danger.
        """
        result: Result = {}
        for target in self.targets:
            result = await self._ring(target, reason)
            came_back = result["outcome"] == TransferOutcome.CANCELLED and not self._context.urgent
            if came_back or result["outcome"] == TransferOutcome.ANSWERED:
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
        if target is None or not has_telephone(context.snapshot, target):
            return False
        return context.urgent or context.snapshot.hours_of(target).is_open(context.now())
