"""A process that is killed while it publishes leaves all of a version behind, or nothing."""

import asyncio
import sys
from pathlib import Path

import pytest

from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.versions.checks import FilesCheck
from receptionist.versions.customer_repository import CustomerRepository
from receptionist.versions.importing import bring_in
from receptionist.versions.publishing import Versions
from tests.receptionist.versions.conftest import NOON
from tests.receptionist.versions.mill import MILL

pytestmark = pytest.mark.integration

FEWEST_STEPS = 10
"""Statements of the transaction, its commit, and what is done on the disk."""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
async def test_a_publish_that_is_killed_at_any_step_is_done_wholly_or_not_at_all(
    tmp_path: Path, judging: Settings, check: FilesCheck
) -> None:
    data = tmp_path / "data"
    async with await Database.open("", data) as database:
        async with database.write() as session:
            customers = CustomerRepository(session)
            await customers.add("flour", "Flour and Sons", at=NOON)
            await customers.add_tenant("flour", "mill", author="root", at=NOON)
        await bring_in(database, "mill", MILL, author="ann")
        assert (await Versions(database, "mill", check).check_draft()).stands
    program = "tests.receptionist.versions.killed_publish"
    folders = str(data), str(judging.index_cache_dir)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", program, *folders, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    assert int(said) >= FEWEST_STEPS
