"""How callers are put through, as a tenant writes it in `phone.yaml`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.people import Identifier

Mode = Literal["blind", "warm", "attended"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RingGroup(_Model):
    """Who is rung in place of a department or person.

    Attributes:
        members: Ids of people and departments, in order.
        order: `sequential` rings one after the other, `simultaneous` all at once.
    """

    members: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=20)]
    order: Literal["sequential", "simultaneous"] = "sequential"


class TransferConfig(_Model):
    """How callers are put through.

    Attributes:
        mode: `blind` connects as soon as somebody answers. `warm` first tells him who calls and
            why, and he takes the call or turns it down. `attended` is warm, and then the caller's
            own exchange takes our place, where it can.
        modes: The mode for single departments and people, by id.
        ring_s: How long one telephone rings.
        accept_s: How long somebody who has heard who calls may think; then he has turned it down.
        groups: Who is rung instead, by id of the department or person.
        next: Who is rung when nobody there takes the call, by id, in order.
        languages: Language people are told in who calls, by id; else the tenant's first.
        per_call: Telephones rung on one call.
        per_hour: Telephones rung on all calls of an hour.
        countries: ISO 3166-1 codes of the countries that may be rung; without any, the tenant's.
    """

    mode: Mode = "blind"
    modes: Mapping[Identifier, Mode] = Field(default_factory=dict[str, Mode])
    ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    accept_s: Annotated[int, Field(ge=3, le=30)] = 8
    groups: Mapping[Identifier, RingGroup] = Field(default_factory=dict[str, RingGroup])
    next: Mapping[Identifier, tuple[Identifier, ...]] = Field(
        default_factory=dict[str, tuple[str, ...]]
    )
    languages: Mapping[Identifier, Annotated[str, Field(pattern=r"^[a-z]{2}$")]] = Field(
        default_factory=dict[str, str]
    )
    per_call: Annotated[int, Field(ge=1, le=50)] = 8
    per_hour: Annotated[int, Field(ge=1, le=10_000)] = 240
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
