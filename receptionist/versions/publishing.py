"""Makes versions of drafts, and says which of them answers callers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.versions.checks import CheckedFiles, FilesCheck, RefusedError
from receptionist.versions.drafts import Now, draft_of, refuse_unseen, replace, utc_now
from receptionist.versions.files import Files
from receptionist.versions.records import (
    ApprovalRecord,
    DraftRecord,
    EditKind,
    Label,
    LabelMove,
    VersionRecord,
)
from receptionist.versions.repository import TenantRepositories

_MESSAGE_LETTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish came to.

    Attributes:
        version: That the label names now.
        added: It is new; otherwise the label named these very files already.
    """

    version: VersionRecord
    added: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    files: Files
    approved: Collection[ApprovalRecord]


class Versions:
    """The versions of one tenant. What is changed is changed in one transaction, or not at all.

    Args:
        database: Where they are kept.
        tenant: Whose they are.
        check: Checks its files.
        now: Tells the time.
    """

    def __init__(
        self, database: Database, tenant: str, check: FilesCheck, now: Now = utc_now
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._check = check
        self._now = now

    async def check_draft(self) -> CheckedFiles:
        """Returns what would keep the draft from being published.

        Raises:
            NotFoundError: there is no such tenant.
        """
        source = await self._draft()
        return await self._check.check(source.files, source.approved)

    async def publish(
        self, *, author: str, message: str, seen: str | None = None, label: Label = Label.LIVE
    ) -> Published:
        """Makes a version of the draft and lets a label name it; asked twice, it does so once.

        Args:
            author: Who publishes.
            message: What has changed, for whoever reads the list.
            seen: Hash of the draft he has seen; None takes it as it is.
            label: What the version is for.

        Raises:
            ConfigurationError: there is no message.
            ChangedError: somebody has changed the draft since it was seen, or meanwhile.
            RefusedError: the check does not let it pass.
        """
        message = _message(message)
        if seen is not None and (done := await self._done(label, seen)) is not None:
            return done
        source = await self._draft()
        checked = await self._check.check(source.files, source.approved)
        if seen not in (None, checked.sha256):
            async with self._database.read() as session:
                await refuse_unseen(self._of(session), seen)
        if not checked.stands:
            raise RefusedError(f"The draft of {self._tenant!r} cannot be published", checked)
        async with self._database.write() as session:
            tenant = self._of(session)
            record = await tenant.drafts.locked()
            manifest = await refuse_unseen(tenant, checked.sha256)
            number = await tenant.versions.named(label)
            if number and (now := await tenant.versions.get(number)).files_sha256 == checked.sha256:
                return Published(version=now, added=False)
            version = VersionRecord(
                tenant=self._tenant,
                number=await tenant.versions.last_number() + 1,
                parent=record.based_on,
                author=author,
                message=message,
                created_at=self._now(),
                files_sha256=checked.sha256,
                policy_hash=checked.checked.policy_hash,
                judge=checked.checked.judge,
                problems=checked.records(),
            )
            await tenant.versions.add(version, manifest)
            await self._move(tenant, label, version.number, author, message)
            await tenant.drafts.base_on(version.number)
        return Published(version=version, added=True)

    async def name(self, label: Label, number: int, *, author: str, message: str) -> LabelMove:
        """Lets a label name a version; what answers callers is checked by the policy of today.

        Raises:
            NotFoundError: there is no such version.
            RefusedError: it is to answer callers, and the check does not let it pass any more.
        """
        message = _message(message)
        if label is Label.LIVE:
            await self._refuse_outdated(number)
        async with self._database.write() as session:
            tenant = self._of(session)
            await tenant.drafts.locked()
            await tenant.versions.get(number)
            latest = await tenant.versions.moves(label, limit=1)
            if latest and latest[0].number == number:
                return latest[0]
            return await self._move(tenant, label, number, author, message)

    async def roll_back(self, *, author: str, message: str, to: int | None = None) -> LabelMove:
        """Lets the version answer callers that did so before this one.

        Args:
            author: Who does it.
            message: Why.
            to: Version to go back to; None is the latest before this one that ever answered.

        Raises:
            NotFoundError: there is none.
            RefusedError: the check does not let it pass any more.
        """
        if to is None:
            async with self._database.read() as session:
                moves = await self._of(session).versions.moves(Label.LIVE)
            before = {move.number for move in moves if move.number < moves[0].number}
            if not before:
                raise NotFoundError(f"No version of {self._tenant!r} has answered before this one.")
            to = max(before)
        return await self.name(Label.LIVE, to, author=author, message=message)

    async def restore(self, number: int, *, author: str, seen: str) -> DraftRecord:
        """Makes the draft hold what a version does; what was in it stays in its history.

        Args:
            number: Of the version.
            author: Who does it.
            seen: Hash of the draft that may be replaced.

        Raises:
            NotFoundError: there is no such version.
            ChangedError: somebody has changed the draft since.
        """
        async with self._database.write() as session:
            tenant = self._of(session)
            await tenant.drafts.locked()
            manifest = await tenant.versions.manifest(number)
            await refuse_unseen(tenant, seen)
            kind = EditKind.RESTORE
            await replace(tenant, manifest, kind=kind, author=author, at=self._now())
            await tenant.drafts.base_on(number)
            return await draft_of(tenant)

    async def latest(self, limit: int = 20, before: int | None = None) -> Sequence[VersionRecord]:
        """Returns the last versions, the latest first; `before` leaves out those from it on."""
        async with self._database.read() as session:
            tenant = self._of(session)
            await tenant.drafts.tenant()
            return await tenant.versions.latest(limit, before)

    # --- inside -----------------------------------------------------------------------------

    async def _refuse_outdated(self, number: int) -> None:
        """Refuses a version that the policy of today does not let pass."""
        async with self._database.read() as session:
            tenant = self._of(session)
            files = await tenant.contents(await tenant.versions.manifest(number))
            approved = await tenant.approvals.all()
        checked = await self._check.check(files, approved)
        if not checked.stands:
            raise RefusedError(f"Version {number} of {self._tenant!r} cannot answer", checked)

    async def _done(self, label: Label, seen: str) -> Published | None:
        """Returns what was published already, by somebody who asks again."""
        async with self._database.read() as session:
            versions = self._of(session).versions
            number = await versions.named(label)
            version = await versions.get(number) if number else None
        same = version is not None and version.files_sha256 == seen
        return Published(version=version, added=False) if version and same else None

    async def _draft(self) -> _Source:
        async with self._database.read() as session:
            tenant = self._of(session)
            await tenant.drafts.tenant()
            files = await tenant.contents(await tenant.drafts.manifest())
            return _Source(files=files, approved=await tenant.approvals.all())

    async def _move(
        self, tenant: TenantRepositories, label: Label, number: int, author: str, message: str
    ) -> LabelMove:
        return await tenant.versions.move(
            label, number, author=author, message=message, at=self._now()
        )

    def _of(self, session: AsyncSession) -> TenantRepositories:
        return TenantRepositories.of(session, self._tenant)


def _message(message: str) -> str:
    told = message.strip()
    if not told or len(told) > _MESSAGE_LETTERS:
        raise ConfigurationError(
            f"Say what has changed, in 1 to {_MESSAGE_LETTERS:,} letters (message)."
        )
    return told
