"""Keys pressed on a telephone, gathered into what was meant with them."""

import asyncio
from collections.abc import AsyncIterator

PAUSE_MS = 1500
"""A caller types the digits of one number faster than this."""
END_KEY = "#"


class Keypad:
    """Gathers keys until a pause or `#`.

    Args:
        pause_ms: Ends an entry when no key follows for so long.
    """

    def __init__(self, pause_ms: int = PAUSE_MS) -> None:
        self._pause_s = pause_ms / 1000
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    def press(self, key: str) -> None:
        """Takes one key: a digit, `*` or `#`."""
        self._keys.put_nowait(key)

    async def entries(self) -> AsyncIterator[str]:
        """Yields each entry, such as `0` or `5551234`, without its `#`; never an empty one."""
        while True:
            entry = ""
            key = await self._keys.get()
            while key and key != END_KEY:
                entry += key
                key = await self._next_soon()
            if entry:
                yield entry

    async def _next_soon(self) -> str:
        try:
            async with asyncio.timeout(self._pause_s):
                return await self._keys.get()
        except TimeoutError:
            return ""
