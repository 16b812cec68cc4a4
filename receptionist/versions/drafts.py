"""The draft of a receptionist, written by several people at once; nothing is ever lost."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.versions.blob_repository import packed_of
from receptionist.versions.errors import ChangedError, ConflictError
from receptionist.versions.files import Files, Manifest, hash_of_manifest, refuse_sizes, sha256_of
from receptionist.versions.merging import merged
from receptionist.versions.records import DraftFile, DraftRecord, EditKind, EditRecord
from receptionist.versions.repository import TenantRepositories

Now = Callable[[], datetime]

_PART_BYTES = 1_000_000


def utc_now() -> datetime:
    """Returns this moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftText:
    """What a file of the draft holds.

    Attributes:
        revision: To name when it is written.
        content: None when it has been deleted.
    """

    path: str
    revision: int
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(DraftText):
    """What a file holds once it was written.

    Attributes:
        merged: It holds what somebody else has written meanwhile, too.
    """

    merged: bool


class Drafts:
    """The draft of one tenant. Each method is a transaction of its own.

    Args:
        database: Where it is kept.
        tenant: Whose it is.
        now: Tells the time.
    """

    def __init__(self, database: Database, tenant: str, now: Now = utc_now) -> None:
        self._database = database
        self._tenant = tenant
        self._now = now

    async def look(self) -> DraftRecord:
        """Returns what the draft consists of.

        Raises:
            NotFoundError: there is no such tenant.
        """
        async with self._database.read() as session:
            return await draft_of(TenantRepositories.of(session, self._tenant))

    async def files(self) -> Files:
        """Returns what all its files hold."""
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            await tenant.drafts.tenant()
            return await tenant.contents(await tenant.drafts.manifest())

    async def read(self, path: str, revision: int | None = None) -> DraftText:
        """Returns what a file holds, or held at a revision of it.

        Raises:
            NotFoundError: there is no such file, or it has never had that revision.
        """
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            await tenant.drafts.tenant()
            if revision is not None:
                found = await tenant.drafts.edit(path, revision)
            else:
                found = await tenant.drafts.file(path)
            if found is None:
                raise NotFoundError(f"The draft has no file {path!r}.")
            content = await _content(tenant, found.sha256)
            return DraftText(path=path, revision=found.revision, content=content)

    async def history(
        self, path: str | None = None, *, limit: int = 100, before: int | None = None
    ) -> Sequence[EditRecord]:
        """Returns the last changes, of one file or of all; each can be read again."""
        async with self._database.read() as session:
            drafts = TenantRepositories.of(session, self._tenant).drafts
            await drafts.tenant()
            return await drafts.edits(path, limit=limit, before=before)

    async def write(
        self, path: str, content: bytes | None, *, revision: int, author: str
    ) -> Written:
        """Writes a file; who has begun from an older revision has it merged.

        Args:
            path: Of the file.
            content: What it is to hold; None deletes it.
            revision: That the writer began from; 0 where there was no file.
            author: Who writes.

        Raises:
            FilesError: there cannot be such a file.
            NotFoundError: the file has never had that revision.
            ConflictError: somebody has changed the same lines meanwhile; nothing is written.
        """
        if content is not None:
            refuse_sizes({path: len(content)})
            await keep(self._database, self._tenant, [content])
        async with self._database.write() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            await tenant.drafts.locked()
            now = await tenant.drafts.file(path)
            if now is None or now.revision == revision:
                base = now and now.sha256
            else:
                base = (await tenant.drafts.edit(path, revision)).sha256 if revision else None
            if now is None and revision:
                raise NotFoundError(f"{path!r} has never had revision {revision}.")
            return await self._merged(tenant, path, content, base=base, now=now, author=author)

    async def _merged(
        self,
        tenant: TenantRepositories,
        path: str,
        mine: bytes | None,
        *,
        base: str | None,
        now: DraftFile | None,
        author: str,
    ) -> Written:
        theirs, revision = (now.sha256, now.revision) if now else (None, 0)
        wanted = None if mine is None else sha256_of(mine)
        if wanted in (theirs, base):  # the same was written, or nothing: what is there stays
            content = mine if wanted == theirs else await _content(tenant, theirs)
            other = wanted != theirs
            return Written(path=path, revision=revision, content=content, merged=other)
        content, kind = mine, EditKind.EDIT
        if base != theirs:
            texts = await _content(tenant, base), mine, await _content(tenant, theirs)
            content, kind = _merge(*texts), EditKind.MERGE
            if content is None:
                raise ConflictError(
                    path,
                    revision,
                    base=texts[0],
                    mine=mine,
                    theirs=texts[2],
                    author=now.author if now else "",
                )
        revision = await put(tenant, {path: content}, kind=kind, author=author, at=self._now())
        merging = kind is EditKind.MERGE
        return Written(path=path, revision=revision, content=content, merged=merging)


