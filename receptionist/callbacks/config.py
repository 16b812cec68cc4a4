"""How callbacks are dialled, as a tenant writes it in `phone.yaml`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.hours import WeekHours


class CallbackDialling(BaseModel):
    """How callbacks that are due are dialled.

    Attributes:
        dial: Whether they are at all; otherwise they are only listed.
        hours: When; without any, in the opening hours. Closures and holidays count in any case.
        first: Who is rung first: the `callee`, who is told who calls and is then put through, or
            the `person` of ours, who is asked and waits.
        tries: How often somebody is dialled who is not reached.
        pause_min: Minutes between two tries.
        ring_s: How long his telephone rings.
        machine: Whether a machine that answers is hung up on, or is left a line without content.
        per_hour: Calls of an hour, to everybody.
        countries: ISO 3166-1 codes of the countries that are dialled; without any, those callers
            may be put through to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dial: bool = False
    hours: WeekHours | None = None
    first: Literal["callee", "person"] = "callee"
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    pause_min: Annotated[int, Field(ge=1, le=1440)] = 30
    ring_s: Annotated[int, Field(ge=10, le=60)] = 25
    machine: Literal["hang_up", "message"] = "hang_up"
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 30
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
