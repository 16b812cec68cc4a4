"""Fetches a person because the product, not the caller or the brain, decided so."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from guardrails.verdict import Verdict
from receptionist.calls.events import Escalated
from receptionist.guard.call_guard import GATE_FAILURE, HUMAN_REQUEST, CallGuard
from receptionist.guard.contract import Floor
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.registry import ToolRunner
from receptionist.tools.transfer_call import TransferCall

OPERATOR = "operator"


class CallEscalation:
    """Says the policy's sentence, rings the tenant's escalation target and tells how it ended.

    Args:
        guard: Told when a person has been fetched, or cannot be.
        floor: Speaks.
        tools: Ring.
        unreached: Returns what is said of an outcome when a person is not on the line.
        emit: Receives how it ended.
        now_s: Returns the seconds since the call began.
    """

    def __init__(
        self,
        *,
        guard: CallGuard,
        floor: Floor,
        tools: ToolRunner,
        unreached: Callable[[Mapping[str, Any]], str],
        emit: Callable[[Escalated], object],
        now_s: Callable[[], float],
    ) -> None:
        self._guard = guard
        self._floor = floor
        self._tools = tools
        self._unreached = unreached
        self._emit = emit
        self._now_s = now_s
        self._rung = 0

    async def refuse(self, verdict: Verdict) -> None:
        """Stops the reply and says why; a person follows where the policy wants one."""
        await self._floor.interrupt()
        sentence = self._guard.sentence(verdict.category)
        if not sentence:
            await self.hand_off(GATE_FAILURE)
            return
        await self._floor.say(self._with_truth(sentence))
        if self._guard.escalates(verdict.category):
            await self.hand_off(verdict.category, told=True)

    async def hand_off(self, reason: str, *, told: bool = False) -> None:
        """Says that a person is being fetched, and fetches one."""
        if not told:
            await self._floor.interrupt()
            sentence = self._guard.sentence(reason) or self._guard.sentence(HUMAN_REQUEST)
            if sentence:
                await self._floor.say(self._with_truth(sentence))
        result = await self._ring(reason)
        answered = result["outcome"] == TransferOutcome.ANSWERED
        self._guard.fetched(answered=answered)
        if answered:
            self._floor.over()
        elif reason == GATE_FAILURE:
            await self._floor.fault()
        else:
            await self._floor.go_on(self._told(result))

    async def emergency(self, verdict: Verdict) -> None:
        """Says the fixed sentence while a person is being rung."""
        await self._floor.interrupt()
        sentence = self._guard.sentence(verdict.category)
        async with asyncio.TaskGroup() as group:
            ringing = group.create_task(self._ring(verdict.category))
            group.create_task(self._floor.say(sentence, must_finish=True))
        result = ringing.result()
        answered = result["outcome"] == TransferOutcome.ANSWERED
        self._guard.fetched(answered=answered)
        if answered:
            self._floor.over()
        else:
            await self._floor.say(self._unreached(result), must_finish=True)

    def _with_truth(self, sentence: str) -> str:
        return f"{self._guard.truth_owed()} {sentence}".strip()

    async def _ring(self, reason: str) -> Mapping[str, Any]:
        arguments = {"contact_id": OPERATOR, "reason": reason}
        self._floor.hold(waiting=True)
        try:
            result = await self._tools.run(TransferCall.name, arguments)
        finally:
            self._floor.hold(waiting=False)
        self._emit(
            Escalated(
                at_s=round(self._now_s(), 3),
                reason=reason,
                target=str(result.get("contact", {}).get("id", OPERATOR)),
                outcome=str(result["outcome"]),
            )
        )
        return result

    def _told(self, result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Returns what the context is to say of a transfer that nobody answered."""
        self._rung += 1
        identifier = f"escalation-{self._rung}"
        function = {"name": TransferCall.name, "arguments": json.dumps({"contact_id": OPERATOR})}
        call = {"id": identifier, "type": "function", "function": function}
        content = json.dumps(dict(result), ensure_ascii=False)
        return [
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": identifier, "content": content},
        ]
