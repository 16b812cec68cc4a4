"""Judging off the loop, in threads for all calls of a process."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from guardrails.verdict import Verdict


class Semantic(Protocol):
    """Judges a turn; blocks."""

    def __call__(self, text: str, language: str, history: Sequence[str]) -> Verdict:
        """Returns the verdict; raises what its engine raises."""
        ...


class WeighingThread:
    """Runs `semantic` in threads of its own, which nothing else of the process holds up.

    Args:
        semantic: Does the work.
        at_once: How many threads.
    """

    def __init__(self, semantic: Semantic, at_once: int = 1) -> None:
        self._semantic = semantic
        self._thread = ThreadPoolExecutor(at_once, thread_name_prefix="weigh")

    async def __call__(self, text: str, language: str, history: Sequence[str]) -> Verdict:
        """Returns the verdict on a turn."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._semantic, text, language, history)

    def close(self) -> None:
        """Ends the threads; a judgement that hangs is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
