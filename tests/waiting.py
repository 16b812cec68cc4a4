"""Waits for what tells nobody when it happens: another process, or what is being freed."""

import asyncio
from collections.abc import Callable

_LOOK_S = 0.02


async def until(true: Callable[[], object], within_s: float) -> None:
    """Returns as soon as `true()` is; the test fails when it is not `within_s` seconds later."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while loop.time() < end_s:
        if true():
            return
        await asyncio.sleep(_LOOK_S)
    assert true(), f"not within {within_s:g} s"
