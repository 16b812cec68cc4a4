"""What an archive says of itself, and what is refused before a byte of it is believed.

manifest.json        what follows, with sizes and hashes
rows/<table>.jsonl   the rows of a table, one JSON object per line
bundle.zip           the tenant's folder; only where there is one
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from receptionist.errors import ConfigurationError

FORMAT = 1
KIND = "receptionist backup"
MANIFEST = "manifest.json"
BUNDLE = "bundle.zip"
MANIFEST_BYTES = 1_000_000
ROW_BYTES = 64_000_000
"""A file of a bundle, which is the longest there is in a row, is a third of it."""

_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
TableName = Annotated[str, Field(pattern=rf"^{_TABLE.pattern}$")]


class ArchiveError(ConfigurationError):
    """A file is no archive of ours, was damaged, or tells lies; nothing was restored from it."""

    code = "archive_unusable"


class Content(BaseModel):
    """What a file of the archive unpacks to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Rows(Content):
    """The rows of a table."""

    rows: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """What an archive holds.

    Attributes:
        format: Of the archive.
        made_at: The moment its rows were like this.
        product: Version of the product that made it.
        revision: Schema of the database it was made from.
        database: Kind of that database.
        tables: By name.
        bundle: The tenant's folder; None when the demo tenant answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["receptionist backup"] = KIND
    format: Literal[1] = FORMAT
    made_at: AwareDatetime
    product: str
    revision: str
    database: str
    tables: Mapping[TableName, Rows]
    bundle: Content | None

    @property
    def rows(self) -> int:
        """Returns how many rows it holds."""
        return sum(table.rows for table in self.tables.values())

    def contents(self) -> Mapping[str, Content]:
        """Returns the files that have to be in the archive beside the manifest."""
        files: dict[str, Content] = {rows_of(name): rows for name, rows in self.tables.items()}
        return files | ({BUNDLE: self.bundle} if self.bundle else {})


def rows_of(table: str) -> str:
    """Returns the file that holds the rows of `table`."""
    return f"rows/{table}.jsonl"


def read_manifest(written: bytes) -> Manifest:
    """Returns the manifest.

    Raises:
        ArchiveError: it is none, or that of a newer version.
    """
    try:
        told = json.loads(written)
        if isinstance(told, dict) and told.get("kind") == KIND:
            made = told.get("format")
            if isinstance(made, int) and made > FORMAT:
                raise ArchiveError(
                    f"It was made by a newer version (format {made}). Restore it with that version."
                )
        return Manifest.model_validate(told)
    except (ValidationError, ValueError, RecursionError) as error:
        raise ArchiveError("Its manifest is none of ours.") from error
