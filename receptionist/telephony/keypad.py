"""Keys pressed on a telephone, gathered into what was meant with them."""

import asyncio
from typing import Protocol

END_KEY = "#"
MOST_KEYS = 64
"""More than any number has: whoever leans on a key is not waited for."""


class Typist(Protocol):
    """Who is told what a caller types."""

    async def typing(self) -> None:
        """The first key of an entry was pressed."""
        ...

    def settled(self, keys: str) -> bool:
        """Returns whether `keys` are complete before a pause tells."""
        ...

    async def take(self, keys: str) -> None:
        """Takes an entry, such as `0` or `5551234`."""
        ...


class Keypad:
    """Gathers keys until a pause or `#`.

    Args:
        pause_ms: Ends an entry when no key follows for so long.
    """

    def __init__(self, pause_ms: int) -> None:
        self._pause_s = pause_ms / 1000
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    def press(self, key: str) -> None:
        """Takes one key: a digit, `*` or `#`."""
        self._keys.put_nowait(key)

    async def gather(self, typist: Typist) -> None:
        """Gives each entry to `typist`, without its `#` and never an empty one, for ever."""
        while True:
            key = await self._keys.get()
            if key == END_KEY:
                continue
            await typist.typing()
            entry = ""
            while key and key != END_KEY:
                entry += key
                over = len(entry) == MOST_KEYS or typist.settled(entry)
                key = "" if over else await self._next_soon()
            await typist.take(entry)

    async def _next_soon(self) -> str:
        try:
            async with asyncio.timeout(self._pause_s):
                return await self._keys.get()
        except TimeoutError:
            return ""
