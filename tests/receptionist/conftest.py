"""What tests of the trunk share: a database of their own, and what was logged meanwhile."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from receptionist.database import DEFAULT_FILE, Database
from tests.postgresql import Server, serving


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables and nothing in them; others are copies of it."""

    async def migrate(folder: Path) -> None:
        async with await Database.open("", folder):
            pass

    folder = tmp_path_factory.mktemp("migrated")
    asyncio.run(migrate(folder))
    return folder / DEFAULT_FILE


@pytest.fixture
async def sqlite(migrated: Path, tmp_path: Path) -> AsyncGenerator[Database, None]:
    """An empty SQLite file in the folder of the test."""
    shutil.copyfile(migrated, tmp_path / DEFAULT_FILE)
    async with await Database.open("", data_dir=tmp_path, as_it_is=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[Server, None, None]:
    """A PostgreSQL server."""
    with serving() as server:
        yield server


@pytest.fixture
async def postgresql(postgresql_server: Server, tmp_path: Path) -> AsyncGenerator[Database, None]:
    """An empty database of a PostgreSQL server."""
    url = await postgresql_server.lend()
    name = url.render_as_string(hide_password=False)
    async with await Database.open(name, data_dir=tmp_path, as_it_is=True) as opened:
        yield opened
    await postgresql_server.give_back(url)


@pytest.fixture
async def bare_postgresql(postgresql_server: Server) -> AsyncGenerator[str, None]:
    """The setting of a database of a PostgreSQL server that nobody has opened yet."""
    url = await postgresql_server.new("template0")
    yield url.render_as_string(hide_password=False)
    await postgresql_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Any:
    """An empty database of each kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def logged() -> Generator[list[str], None, None]:
    """The lines logged so far, each with its level."""
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), format="{level} {message}")
    yield lines
    logger.remove(handler)
