"""What files of one tenant hold, kept once for each content."""

import asyncio
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.errors import StorageError
from receptionist.versions.files import sha256_of
from receptionist.versions.models import BlobRow

_AT_ONCE = 400
"""Hashes in one query: databases take a few thousand values at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A content as it is kept."""

    sha256: str
    size_bytes: int
    packed: bytes


async def packed_of(contents: Iterable[bytes]) -> Sequence[Packed]:
    """Returns contents as they are kept; off the loop, and best outside of any transaction."""
    return await asyncio.to_thread(lambda: [_packed(content) for content in contents])


def _packed(content: bytes) -> Packed:
    packed = zlib.compress(content)
    return Packed(sha256=sha256_of(content), size_bytes=len(content), packed=packed)


class BlobRepository:
    """The contents of one tenant's files, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def missing(self, hashes: Iterable[str]) -> Set[str]:
        """Returns the hashes whose contents are not kept."""
        row, wanted = BlobRow, set(hashes)
        known: set[str] = set()
        for some in in_parts(wanted):
            query = select(row.sha256).where(row.tenant == self._tenant, row.sha256.in_(some))
            known |= set(await self._session.scalars(query))
        return wanted - known

    async def keep(self, contents: Sequence[Packed]) -> None:
        """Keeps contents; those that are kept already stay as they are. The tenant is locked."""
        new = {one.sha256: one for one in contents}
        missing = await self.missing(new)
        rows = [
            {"tenant": self._tenant, "sha256": sha256, "size_bytes": one.size_bytes}
            | {"packed": one.packed}
            for sha256, one in new.items()
            if sha256 in missing
        ]
        if rows:
            await self._session.execute(insert(BlobRow), rows)

    async def get(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Returns contents by their hash.

        Raises:
            StorageError: one of them is not there or not what its hash says.
        """
        wanted = sorted(set(hashes))
        packed: dict[str, bytes] = {}
        for some in in_parts(wanted):
            query = select(BlobRow.sha256, BlobRow.packed).where(
                BlobRow.tenant == self._tenant, BlobRow.sha256.in_(some)
            )
            packed.update((await self._session.execute(query)).all())
        return await asyncio.to_thread(_unpacked, wanted, packed)


def in_parts(items: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yields `items` in parts that fit into one query."""
    listed = list(items)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def _unpacked(wanted: Sequence[str], packed: Mapping[str, bytes]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for sha256 in wanted:
        try:
            content = zlib.decompress(packed[sha256])
        except (KeyError, zlib.error) as error:
            raise _spoilt(sha256) from error
        if sha256_of(content) != sha256:
            raise _spoilt(sha256)
        found[sha256] = content
    return found


def _spoilt(sha256: str) -> StorageError:
    error = StorageError(
        f"The content {sha256[:12]}… of a file is spoilt in the database. Put a backup in its"
        " place."
    )
    error.retryable = False
    return error
