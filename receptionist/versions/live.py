"""The version of a tenant that answers callers, as a process that answers comes to know of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError, StorageError
from receptionist.versions.checks import FOLDER
from receptionist.versions.comparing import Comparison
from receptionist.versions.folder_cache import FolderCache
from receptionist.versions.records import Label
from receptionist.versions.repository import TenantRepositories

LOOK_S = 0.5
"""How often a process looks which version is live: whoever has published waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFiles:
    """The version that answers.

    Attributes:
        number: Of the version.
        folder: That holds its files; to be read, not to be changed.
    """

    number: int
    folder: Path


async def live_files(database: Database, tenant: str, data_dir: Path) -> LiveFiles:
    """Returns the files of the version of `tenant` that is live.

    Raises:
        ConfigurationError: there is no such tenant, or no version of it is live.
    """
    folders = FolderCache(data_dir / FOLDER / tenant)
    comparison = Comparison(database, tenant, folders, None)
    try:
        number = await comparison.number(Label.LIVE)
    except NotFoundError as error:
        raise ConfigurationError(
            f"RECEPTIONIST_TENANT is {tenant!r}: {error} `receptionist tenants import` and"
            " `receptionist versions publish` make one."
        ) from error
    assert number is not None
    return LiveFiles(number=number, folder=await comparison.folder(str(number)))


async def watch_live(
    database: Database,
    tenant: str,
    number: int,
    changed: Callable[[], Awaitable[int]],
) -> None:
    """Tells when another version is live, until it is cancelled.

    A version that cannot be used is told once, and not tried again before the label has moved.

    Args:
        database: Where versions are kept.
        tenant: Whose versions.
        number: The version that answers.
        changed: Makes the version that is live now answer, and returns its number.
    """
    answering = tried = number
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            async with database.read() as session:
                versions = TenantRepositories.of(session, tenant).versions
                live = await versions.named(Label.LIVE) or answering
        except StorageError:  # whoever writes calls tells of it
            continue
        if live in (tried, answering):
            tried = live
            continue
        tried = live
        try:
            answering = await changed()
            logger.info(f"version {answering} of {tenant!r} answers new calls")
        except Exception as error:  # whatever it is, callers are answered as before
            logger.error(f"version {live} of {tenant!r} cannot answer, {answering} does: {error!r}")
            tried = answering if isinstance(error, StorageError) else live
