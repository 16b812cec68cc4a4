"""Fetches a person because the product, not the caller or the brain, decided so."""

import asyncio
from collections.abc import Callable

from guardrails.verdict import Verdict
from receptionist.guard.call_guard import GATE_FAILURE, HUMAN_REQUEST, MISUNDERSTANDING, CallGuard
from receptionist.guard.contract import Floor
from receptionist.guard.crisis import Crisis
from receptionist.guard.ringing import Result, Ringing
from receptionist.tools.calling import told
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.transfer_call import OPERATOR, TransferCall


class CallEscalation:
    """Says the policy's sentence, rings the tenant's escalation targets, tells how it ended.

    Args:
        guard: Told when a person has been fetched, or cannot be.
        floor: Speaks.
        ringing: Rings.
        crisis: Attends to callers who may be in danger.
        attempt: Returns the number of this attempt on the call.
    """

    def __init__(
        self,
        *,
        guard: CallGuard,
        floor: Floor,
        ringing: Ringing,
        crisis: Crisis,
        attempt: Callable[[], int],
    ) -> None:
        self._guard = guard
        self._floor = floor
        self._ringing = ringing
        self._crisis = crisis
        self._attempt = attempt

    async def refuse(self, verdict: Verdict) -> None:
        """Stops the reply and says why; a person follows where the policy wants one."""
        await self._floor.interrupt()
        say = self._guard.sentence if self._ringing.possible else self._guard.alone
        sentence = say(verdict.category)
        if not sentence:
            await self.hand_off(GATE_FAILURE)
        elif self._guard.escalates(verdict.category):
            await self._fetch(verdict.category, self._with_truth(sentence))
        else:
            await self._floor.say(self._with_truth(sentence))

    async def hand_off(self, reason: str, *, told: bool = False) -> None:
        """Says that a person is being fetched, and fetches one.

        Where nobody can be rung that is not said: the brain tells how it is.
        """
        sentence = ""
        if not told:
            await self._floor.interrupt()
            if self._ringing.possible:
                sentence = self._guard.sentence(reason) or self._guard.sentence(HUMAN_REQUEST)
            sentence = self._with_truth(sentence)
        await self._fetch(reason, sentence)

    async def emergency(self, category: str) -> None:
        """Attends to a caller who may be in danger until a person has him."""
        if await self._crisis.attend(category):
            self._guard.fetched(answered=True)
            self._floor.over()

    def _with_truth(self, sentence: str) -> str:
        return f"{self._guard.truth_owed()} {sentence}".strip()

    async def _fetch(self, reason: str, sentence: str) -> None:
        """Rings while `sentence` is being said."""
        async with asyncio.TaskGroup() as group:
            ringing = group.create_task(self._ring(reason), name="ring")
            await self._floor.say(sentence)
        result = ringing.result()
        answered = result["outcome"] == TransferOutcome.ANSWERED
        self._guard.fetched(answered=answered)
        if answered:
            self._floor.over()
        elif reason == GATE_FAILURE:
            await self._floor.fault()
        else:
            attempt, rung = f"escalation-{self._attempt()}", {"contact_id": OPERATOR}
            messages = told(TransferCall.name, rung, result, attempt)
            if reason != MISUNDERSTANDING or not await self._floor.offer_keys(result, messages):
                await self._floor.go_on(messages)

    async def _ring(self, reason: str) -> Result:
        self._floor.hold(waiting=True)
        try:
            return await self._ringing.ring(reason)
        finally:
            self._floor.hold(waiting=False)
