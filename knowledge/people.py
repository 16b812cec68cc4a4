"""Who can be reached: people and departments, as the tenant writes them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from knowledge.hours import WeekHours
from knowledge.wording import Phrases, Wording

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Department(_Model):
    """A part of the company a caller can be put through to.

    Attributes:
        id: Short name, unique among departments and contacts.
        names: What it is called, per language: "accounting".
        aliases: What callers also call it: "accounts", "the billing people".
        services: What it is for, in callers' words: "invoices", "a quote".
        hours: Its own week; without one the tenant's hours apply.
        extension: Number that rings it; never spoken and never shown to a model.
    """

    id: Identifier
    names: Wording
    aliases: Phrases = Field(default_factory=dict[str, tuple[str, ...]])
    services: Phrases = Field(default_factory=dict[str, tuple[str, ...]])
    hours: WeekHours | None = None
    extension: str | None = None


class Contact(_Model):
    """A person a caller can be put through to.

    Attributes:
        id: Short name, unique among departments and contacts.
        name: Full name, given name first.
        aliases: Other full names: a maiden name, another spelling.
        nicknames: Names used instead of the given name: "Bill".
        title: What the person does: "head of sales".
        department: Id of the department.
        place: Where the person works: "second floor".
        hours: The person's own week; without one those of the department apply.
        extension: Number that rings the person; never spoken and never shown to a model.
    """

    id: Identifier
    name: Annotated[str, Field(min_length=1, max_length=120)]
    aliases: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    title: Wording = Field(default_factory=dict[str, str])
    department: Identifier
    place: Wording = Field(default_factory=dict[str, str])
    hours: WeekHours | None = None
    extension: str | None = None
