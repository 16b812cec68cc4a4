"""Where this process logs to, and what never gets there."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from loguru import logger

from guardrails.redaction.redactor import redact


@contextmanager
def log_to(stream: TextIO, level: str) -> Generator[None]:
    """Logs to `stream` as long as the block lasts.

    Message and traceback are without numbers, addresses or values of variables.

    Args:
        stream: Where to.
        level: Least level, such as `INFO`.
    """

    def write(message: str) -> None:
        stream.write(redact(message))
        stream.flush()

    # `diagnose` would print the values of variables: what a caller said, what a secret is.
    handler = logger.add(write, level=level, format="{level}: {message}", diagnose=False)
    try:
        yield
    finally:
        logger.remove(handler)
