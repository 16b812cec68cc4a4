"""What an examination of this machine finds; each fault with its fix."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from providers.errors import ProviderError
from receptionist.errors import ReceptionistError


class Level(StrEnum):
    """How a finding bears on the calls this machine is set up for."""

    OK = "ok"
    OPTIONAL = "optional"
    """Not there, and not needed."""
    WARNING = "warning"
    FAULT = "fault"
    """Calls cannot be answered as set up until it is mended."""


class Finding(BaseModel):
    """One line of the report.

    Attributes:
        area: `call` (what the tenant's calls use), `engine`, `service` (a remote one pipecat
            ships), `model`, `storage`, `network` or `program`.
        name: What was looked at.
        level: How it bears on calls.
        detail: What was found.
        fix: What to do, or "".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    area: str
    name: str
    level: Level
    detail: str
    fix: str = ""


class Report(BaseModel):
    """All findings; `ok` when calls can be answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ok: bool
    findings: tuple[Finding, ...]


def refused(area: str, name: str, level: Level, error: Exception) -> Finding:
    """Returns the finding for an error, its fix apart from what it says when it has one."""
    if isinstance(error, ProviderError):
        detail = str(error).removesuffix(error.fix).removeprefix(f"{error.provider}: ").strip()
        return Finding(area=area, name=name, level=level, detail=detail, fix=error.fix)
    detail = str(error) if isinstance(error, ReceptionistError) else repr(error)
    return Finding(area=area, name=name, level=level, detail=detail)
