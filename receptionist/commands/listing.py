"""Lists of what callers left behind, one row per record, the latest first."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from receptionist.commands.records import (
    console,
    local_time,
    open_database,
    print_json,
    spoken,
    table,
)
from receptionist.database import Database

R = TypeVar("R", bound=BaseModel)
R_co = TypeVar("R_co", covariant=True)


class Repository(Protocol[R_co]):
    """The records of one tenant."""

    async def latest(self, limit: int) -> Sequence[R_co]:
        """Returns the last `limit` of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[R]):
    """A list of records.

    Attributes:
        title: Of the table.
        repository: Opens the records of one tenant.
        tenants: Returns the tenants that have any.
        created: When a record was made.
        columns: Heading to what stands under it; moments are shown in local time.
    """

    title: str
    repository: Callable[[Database, str], Repository[R]]
    tenants: Callable[[Database], Awaitable[Sequence[str]]]
    created: Callable[[R], datetime]
    columns: Mapping[str, Callable[[R], str | datetime]]

    def show(self, tenant: str | None, limit: int, *, as_json: bool) -> None:
        """Prints the last `limit` records of `tenant`, or of all."""
        records = asyncio.run(self._latest(tenant, limit))
        if as_json:
            print_json(records)
            return
        shown = table(self.title, *self.columns)
        for record in records:
            cells = (cell(record) for cell in self.columns.values())
            shown.add_row(*(local_time(c) if isinstance(c, datetime) else spoken(c) for c in cells))
        console().print(shown if records else f"No {self.title.lower()} are kept yet.")

    async def _latest(self, tenant: str | None, limit: int) -> Sequence[R]:
        async with await open_database() as database:
            tenants = [tenant] if tenant else await self.tenants(database)
            found = [
                record
                for name in tenants
                for record in await self.repository(database, name).latest(limit)
            ]
        return sorted(found, key=self.created, reverse=True)[:limit]
