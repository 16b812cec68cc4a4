"""Asks a colleague whether he takes a call, on the telephone he has just answered."""

from collections.abc import Callable
from dataclasses import dataclass

from prompts.loader import Texts
from receptionist.handoff.answers import Answer, AnswerReader, Reply
from receptionist.handoff.contract import Heard, Leg
from receptionist.tools.contract import TransferOutcome

GREETING_S = 2.0
"""People say their name within this; who says nothing is told at once."""
ASKED_MOST = 2
"""Whoever was not understood is asked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How asking somebody ended.

    Attributes:
        outcome: Of the transfer.
        reason: What he said when he did not take the call, or `silence`.
    """

    outcome: TransferOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who has answered his telephone, and what he is told.

    Attributes:
        leg: His telephone.
        reader: Understands his answers.
        texts: Lines in his language.
        accept_s: How long he may think.
    """

    leg: Leg
    reader: AnswerReader
    texts: Texts
    accept_s: float

    async def asked(self, brief: Callable[[], str]) -> Asked:
        """Tells him who calls and returns whether he takes the call.

        Args:
            brief: Returns what he is told, made when he hears it: the caller may have said more.
        """
        greeting = await self._hear(GREETING_S)
        if self.reader.is_machine(greeting):
            return Asked(outcome=TransferOutcome.VOICEMAIL, reason="machine")
        reply = await self._answer(brief(), greeting)
        for _ in range(ASKED_MOST - 1):
            if reply.answer is not Answer.UNCLEAR:
                break
            reply = await self._answer(self._line("choose_again"), Heard())
        return await self._concluded(reply)

    async def connecting(self) -> None:
        """Tells him that he has the caller in a moment."""
        await self._say(self._line("connecting"))

    async def _answer(self, text: str, before: Heard) -> Reply:
        if not before.key:  # a key pressed at once is an answer: he knows what follows
            await self._say(text)
            before = await self._hear(self.accept_s)
        return self.reader.read(before)

    async def _concluded(self, reply: Reply) -> Asked:
        match reply.answer:
            case Answer.ACCEPTED if not self.leg.closed.is_set():
                return Asked(outcome=TransferOutcome.ANSWERED)
            case Answer.MACHINE:
                return Asked(outcome=TransferOutcome.VOICEMAIL, reason="machine")
            case Answer.DECLINED:
                await self._say(self._line("declined"))
                return Asked(outcome=TransferOutcome.DECLINED, reason=reply.reason)
            case Answer.SILENT | Answer.UNCLEAR:
                return Asked(outcome=TransferOutcome.DECLINED, reason="silence")
            case _:
                return Asked(outcome=TransferOutcome.DECLINED, reason="hung_up")

    async def _say(self, text: str) -> None:
        if not self.leg.closed.is_set():
            await self.leg.say(text, self.texts.language)

    async def _hear(self, timeout_s: float) -> Heard:
        if self.leg.closed.is_set():
            return Heard()
        return await self.leg.hear(timeout_s, self.texts.language)

    def _line(self, key: str) -> str:
        return self.texts.handoff[key][0]
