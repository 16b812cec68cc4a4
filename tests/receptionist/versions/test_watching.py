"""A process comes to know at once which version is live, and tells once what it cannot use."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from receptionist.database import Database
from receptionist.errors import ConfigurationError, StorageError
from receptionist.versions.checks import FilesCheck
from receptionist.versions.importing import bring_in
from receptionist.versions.live import watch_live
from receptionist.versions.publishing import Versions
from receptionist.versions.records import Label
from receptionist.versions.repository import TenantRepositories
from tests.receptionist.versions.conftest import NOON
from tests.receptionist.versions.mill import MILL
from tests.waiting import until

pytestmark = pytest.mark.integration

NOTICED_S = 1.0
WRITTEN_S = 1.0
"""For the database of a busy machine."""


@pytest.fixture
async def published(mill: Database, check: FilesCheck) -> Database:
    """The mill with versions 1 to 3 of the same files; 1 is live."""
    await bring_in(mill, "mill", MILL, author="ann")
    version = (await Versions(mill, "mill", check).publish(author="ann", message="m")).version
    async with mill.write() as session:
        versions = TenantRepositories.of(session, "mill").versions
        manifest = await versions.manifest(1)
        for number in (2, 3):
            await versions.add(version.model_copy(update={"number": number}), manifest)
    return mill


async def move(database: Database, number: int) -> None:
    async with database.write() as session:
        tenant = TenantRepositories.of(session, "mill")
        await tenant.drafts.locked()
        await tenant.versions.move(Label.LIVE, number, author="ann", message="m", at=NOON)


@asynccontextmanager
async def watching(
    database: Database, changed: Callable[[], Awaitable[int]]
) -> AsyncGenerator[None]:
    task = asyncio.create_task(watch_live(database, "mill", 1, changed))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Process:
    """Answers with what is live, or fails as it is told."""

    def __init__(self, database: Database) -> None:
        self.answered: list[int] = []
        self.failures: list[Exception] = []
        self._database = database

    async def __call__(self) -> int:
        if self.failures:
            raise self.failures.pop(0)
        async with self._database.read() as session:
            number = await TenantRepositories.of(session, "mill").versions.named(Label.LIVE)
        assert number is not None
        self.answered.append(number)
        return number


async def test_a_label_that_has_moved_is_noticed_within_a_second(published: Database) -> None:
    process = Process(published)
    async with watching(published, process):
        await move(published, 2)
        await until(lambda: process.answered == [2], NOTICED_S + WRITTEN_S)
        await move(published, 1)
        await until(lambda: process.answered == [2, 1], NOTICED_S + WRITTEN_S)


async def test_a_version_that_cannot_answer_is_told_once(
    published: Database, logged: list[str]
) -> None:
    process = Process(published)
    process.failures.append(ConfigurationError("No engine of this name."))
    async with watching(published, process):
        await move(published, 2)
        await until(lambda: any("No engine" in line for line in logged), NOTICED_S + WRITTEN_S)
        await move(published, 3)
        await until(lambda: process.answered == [3], NOTICED_S + WRITTEN_S)
    assert (
        len([line for line in logged if "version 2 of 'mill' cannot answer, 1 does" in line]) == 1
    )


async def test_a_database_that_fails_for_a_moment_is_asked_again(published: Database) -> None:
    process = Process(published)
    process.failures.append(StorageError("It is locked."))
    async with watching(published, process):
        await move(published, 2)
        await until(lambda: process.answered == [2], 2 * NOTICED_S + WRITTEN_S)
