"""Customers own sites and receptionists; nobody gets in through another's door."""

import pytest

from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.versions.customer_repository import CustomerRepository
from receptionist.versions.errors import TakenError
from tests.receptionist.versions.conftest import NOON

pytestmark = pytest.mark.integration


async def test_a_customer_owns_sites_and_receptionists(mill: Database) -> None:
    async with mill.write() as session:
        customers = CustomerRepository(session)
        await customers.add_site("flour", "harbour", "At the harbour", at=NOON)
        await customers.add_tenant("flour", "bakery", author="ann", at=NOON, site="harbour")
        await customers.add("bolts", "Nuts & Bolts", at=NOON)
    async with mill.read() as session:
        customers = CustomerRepository(session)
        assert [one.id for one in await customers.all()] == ["bolts", "flour"]
        assert [one.id for one in await customers.tenants("flour")] == ["bakery", "mill"]
        assert [one.name for one in await customers.sites("flour")] == ["At the harbour"]
        bakery = await customers.tenant("bakery", "flour")
        assert (bakery.site, bakery.created_by, bakery.created_at) == ("harbour", "ann", NOON)


async def test_a_receptionist_of_another_customer_is_not_there(mill: Database) -> None:
    async with mill.write() as session:
        await CustomerRepository(session).add("bolts", "Nuts & Bolts", at=NOON)
    async with mill.read() as session:
        customers = CustomerRepository(session)
        assert (await customers.tenant("mill")).customer == "flour"
        assert (await customers.tenant("mill", "flour")).id == "mill"
        with pytest.raises(NotFoundError) as another:
            await customers.tenant("mill", "bolts")
        with pytest.raises(NotFoundError) as none:
            await customers.tenant("nobody", "bolts")
        assert str(another.value).replace("mill", "nobody") == str(none.value)
        assert await customers.tenants("bolts") == []


async def test_an_id_is_given_once_on_an_installation(mill: Database) -> None:
    async with mill.write() as session:
        customers = CustomerRepository(session)
        await customers.add("bolts", "Nuts & Bolts", at=NOON)
        with pytest.raises(TakenError, match="tenant 'mill' already"):
            await customers.add_tenant("bolts", "mill", author="bo", at=NOON)
        with pytest.raises(TakenError, match="customer 'flour' already"):
            await customers.add("flour", "Other", at=NOON)
        with pytest.raises(NotFoundError, match="no site 'harbour'"):
            await customers.add_tenant("bolts", "b", author="bo", at=NOON, site="harbour")
        with pytest.raises(NotFoundError, match="no customer 'nobody'"):
            await customers.add_tenant("nobody", "b", author="bo", at=NOON)


@pytest.mark.parametrize("identifier", ["", "Acme", "a b", "-a", "a" * 64, "../a", "ä"])
async def test_an_id_is_short_and_plain(mill: Database, identifier: str) -> None:
    async with mill.write() as session:
        customers = CustomerRepository(session)
        with pytest.raises(ConfigurationError, match="is no id"):
            await customers.add(identifier, "Name", at=NOON)
        with pytest.raises(ConfigurationError, match="is no id"):
            await customers.add_tenant("flour", identifier, author="a", at=NOON)
        with pytest.raises(ConfigurationError, match="is no name"):
            await customers.add("good", "", at=NOON)
