"""Everything that is kept of one tenant's drafts and versions, by construction of that one."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.versions.approval_repository import ApprovalRepository
from receptionist.versions.blob_repository import BlobRepository
from receptionist.versions.draft_repository import DraftRepository
from receptionist.versions.files import Files, Manifest
from receptionist.versions.version_repository import VersionRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRepositories:
    """The repositories of one tenant, all in one transaction.

    Attributes:
        blobs: What files hold.
        drafts: What is being written.
        versions: What was published, and the labels.
        approvals: Who stands for which sentence.
    """

    blobs: BlobRepository
    drafts: DraftRepository
    versions: VersionRepository
    approvals: ApprovalRepository

    @classmethod
    def of(cls, session: AsyncSession, tenant: str) -> Self:
        """Returns the repositories of `tenant`, in the transaction of `session`."""
        return cls(
            blobs=BlobRepository(session, tenant),
            drafts=DraftRepository(session, tenant),
            versions=VersionRepository(session, tenant),
            approvals=ApprovalRepository(session, tenant),
        )

    async def contents(self, manifest: Manifest) -> Files:
        """Returns what the files of `manifest` hold."""
        by_hash = await self.blobs.get(manifest.values())
        return {path: by_hash[sha256] for path, sha256 in manifest.items()}
