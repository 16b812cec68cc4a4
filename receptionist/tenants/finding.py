"""What an examination of a tenant finds, before it is known in which file that stands."""

from dataclasses import dataclass
from enum import StrEnum

Location = tuple[str | int, ...]


class Severity(StrEnum):
    """Whether a tenant can be used as it is."""

    ERROR = "error"
    APPROVAL = "approval"
    """It can be used once a second person has approved it."""
    WARNING = "warning"
    """It can be used, but callers will notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong: what, where, and the other place it does not agree with."""

    location: Location
    message: str
    other: Location | None = None
    severity: Severity = Severity.ERROR
