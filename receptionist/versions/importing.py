"""Brings whole bundles into drafts, and takes them out again: the same bytes."""

from collections.abc import Sequence
from datetime import datetime

from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.versions.drafts import Now, draft_of, keep, replace, utc_now
from receptionist.versions.errors import ChangedError
from receptionist.versions.files import Files, manifest_of, refuse_sizes
from receptionist.versions.guard_file import FILE, approvals_in
from receptionist.versions.mappings import mapping_in
from receptionist.versions.records import (
    ApprovalOrigin,
    ApprovalRecord,
    DraftRecord,
    EditKind,
)
from receptionist.versions.repository import TenantRepositories

_TENANT = "tenant.yaml"


def tenant_in(files: Files) -> str:
    """Returns the id of the tenant that files are written for.

    Raises:
        ConfigurationError: they do not say.
    """
    found = mapping_in(files.get(_TENANT, b""), _TENANT).get("tenant")
    if not isinstance(found, str) or not found:
        raise ConfigurationError(
            f"These files are no bundle: {_TENANT} with a line `tenant: NAME` is missing."
            " `receptionist check DIR` tells more."
        )
    return found


async def bring_in(
    database: Database,
    tenant: str,
    files: Files,
    *,
    author: str,
    overwrite: bool = False,
    now: Now = utc_now,
) -> DraftRecord:
    """Makes the draft of a tenant hold `files`; what was in it stays in its history.

    Who brings in files answers for the approvals that stand in them: they count as given. Let only
    those do it who may approve.

    Args:
        database: Where it is kept.
        tenant: Whose draft.
        files: What it is to hold.
        author: Who does it.
        overwrite: Also when it holds changes that nobody has published.
        now: Tells the time.

    Raises:
        NotFoundError: there is no such tenant.
        FilesError: there cannot be such files.
        ChangedError: the draft holds changes that nobody has published.
    """
    refuse_sizes({path: len(content) for path, content in files.items()})
    await keep(database, tenant, files.values())
    at, manifest = now(), manifest_of(files)
    async with database.write() as session:
        repositories = TenantRepositories.of(session, tenant)
        await repositories.drafts.locked()
        draft = await draft_of(repositories)
        await replace(repositories, manifest, kind=EditKind.IMPORT, author=author, at=at)
        after = await draft_of(repositories)
        if draft.changed and after.sha256 != draft.sha256 and not overwrite:
            raise ChangedError(_unpublished(draft))
        known = {(one.sentence_sha256, one.category) for one in await repositories.approvals.all()}
        brought = _brought(files, author, at)
        new = [one for one in brought if (one.sentence_sha256, one.category) not in known]
        await repositories.approvals.add(new)
    return after


def _unpublished(draft: DraftRecord) -> str:
    latest = max(draft.files, key=lambda file: file.revision, default=None)
    who = f", the last by {latest.author} in {latest.path!r}" if latest else ""
    return (
        f"The draft holds changes that nobody has published{who}. Publish them first, or say that"
        " they are to be replaced (--replace); they stay in its history."
    )


def _brought(files: Files, author: str, at: datetime) -> Sequence[ApprovalRecord]:
    return [
        ApprovalRecord(
            sentence_sha256=one.sha256,
            category=one.category,
            author=one.author,
            approver=one.approver,
            reason=one.reason,
            origin=ApprovalOrigin.IMPORT,
            recorded_by=author,
            at=at,
        )
        for one in approvals_in(files.get(FILE, b""))
    ]
