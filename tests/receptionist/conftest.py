"""What tests of the trunk share: a database of their own, and what was logged meanwhile."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from loguru import logger

from receptionist.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database, None]:
    """An empty database in the folder of the test."""
    async with await Database.open("", data_dir=tmp_path) as opened:
        yield opened


@pytest.fixture
def logged() -> Generator[list[str], None, None]:
    """The lines logged so far, each with its level."""
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), format="{level} {message}")
    yield lines
    logger.remove(handler)
