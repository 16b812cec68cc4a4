"""What the product does for a caller who may be in danger, until a person is on the line.

Nothing is asked, judged or advised, and no brain speaks: the caller is told whom to dial and how
matters stand, and people are rung without a pause.
"""

import asyncio
from collections.abc import Callable

from receptionist.guard.contract import Floor
from receptionist.guard.orders import EMERGENCY
from receptionist.guard.ringing import Ringing
from receptionist.tools.contract import TransferOutcome

REMIND_S = 8.0
"""A caller who hears nothing for so long is told again."""
PAUSE_S = 5.0
"""Between two rounds of ringing."""


class Crisis:
    """Attends to one call.

    Args:
        floor: Speaks.
        ringing: Rings people.
        first: Returns what is said of a category at once.
        waiting: Returns what is said while nobody answers.
        raise_alarm: Tells a supervisor of a category, once.
    """

    def __init__(
        self,
        *,
        floor: Floor,
        ringing: Ringing,
        first: Callable[[str], str],
        waiting: Callable[[str], str],
        raise_alarm: Callable[[str], object],
    ) -> None:
        self._floor = floor
        self._ringing = ringing
        self._first = first
        self._waiting = waiting
        self._raise_alarm = raise_alarm
        self._category = ""
        self._speaking = asyncio.Lock()

    async def attend(self, category: str) -> bool:
        """Returns whether a person has the caller now.

        Asked again while it attends to him, it tells him how matters stand.
        """
        if self._category in (category, EMERGENCY):
            await self._remind()
            return False
        under_way, self._category = bool(self._category), category
        self._raise_alarm(category)
        await self._floor.interrupt()
        if under_way:
            await self._say(self._first(category))
            return False
        self._floor.hold(waiting=True, kept=True)
        try:
            return await self._fetch()
        finally:
            self._category = ""
            self._floor.hold(waiting=False)

    async def _fetch(self) -> bool:
        async with asyncio.TaskGroup() as group:
            ringing = group.create_task(self._ring(), name="ring")
            await self._say(self._first(self._category))
            while not ringing.done():
                await asyncio.wait({ringing}, timeout=REMIND_S)
                if not ringing.done():
                    await self._remind()
        answered = ringing.result()
        if not answered and self._ringing.possible:
            await self._remind()
        return answered

    async def _ring(self) -> bool:
        """Rings, round after round; returns whether somebody answered."""
        result = await self._ringing.ring(self._category)
        while result["outcome"] != TransferOutcome.ANSWERED:
            if not await self._floor.passes(PAUSE_S):
                return False
            if self._ringing.possible:
                result = await self._ringing.ring(self._category)
        return True

    async def _remind(self) -> None:
        if not self._speaking.locked():
            await self._say(self._waiting(self._category))

    async def _say(self, text: str) -> None:
        async with self._speaking:
            await self._floor.say(text, must_finish=True)
