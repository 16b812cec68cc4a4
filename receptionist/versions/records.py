"""What is kept of customers, drafts and versions, as it is handed out."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from receptionist.tenants.finding import Severity

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class Label(StrEnum):
    """What a version is used for."""

    LIVE = "live"
    """It answers callers."""
    STAGING = "staging"
    """It is being tried out."""


class EditKind(StrEnum):
    """How a file of the draft came to be as it is."""

    EDIT = "edit"
    MERGE = "merge"
    """Somebody had written it meanwhile; both changes are in it."""
    APPROVAL = "approval"
    RESTORE = "restore"
    """It is as in a version again."""
    IMPORT = "import"


class ApprovalOrigin(StrEnum):
    """Where an approval was given."""

    HERE = "here"
    IMPORT = "import"
    """It stood in files that were brought along; whoever brought them answers for it."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class CustomerRecord(_Record):
    """Somebody who has receptionists here."""

    id: Identifier
    name: Name
    created_at: datetime


class SiteRecord(_Record):
    """A place of a customer."""

    customer: Identifier
    id: Identifier
    name: Name
    created_at: datetime


class TenantRecord(_Record):
    """A receptionist of a customer.

    Attributes:
        site: Where it answers for; None is no one place.
        based_on: Version the draft was made of or published as last.
    """

    id: Identifier
    customer: Identifier
    site: Identifier | None = None
    based_on: int | None = None
    created_at: datetime
    created_by: str


class DraftFile(_Record):
    """A file of the draft.

    Attributes:
        revision: Rises with every change of the draft; name it when you write.
        sha256: Of its content; None when it has been deleted.
    """

    path: str
    revision: int
    sha256: str | None
    author: str
    edited_at: datetime


class EditRecord(_Record):
    """A change of one file of the draft."""

    revision: int
    path: str
    sha256: str | None
    kind: EditKind
    author: str
    at: datetime


class DraftRecord(_Record):
    """The draft of a tenant.

    Attributes:
        sha256: Of all its files; a publish names it.
        based_on: Version it was made of or published as last.
        changed: It differs from that version.
    """

    sha256: str
    based_on: int | None
    changed: bool
    files: Sequence[DraftFile]


class ProblemRecord(_Record):
    """What the check had to say."""

    file: str
    line: int
    severity: Severity
    message: str


class VersionRecord(_Record):
    """A version; it is never changed.

    Attributes:
        number: 1, 2, 3, … of its tenant.
        parent: Version its draft was made of.
        files_sha256: Of all its files.
        policy_hash: Policy it was checked by, with what is stricter for the tenant.
        judge: What else judged it: the weights of the head, a language model.
        problems: What the check warned of.
    """

    tenant: str
    number: int
    parent: int | None
    author: str
    message: str
    created_at: datetime
    files_sha256: str
    policy_hash: str
    judge: str
    problems: Sequence[ProblemRecord]


class LabelMove(_Record):
    """That a label named a version from then on."""

    position: int
    label: Label
    number: int
    author: str
    message: str
    at: datetime


class ApprovalRecord(_Record):
    """That somebody stands for a sentence the screen asks about.

    Attributes:
        sentence_sha256: Of the sentence, as the check tells it.
        category: What it was found to be.
        author: Who wrote it.
        approver: Who has read it; somebody else.
        origin: Whether that was here.
        recorded_by: Who did what brought it here.
    """

    position: int = 0
    sentence_sha256: str
    category: str
    author: str
    approver: str
    reason: str
    origin: ApprovalOrigin
    recorded_by: str
    at: datetime
