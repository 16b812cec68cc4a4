"""Lets a second person stand for sentences the check asks about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from guardrails.verdict import Action
from receptionist.database import Database
from receptionist.tenants.screen_config import Approval
from receptionist.versions.checks import CheckedFiles, FilesCheck
from receptionist.versions.drafts import Now, put, refuse_unseen, utc_now
from receptionist.versions.errors import NotApprovedError
from receptionist.versions.guard_file import FILE, with_approval
from receptionist.versions.records import ApprovalOrigin, ApprovalRecord, EditKind
from receptionist.versions.repository import TenantRepositories

_MARKS = str.maketrans("", "", "'\"\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A sentence of the draft that wants the approval of a second person.

    Attributes:
        sentence_sha256: To name when it is approved.
        category: What it was found to be.
        file: Where it stands.
        line: Where in the file.
        authors: Who has written it, and cannot approve it.
    """

    sentence: str
    sentence_sha256: str
    category: str
    law: str
    file: str
    line: int
    authors: Sequence[str]


class Approvals:
    """The approvals of one tenant.

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

    async def wanted(self) -> Sequence[Doubt]:
        """Returns the sentences of the draft that somebody has to read."""
        checked = await self._checked()
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            return [await _doubt(tenant, one) for one in _asked(checked)]

    async def given(self) -> Sequence[ApprovalRecord]:
        """Returns who stands for what, the latest first."""
        async with self._database.read() as session:
            return await TenantRepositories.of(session, self._tenant).approvals.all()

    async def approve(self, sentence_sha256: str, *, approver: str, reason: str) -> ApprovalRecord:
        """Notes that somebody stands for a sentence; `guard.yaml` of the draft says so.

        Args:
            sentence_sha256: Of the sentence.
            approver: Who has read it.
            reason: Why it is right, for whoever reads the audit log.

        Raises:
            NotApprovedError: nobody asks about such a sentence, or its author cannot approve it.
            ChangedError: somebody has changed the draft meanwhile.
        """
        checked = await self._checked()
        found = [one for one in _asked(checked) if one["sentence_sha256"] == sentence_sha256]
        if not found:
            raise NotApprovedError(
                f"The check of the draft asks about no sentence {sentence_sha256[:12]!r}…."
            )
        at = self._now()
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            doubts = [await _doubt(tenant, one) for one in found]
            guard = checked.manifest[FILE]
            content = (await tenant.blobs.get([guard]))[guard]
        approvals = [_approval(doubt, approver, reason, at) for doubt in doubts]
        for approval in approvals:
            content = with_approval(content, approval)
        records = [_record(approval, at) for approval in approvals]
        async with self._database.write() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            await tenant.drafts.locked()
            await refuse_unseen(tenant, checked.sha256)
            kind = EditKind.APPROVAL
            await put(tenant, {FILE: content}, kind=kind, author=approver, at=at)
            await tenant.approvals.add(records)
        return records[0]

    async def _checked(self) -> CheckedFiles:
        async with self._database.read() as session:
            tenant = TenantRepositories.of(session, self._tenant)
            await tenant.drafts.tenant()
            files = await tenant.contents(await tenant.drafts.manifest())
            approved = await tenant.approvals.all()
        return await self._check.check(files, approved)


def _asked(checked: CheckedFiles) -> Sequence[Mapping[str, Any]]:
    """Returns what is asked about, each sentence once for each category."""
    found = {
        (one["sentence_sha256"], one["category"]): one
        for one in reversed(checked.checked.findings)
        if one["verdict"] == Action.ASK.value and not one["approved"]
    }
    return list(found.values())[::-1]


async def _doubt(tenant: TenantRepositories, found: Mapping[str, Any]) -> Doubt:
    sentence, file = str(found["sentence"]), str(found["file"])
    return Doubt(
        sentence=sentence,
        sentence_sha256=str(found["sentence_sha256"]),
        category=str(found["category"]),
        law=str(found["law"]),
        file=file,
        line=int(found["line"]),
        authors=await _authors(tenant, file, sentence),
    )


async def _authors(tenant: TenantRepositories, file: str, sentence: str) -> Sequence[str]:
    """Returns who has ever put a sentence into a file; all who wrote it where that is unclear."""
    wanted, before = _words(sentence), False
    authors: list[str] = []
    edits = await tenant.drafts.edits(file)
    for edit in reversed(edits):
        content = (await tenant.blobs.get([edit.sha256]))[edit.sha256] if edit.sha256 else b""
        now = wanted in _words(content.decode(errors="replace"))
        if now and not before:
            authors.append(edit.author)
        before = now
    return sorted(set(authors if before else (edit.author for edit in edits)))


def _words(text: str) -> str:
    """Returns a text as it reads, without how YAML wraps and quotes it."""
    return " ".join(text.translate(_MARKS).split())


def _approval(doubt: Doubt, approver: str, reason: str, at: datetime) -> Approval:
    if approver in doubt.authors:
        raise NotApprovedError(
            f"{approver} has written {doubt.sentence!r}; a second person has to approve it."
        )
    try:
        return Approval(
            sentence=doubt.sentence,
            category=doubt.category,
            author=doubt.authors[0],
            approver=approver,
            date=at.date(),
            reason=reason,
        )
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "approval"
        raise NotApprovedError(f"{where}: {wrong['msg']}.") from error


def _record(approval: Approval, at: datetime) -> ApprovalRecord:
    return ApprovalRecord(
        sentence_sha256=approval.sha256,
        category=approval.category,
        author=approval.author,
        approver=approval.approver,
        reason=approval.reason,
        origin=ApprovalOrigin.HERE,
        recorded_by=approval.approver,
        at=at,
    )
