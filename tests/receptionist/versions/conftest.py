"""What tests of versions share: a customer's receptionist, and a check with a head that doubts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from guardrails.policy.loader import load_policy
from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.versions.checks import FilesCheck
from receptionist.versions.customer_repository import CustomerRepository
from tests.receptionist.versions.mill import doubting

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a cache of their own: what the head of these tests says is not kept."""
    folder = tmp_path_factory.mktemp("index")
    load_policy(cache=folder)
    return Settings(index_cache_dir=folder, documents_cache_dir=folder)


@pytest.fixture
async def mill(database: Database) -> Database:
    """A database in which customer `flour` owns the receptionist `mill`."""
    async with database.write() as session:
        customers = CustomerRepository(session)
        await customers.add("flour", "Flour and Sons", at=NOON)
        await customers.add_tenant("flour", "mill", author="root", at=NOON)
    return database


@pytest.fixture
def check(tmp_path: Path, judging: Settings) -> FilesCheck:
    """Checks the files of `mill`."""
    return FilesCheck("mill", tmp_path, doubting(judging).check)
