"""What the native stack says goes to the log of this process, each thing once in a while."""

import logging
import re
import time

from loguru import logger

AGAIN_S = 60.0
"""Whoever sends nonsense makes the stack complain of every packet; once a minute is enough."""
_KNOWN = 256
_VARYING = re.compile(r"[0-9a-f]{6,}|\d+", re.IGNORECASE)


class NativeLog(logging.Handler):
    """Hands lines of the package `baresip` on, the same one not again for a minute."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said_s: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Logs `record` unless its like was logged a moment ago."""
        text = record.getMessage()
        kind = _VARYING.sub("#", text)[:120]
        now_s = time.monotonic()
        if now_s - self._said_s.get(kind, -AGAIN_S) < AGAIN_S:
            return
        if len(self._said_s) >= _KNOWN:
            self._said_s.clear()
        self._said_s[kind] = now_s
        # What a stranger's packet makes it say is no error of this process.
        level = record.levelname if record.levelno >= logging.CRITICAL else "INFO"
        logger.log(level, f"SIP: {text.strip()[:500]}")


def listen() -> NativeLog:
    """Takes over what the package logs; returns what `leave` wants."""
    handler = NativeLog()
    package = logging.getLogger("baresip")
    package.propagate = False
    package.addHandler(handler)
    return handler


def leave(handler: NativeLog) -> None:
    """Gives it back."""
    logging.getLogger("baresip").removeHandler(handler)
