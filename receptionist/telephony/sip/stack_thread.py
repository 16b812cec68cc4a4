"""Runs what only the stack's own thread may do.

Nothing below the package's interface bears being called from another thread. On its own it is
called when the stack reports the end of a command, with nothing else under way.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from baresip import Runtime

from receptionist.telephony.sip.stack import events, native

Result = TypeVar("Result")


class StackThread:
    """The thread of one stack.

    Args:
        runtime: The running stack; events go through this from now on.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._due: deque[Callable[[], None]] = deque()
        self._sink = events.set_sink(None)
        events.set_sink(self._take)

    async def run(self, what: Callable[[], Result]) -> Result:
        """Runs `what`, which must not raise, and returns what it returns.

        Raises:
            BaresipError: the stack does not answer.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()

        def settle(result: Result) -> None:
            if not done.done():
                done.set_result(result)

        def run() -> None:
            loop.call_soon_threadsafe(settle, what())

        self._due.append(run)
        await self._runtime.cmd(native.lib.BP_CMD_PING)
        return await done

    def _take(self, event: int, handle: int, payload: bytes | None) -> None:
        """Runs on the stack's thread."""
        if event == native.lib.BP_EV_PONG:
            while self._due:
                self._due.popleft()()
        self._sink(event, handle, payload)
