"""The tenant that answers: the folder that is set, or the version that is live."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.config import TenantConfig
from receptionist.versions.live import live_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A tenant as it is written, and where.

    Attributes:
        config: What it says.
        settings: Of the process; their `tenant_dir` is the folder it was read from.
        number: Version of it that was published; None where it lies in a folder.
    """

    config: TenantConfig
    settings: Settings
    number: int | None


async def read_bundle(settings: Settings, database: Database) -> Bundle:
    """Returns the tenant that answers now.

    Raises:
        ConfigurationError: there is none, or something is wrong in it.
    """
    if not settings.tenant or settings.tenant_dir is not None:
        return await _read(settings, settings.tenant_dir or DEMO)
    live = await live_files(database, settings.tenant, settings.data_dir)
    return await _read(settings, live.folder, live.number)


async def answering_bundle(settings: Settings) -> Bundle:
    """Returns the tenant that would answer, for who has opened no database.

    Raises:
        ReceptionistError: there is none, or something is wrong in it.
    """
    if not settings.tenant or settings.tenant_dir is not None:
        return await _read(settings, settings.tenant_dir or DEMO)
    async with await Database.open(settings.database_url, settings.data_dir) as database:
        return await read_bundle(settings, database)


async def _read(settings: Settings, folder: Path, number: int | None = None) -> Bundle:
    config = await asyncio.to_thread(load_bundle, folder, settings.documents_cache_dir)
    there = settings.model_copy(update={"tenant_dir": folder})
    return Bundle(config=config, settings=there, number=number)
