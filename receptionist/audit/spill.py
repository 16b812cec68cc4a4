"""Where audit rows wait while the database cannot be written and the process has to end.

Each batch is a file of its own, complete when it has its name: no file is ever added to, so a
reader never sees half of one, and taking one in twice changes nothing (entries know their uid).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from loguru import logger
from pydantic import ValidationError

from receptionist.audit.records import AuditEntry

FOLDER = "audit-spill"
_PARTIAL = ".part"
_UNREADABLE = ".unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spilled:
    """A batch that waits.

    Attributes:
        file: Where.
        entries: What could be read of it.
        unreadable: Lines that could not.
    """

    file: Path
    entries: Sequence[AuditEntry]
    unreadable: int


class Spill:
    """The waiting rows of one tenant. It touches the disk: not for the loop.

    Args:
        data_dir: The folder of the product's data.
        tenant: Whose rows.
    """

    def __init__(self, data_dir: Path, tenant: str) -> None:
        self.folder = data_dir / FOLDER / tenant

    def keep(self, entries: Sequence[AuditEntry]) -> None:
        """Writes `entries` to the disk; when that fails as well, to the log, one line each."""
        lines = [entry.model_dump_json() for entry in entries]
        try:
            self._write(lines)
        except OSError as error:
            logger.error(f"Audit rows can be kept nowhere but here ({error}):")
            for line in lines:
                logger.error(f"audit {line}")
        else:
            logger.warning(f"{len(lines)} audit rows wait in {str(self.folder)!r}.")

    def waiting(self) -> Sequence[Spilled]:
        """Returns the batches that wait, the earliest first."""
        try:
            files = sorted(self.folder.glob("*.jsonl"))
            return [_read(file) for file in files]
        except OSError as error:
            logger.error(f"Waiting audit rows cannot be read: {error}")
            return ()

    def taken_in(self, batch: Spilled) -> None:
        """Removes a batch that is in the database now; what could not be read of it stays."""
        try:
            if batch.unreadable:
                batch.file.rename(batch.file.with_suffix(_UNREADABLE))
            else:
                batch.file.unlink(missing_ok=True)
        except OSError as error:
            logger.error(f"{str(batch.file)!r} cannot be removed: {error}")

    def _write(self, lines: Sequence[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _ in self.folder.iterdir())
        file = self.folder / f"{number:08d}-{uuid4().hex}.jsonl"
        partial = file.with_suffix(_PARTIAL)
        try:
            with partial.open("w", encoding="utf-8") as target:
                target.write("".join(f"{line}\n" for line in lines))
                target.flush()
                os.fsync(target.fileno())
            partial.replace(file)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _read(file: Path) -> Spilled:
    entries: list[AuditEntry] = []
    unreadable = 0
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entries.append(AuditEntry.model_validate_json(line))
        except ValidationError:
            unreadable += 1
            logger.error(f"A line of {str(file)!r} is no audit row.")
    return Spilled(file=file, entries=entries, unreadable=unreadable)
