"""What the commands about drafts and versions work with, opened for one tenant."""

import getpass
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from receptionist.commands.records import open_database
from receptionist.database import Database
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.checking import checker
from receptionist.versions.approving import Approvals
from receptionist.versions.checks import FilesCheck
from receptionist.versions.comparing import Comparison
from receptionist.versions.drafts import Drafts
from receptionist.versions.publishing import Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTenant:
    """The draft and the versions of one tenant."""

    database: Database
    check: FilesCheck
    drafts: Drafts
    versions: Versions
    approvals: Approvals
    comparison: Comparison


@asynccontextmanager
async def opened_tenant(tenant: str) -> AsyncGenerator[OpenedTenant]:
    """Yields the draft and the versions of `tenant`, as the settings keep them."""
    settings = Settings.read()
    async with AsyncExitStack() as owned:
        database = await owned.enter_async_context(await open_database())
        resources = open_resources(settings, owned, phrases=False)
        check = FilesCheck(tenant, settings.data_dir, checker(settings, resources).check)
        cache = settings.documents_cache_dir
        yield OpenedTenant(
            database=database,
            check=check,
            drafts=Drafts(database, tenant),
            versions=Versions(database, tenant, check),
            approvals=Approvals(database, tenant, check),
            comparison=Comparison(database, tenant, check.folders, cache),
        )


def who() -> str:
    """Returns who works on this machine, as he is named in what he changes."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may have no name for its user
        return "cli:unknown"
