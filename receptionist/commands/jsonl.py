"""Reads batches of one JSON object per line, and says what is wrong with one."""

import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from receptionist.errors import ConfigurationError


def opened(file: Path | None) -> TextIO:
    """Returns `file`, or standard input for None and `-`.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if file is None or str(file) == "-":
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        return sys.stdin
    try:
        return file.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r} cannot be read: {error.strerror}.") from error


def numbered(source: TextIO) -> Iterator[tuple[int, str]]:
    """Yields each line that holds anything with its number, from 1."""
    for number, line in enumerate(source, start=1):
        if line.strip():
            yield number, line


def problem(error: ValidationError | ConfigurationError) -> str:
    """Returns what is wrong with a line."""
    if isinstance(error, ConfigurationError):
        return str(error)
    first: Any = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
