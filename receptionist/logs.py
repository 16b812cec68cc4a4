"""Where this process logs to, and what never gets there."""

from typing import TextIO

from loguru import logger

from guardrails.redaction.redactor import redact


def log_to(stream: TextIO, level: str) -> None:
    """Logs to `stream`, message and traceback without numbers, addresses or values of variables.

    Args:
        stream: Where to.
        level: Least level, such as `INFO`.
    """

    def write(message: str) -> None:
        stream.write(redact(message))
        stream.flush()

    # `diagnose` would print the values of variables: what a caller said, what a secret is.
    logger.add(write, level=level, format="{level}: {message}", diagnose=False)
