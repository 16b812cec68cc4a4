"""A person or department as the tools know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or department as the tools know it."""

    identifier: str
    name: str
    kind: str = "person"
    department: str = ""
    title: str = ""
    place: str = ""