async def draft_of(tenant: TenantRepositories) -> DraftRecord:
    """Returns what the draft of `tenant` consists of, in the transaction it belongs to."""
    record, files = await tenant.drafts.tenant(), await tenant.drafts.files()
    sha256 = hash_of_manifest({file.path: file.sha256 for file in files if file.sha256})
    number = record.based_on
    published = (await tenant.versions.get(number)).files_sha256 if number else None
    changed = bool(files) if published is None else sha256 != published
    return DraftRecord(sha256=sha256, based_on=number, changed=changed, files=files)


async def refuse_unseen(tenant: TenantRepositories, seen: str) -> Manifest:
    """Returns the files of the draft, which is as somebody has seen it.

    Raises:
        ChangedError: it has been changed since.
    """
    manifest = await tenant.drafts.manifest()
    if hash_of_manifest(manifest) != seen:
        latest = await tenant.drafts.edits(limit=1)
        who = f"{latest[0].author} has changed {latest[0].path!r}" if latest else "it was changed"
        raise ChangedError(f"The draft is not what you have seen: {who} meanwhile. Look again.")
    return manifest


async def replace(
    tenant: TenantRepositories, manifest: Manifest, *, kind: EditKind, author: str, at: datetime
) -> None:
    """Makes the draft hold these files and no others; the tenant is locked, contents are kept."""
    now = await tenant.drafts.manifest()
    changed = {path: sha256 for path, sha256 in manifest.items() if sha256 != now.get(path)}
    gone: dict[str, str | None] = dict.fromkeys(now.keys() - manifest.keys())
    await tenant.drafts.put(changed | gone, kind, author, at)


async def keep(database: Database, tenant: str, contents: Iterable[bytes]) -> None:
    """Keeps contents in short transactions, before what they are for: calls write meanwhile.

    Raises:
        NotFoundError: there is no such tenant.
    """
    async with database.read() as session:
        repositories = TenantRepositories.of(session, tenant)
        await repositories.drafts.tenant()
        by_hash = {sha256_of(content): content for content in contents}
        missing = await repositories.blobs.missing(by_hash)
    for some in _parts([by_hash[sha256] for sha256 in missing]):
        packed = await packed_of(some)
        async with database.write() as session:
            repositories = TenantRepositories.of(session, tenant)
            await repositories.drafts.locked()
            await repositories.blobs.keep(packed)


def _parts(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yields contents in parts that are written in a moment, unless a single one is larger."""
    part: list[bytes] = []
    for content in contents:
        if part and sum(map(len, part)) + len(content) > _PART_BYTES:
            yield part
            part = []
        part.append(content)
    if part:
        yield part


async def put(
    tenant: TenantRepositories,
    contents: Mapping[str, bytes | None],
    *,
    kind: EditKind,
    author: str,
    at: datetime,
) -> int:
    """Changes a few files of the draft and returns its revision; the tenant is locked.

    Raises:
        FilesError: there cannot be such files, or so many.
    """
    sizes = dict(await tenant.drafts.sizes())
    for path, content in contents.items():
        sizes.pop(path, None)
        sizes |= {} if content is None else {path: len(content)}
    refuse_sizes(sizes)
    texts = [content for content in contents.values() if content is not None]
    await tenant.blobs.keep(await packed_of(texts))
    hashes = {
        path: None if content is None else sha256_of(content) for path, content in contents.items()
    }
    return await tenant.drafts.put(hashes, kind, author, at)


def _merge(base: bytes | None, mine: bytes | None, theirs: bytes | None) -> bytes | None:
    """Returns what both have made of a text; None where a person must decide."""
    if mine is None or theirs is None:
        return None
    texts = (base or b"", mine, theirs)
    return merged(*texts) if all(map(_is_text, texts)) else None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


async def _content(tenant: TenantRepositories, sha256: str | None) -> bytes | None:
    return None if sha256 is None else (await tenant.blobs.get([sha256]))[sha256]
