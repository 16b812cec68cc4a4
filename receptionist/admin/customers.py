"""The customers as accounts see them."""

from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.versions.customer_repository import CustomerRepository


class KeptCustomers:
    """Looks customers up in the database.

    Args:
        database: Keeps them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def name(self, customer: str) -> str | None:
        """Returns what a customer is called; None when there is none of this id."""
        async with self._database.read() as session:
            try:
                return (await CustomerRepository(session).get(customer)).name
            except NotFoundError:
                return None

    async def of_tenant(self, tenant: str) -> str | None:
        """Returns the id of the customer a tenant belongs to; None when it belongs to none."""
        async with self._database.read() as session:
            try:
                return (await CustomerRepository(session).tenant(tenant)).customer
            except NotFoundError:
                return None
