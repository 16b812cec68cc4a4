"""What tests of accounts share."""

import pytest

from receptionist.database import Database
from tests.receptionist.admin.house import House


@pytest.fixture
async def house(database: Database) -> House:
    """An installation, on each kind of database."""
    return await House.build(database)
