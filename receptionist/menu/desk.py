"""Does what the keys of one call ask for: reads, rings, notes, and says how that ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any, Protocol

from loguru import logger

from receptionist.calls.conversation import Conversation
from receptionist.calls.events import Disposition
from receptionist.calls.floor import SpokenFloor
from receptionist.calls.plan import CallPlan
from receptionist.menu.message_by_keys import MessageByKeys, is_kept
from receptionist.menu.offer import ENDS, Offer
from receptionist.menu.reading import asked_whether, ending, phrase, read_out
from receptionist.tools.calling import told
from receptionist.tools.confirmation import CONFIRM, Result
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.registry import ToolRunner
from receptionist.tools.take_message import TakeMessage
from receptionist.tools.transfer_call import TransferCall

Job = Callable[[], Awaitable[None]]


class SpokenCall(Protocol):
    """What is needed of a spoken call."""

    conversation: Conversation
    floor: SpokenFloor

    @property
    def plan(self) -> CallPlan:
        """How it is answered, in the language it is in now."""
        ...

    async def close_with(self, occasion: str, disposition: Disposition) -> None:
        """Says a last line and ends the call."""
        ...


class MenuDesk:
    """Serves one caller, one thing after the other.

    Args:
        call: His call.
        tools: What the assistant can do.

    Attributes:
        busy: Somebody is rung for him.
    """

    def __init__(self, call: SpokenCall, tools: ToolRunner) -> None:
        self.busy = False
        self._call = call
        self._tools = tools
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._told = count(1)

    def do(self, job: Job) -> None:
        """Has `job` done when what came before it is."""
        self._jobs.put_nowait(job)

    async def run(self) -> None:
        """Does the jobs until it is cancelled; what cannot be done is admitted."""
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except Exception as error:
                logger.opt(exception=error).error("what a key asks for could not be done")
                await self._call.floor.fault()

    async def read(self, offer: Offer, first: str = "") -> None:
        """Says `first`, and then what the caller can type."""
        plan, floor = self._call.plan, self._call.floor
        if offer.asked:
            rest = asked_whether(plan)
        elif offer.message is not None:
            rest = plan.line("menu_number")
        else:
            rest = read_out(offer.menu, plan)
        offer.turns = self._call.conversation.caller_turns
        await floor.interrupt()
        await floor.begin(f"{first} {rest}".strip())

    async def put_through(self, offer: Offer, target: str) -> None:
        """Rings `target`; a caller who is still here is told the truth and hears the menu again."""
        given = {"contact_id": target}
        self.busy = True
        try:
            result = await self._tools.run(TransferCall.name, given)
        finally:
            self.busy = False
        await self._tell(TransferCall.name, given, result)
        spoken = ending(result, self._call.plan)
        if result["outcome"] == TransferOutcome.ANSWERED:
            await self._call.floor.say(spoken, must_finish=True)
            self._call.floor.over()
        elif offer.fetched:
            await self._call.floor.say(spoken, must_finish=True)
            await self.give_up(offer)
        else:
            await self.read(offer, spoken)

    async def number(
        self, offer: Offer, message: MessageByKeys, digits: str, wrong: Callable[[str], object]
    ) -> None:
        """Takes the number of a caller and reads it back; `wrong` is told what is wrong with it."""
        result = await message.typed(digits)
        spoken = str(result.get("spoken") or "")
        if result["outcome"] == CONFIRM:
            offer.asked = True
            await self.read(offer, spoken)
        elif result["outcome"] == "invalid":
            wrong(spoken)
        else:
            await self._not_kept(offer, spoken)

    async def keep(self, offer: Offer, message: MessageByKeys) -> None:
        """Keeps a message that was read back, and says goodbye."""
        result = await message.agreed()
        await self._tell(TakeMessage.name, message.arguments, result)
        if is_kept(result):
            await self._call.floor.say(phrase(self._call.plan, "noted"), must_finish=True)
            await self._call.close_with("menu_farewell", Disposition.COMPLETED)
        else:
            await self._not_kept(offer, str(result.get("spoken") or ""))

    async def give_up(self, offer: Offer) -> None:
        """Ends the call with the truth."""
        await self._call.close_with(*ENDS[offer.why])

    async def _not_kept(self, offer: Offer, spoken: str) -> None:
        offer.chooses()
        await self.read(offer, spoken or phrase(self._call.plan, "not_noted"))

    async def _tell(self, name: str, given: Mapping[str, Any], result: Result) -> None:
        """Lets the brain know, in case the caller speaks again; he is not interrupted."""
        conversation = self._call.conversation
        await self._call.floor.note(told(name, given, result, f"key-{next(self._told)}"))
        await conversation.when(lambda: not conversation.caller_has_floor)
