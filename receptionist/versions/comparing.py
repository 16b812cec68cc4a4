"""Reads any side of a tenant's history, and tells what is different between two of them."""

import asyncio
from pathlib import Path

from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.tenants.bundle import examine
from receptionist.tenants.config import TenantConfig
from receptionist.versions.differences import Differences, file_changes
from receptionist.versions.files import Files, Manifest
from receptionist.versions.folder_cache import FolderCache
from receptionist.versions.records import Label
from receptionist.versions.repository import TenantRepositories
from receptionist.versions.worded import worded_changes

DRAFT = "draft"


class Comparison:
    """The sides of one tenant: `draft`, a label, or the number of a version.

    Args:
        database: Where they are kept.
        tenant: Whose they are.
        folders: Where files are written to be read as bundles.
        documents_cache: Where the text of documents is kept.
    """

    def __init__(
        self, database: Database, tenant: str, folders: FolderCache, documents_cache: Path | None
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._folders = folders
        self._documents_cache = documents_cache

    async def number(self, side: str) -> int | None:
        """Returns the version that is meant by `side`; None where that is the draft.

        Raises:
            NotFoundError: there is no such side.
        """
        if side == DRAFT:
            return None
        async with self._database.read() as session:
            return await _number(TenantRepositories.of(session, self._tenant), side)

    async def files(self, side: str) -> Files:
        """Returns the files of a side.

        Raises:
            NotFoundError: there is no such side.
        """
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            return await tenant.contents(await _manifest(tenant, side))

    async def folder(self, side: str) -> Path:
        """Returns a folder that holds the files of a side, to be read and not to be changed.

        Raises:
            NotFoundError: there is no such side.
            ConfigurationError: it cannot be written.
        """
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            manifest = await _manifest(tenant, side)
            there = await asyncio.to_thread(self._folders.find, manifest)
            if there is not None:
                return there
            files = await tenant.contents(manifest)
        return await asyncio.to_thread(self._folders.put, files)

    async def between(self, before: str, after: str) -> Differences:
        """Returns what is different between two sides.

        Raises:
            NotFoundError: there is no such side.
        """
        old, new = await self.files(before), await self.files(after)
        changes = await asyncio.to_thread(file_changes, old, new)
        was, becomes = await self._config(old), await self._config(new)
        words = worded_changes(was, becomes) if was and becomes else ()
        return Differences(before=before, after=after, words=words, files=changes)

    async def _config(self, files: Files) -> TenantConfig | None:
        if not files:
            return None
        folder = await asyncio.to_thread(self._folders.put, files)
        examined = await asyncio.to_thread(examine, folder, self._documents_cache)
        return examined.config


async def _manifest(tenant: TenantRepositories, side: str) -> Manifest:
    await tenant.drafts.tenant()
    if side == DRAFT:
        return await tenant.drafts.manifest()
    return await tenant.versions.manifest(await _number(tenant, side))


async def _number(tenant: TenantRepositories, side: str) -> int:
    await tenant.drafts.tenant()
    if side in set(Label):
        number = await tenant.versions.named(Label(side))
        if number is None:
            raise NotFoundError(f"No version is labelled {str(side)!r} yet.")
        return number
    digits = side.removeprefix("v")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise NotFoundError(
            f"There is no version {side!r}: give its number, {DRAFT!r} or a label"
            f" ({', '.join(Label)})."
        )
    return (await tenant.versions.get(int(digits))).number
