"""What stands between files and callers: the check of a bundle, and people who have approved."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from receptionist.errors import ReceptionistError
from receptionist.tenants.bundle_yaml import Problem
from receptionist.tenants.checking import Check, Checked
from receptionist.tenants.finding import Severity
from receptionist.tenants.screen_report import Override
from receptionist.versions.files import Files, Manifest, hash_of_manifest, manifest_of
from receptionist.versions.folder_cache import FolderCache
from receptionist.versions.guard_file import FILE
from receptionist.versions.records import ApprovalRecord, ProblemRecord

FOLDER = "versions"


class RefusedError(ReceptionistError):
    """The check does not let files answer callers; the message lists what it says.

    Attributes:
        checked: What the check came to.
    """

    code = "version_refused"
    http_status = 422

    def __init__(self, what: str, checked: "CheckedFiles") -> None:
        wrong = [one for one in checked.problems if one.severity is not Severity.WARNING]
        lines = "\n".join(f"  {problem}" for problem in wrong)
        count = len(wrong)
        super().__init__(f"{what}: {count} problem{'' if count == 1 else 's'}\n{lines}")
        self.checked = checked


class CheckedFiles:
    """What a check of some files came to.

    Attributes:
        sha256: Of the files.
        manifest: The files.
        checked: As any folder is checked.
        problems: Everything that is to be said, also about who has approved; sorted.
    """

    def __init__(self, manifest: Manifest, checked: Checked, more: Sequence[Problem]) -> None:
        self.sha256 = hash_of_manifest(manifest)
        self.manifest = manifest
        self.checked = checked
        self.problems = tuple(sorted({*checked.problems, *more}))

    @property
    def stands(self) -> bool:
        """Whether it may answer callers."""
        return all(problem.severity is Severity.WARNING for problem in self.problems)

    def records(self) -> Sequence[ProblemRecord]:
        """Returns what is to be said, to be kept."""
        return [
            ProblemRecord(file=one.file, line=one.line, severity=one.severity, message=one.message)
            for one in self.problems
        ]


class FilesCheck:
    """Checks the files of one tenant.

    Args:
        tenant: Whose files they are.
        data_dir: Files are written into a folder below it, to be read as a bundle is.
        check: Checks a bundle.
    """

    def __init__(self, tenant: str, data_dir: Path, check: Check) -> None:
        self.folders = FolderCache(data_dir / FOLDER / tenant)
        self._tenant = tenant
        self._check = check

    async def check(self, files: Files, approved: Collection[ApprovalRecord]) -> CheckedFiles:
        """Returns what is to be said about `files`.

        Args:
            files: To check.
            approved: Who stands for which sentence.
        """
        folder = await asyncio.to_thread(self.folders.put, files)
        checked = await self._check(folder)
        more = [*self._named_otherwise(checked), *_unbacked(checked.overrides, approved)]
        return CheckedFiles(manifest_of(files), checked, more)

    def _named_otherwise(self, checked: Checked) -> Iterator[Problem]:
        if checked.config is not None and checked.config.tenant != self._tenant:
            message = f"tenant: is {checked.config.tenant!r}; these are the files of another one, "
            yield Problem(file="tenant.yaml", line=1, message=f"{message}{self._tenant!r}")


def _unbacked(
    overrides: Sequence[Override], approved: Collection[ApprovalRecord]
) -> Iterator[Problem]:
    """Yields the sentences that a file says are approved, and nobody has approved."""
    known = {(one.sentence_sha256, one.category) for one in approved}
    for override in overrides:
        approval = override.approval
        if (approval.sha256, approval.category) not in known:
            message = (
                f"says that {approval.approver!r} has approved {override.sentence.text!r}; here"
                " nobody has: take the entry out and let a second person approve the sentence"
            )
            yield Problem(file=FILE, line=1, message=message, severity=Severity.APPROVAL)
