"""Every query on customers and on what they own, for the provider of the installation."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.versions.errors import TakenError
from receptionist.versions.models import CustomerRow, SiteRow, TenantRow
from receptionist.versions.records import (
    CustomerRecord,
    Identifier,
    Name,
    SiteRecord,
    TenantRecord,
)

_ID = "small letters, digits and hyphens, at most 63 of them"


class _Named(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: Identifier
    name: Name


class CustomerRepository:
    """Customers, their sites and receptionists, in the transaction of `session`.

    Whoever asks has shown that he may: this is the door to the repositories of tenants.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, customer: str, name: str, *, at: datetime) -> CustomerRecord:
        """Adds a customer.

        Raises:
            ConfigurationError: id or name cannot be used.
            TakenError: there is one of this id.
        """
        named = _named(customer, name)
        if await self._session.get(CustomerRow, customer) is not None:
            raise TakenError(f"There is a customer {customer!r} already.")
        record = CustomerRecord(id=named.id, name=named.name, created_at=at)
        await self._session.execute(insert(CustomerRow), [record.model_dump()])
        return record

    async def get(self, customer: str) -> CustomerRecord:
        """Returns a customer.

        Raises:
            NotFoundError: there is none of this id.
        """
        found = await self._session.get(CustomerRow, customer)
        if found is None:
            raise NotFoundError(
                f"There is no customer {customer!r}. `receptionist customers list` shows them."
            )
        return CustomerRecord.model_validate(found)

    async def all(self) -> Sequence[CustomerRecord]:
        """Returns every customer."""
        found = await self._session.scalars(select(CustomerRow).order_by(CustomerRow.id))
        return [CustomerRecord.model_validate(one) for one in found]

    async def add_site(self, customer: str, site: str, name: str, *, at: datetime) -> SiteRecord:
        """Adds a place of a customer.

        Raises:
            ConfigurationError: id or name cannot be used.
            NotFoundError: there is no such customer.
            TakenError: he has one of this id.
        """
        named = _named(site, name)
        await self.get(customer)
        if await self._session.get(SiteRow, (customer, site)) is not None:
            raise TakenError(f"Customer {customer!r} has a site {site!r} already.")
        record = SiteRecord(customer=customer, id=named.id, name=named.name, created_at=at)
        await self._session.execute(insert(SiteRow), [record.model_dump()])
        return record

    async def sites(self, customer: str) -> Sequence[SiteRecord]:
        """Returns the places of a customer."""
        query = select(SiteRow).where(SiteRow.customer == customer).order_by(SiteRow.id)
        return [SiteRecord.model_validate(one) for one in await self._session.scalars(query)]

    async def add_tenant(
        self, customer: str, tenant: str, *, author: str, at: datetime, site: str | None = None
    ) -> TenantRecord:
        """Adds a receptionist of a customer.

        Raises:
            ConfigurationError: its id cannot be used.
            NotFoundError: there is no such customer, or he has no such site.
            TakenError: the installation has one of this id, whoever owns it.
        """
        _named(tenant, tenant)
        await self.get(customer)
        if site is not None and await self._session.get(SiteRow, (customer, site)) is None:
            raise NotFoundError(f"Customer {customer!r} has no site {site!r}.")
        if await self._session.get(TenantRow, tenant) is not None:
            raise TakenError(f"There is a tenant {tenant!r} already; choose another id.")
        record = TenantRecord(
            id=tenant, customer=customer, site=site, created_at=at, created_by=author
        )
        await self._session.execute(insert(TenantRow), [record.model_dump()])
        return record

    async def tenant(self, tenant: str, customer: str | None = None) -> TenantRecord:
        """Returns a receptionist; of `customer` alone, unless that is None.

        Raises:
            NotFoundError: there is none of this id, or another customer owns it.
        """
        query = _tenants(customer).where(TenantRow.id == tenant)
        found = await self._session.scalar(query)
        if found is None:
            raise NotFoundError(
                f"There is no tenant {tenant!r}. `receptionist tenants list` shows them."
            )
        return TenantRecord.model_validate(found)

    async def tenants(self, customer: str | None = None) -> Sequence[TenantRecord]:
        """Returns the receptionists of a customer; of all when that is None."""
        found = await self._session.scalars(_tenants(customer).order_by(TenantRow.id))
        return [TenantRecord.model_validate(one) for one in found]


def _tenants(customer: str | None) -> Select[TenantRow]:
    query = select(TenantRow)
    return query if customer is None else query.where(TenantRow.customer == customer)


def _named(identifier: str, name: str) -> _Named:
    try:
        return _Named(id=identifier, name=name)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        if wrong["loc"] == ("id",):
            raise ConfigurationError(f"{identifier!r} is no id: {_ID}.") from error
        raise ConfigurationError(f"{name!r} is no name: 1 to 120 letters.") from error
