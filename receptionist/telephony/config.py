"""Who is answered, and who is not, as a tenant writes it in `phone.yaml`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from receptionist.callbacks.config import CallbackDialling
from receptionist.handoff.config import TransferConfig
from receptionist.menu.config import MenuKey

CallerPattern = Annotated[str, Field(pattern=r"^(?:\+[0-9]{1,15}\*?|[0-9]{2,15})$")]
"""A number, or the beginning of numbers in international form: `+4479*`."""
User = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


class Phone(BaseModel):
    """Who is answered on the telephone.

    Attributes:
        users: Names that are called here, beside the tenant's own: `sip:reception@...`.
        block: Callers who are turned down.
        allow: When there are any, only these callers are answered. A longer pattern beats a
            shorter one, whichever list it is in.
        anonymous: Whether callers are answered who withhold their number.
        unverified: Whether callers are answered whose number was found to be false
            (STIR/SHAKEN).
        busy: Whether a caller for whom there is no line is turned down, which lets his exchange
            try elsewhere, or hears that all lines are busy.
        closed: Whether callers are answered outside the opening hours.
        overflow: Number callers are sent on to when there is no line.
        transfer: How callers are put through.
        callbacks: How callbacks that are due are dialled.
        menu: Key to the id of whom it rings, or `message`, where callers get no further by speech;
            without any, the first departments that may be rung.
        keys_pause_ms: What is typed ends when no key follows for so long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    users: tuple[User, ...] = ()
    block: tuple[CallerPattern, ...] = ()
    allow: tuple[CallerPattern, ...] = ()
    anonymous: Literal["answer", "refuse"] = "answer"
    unverified: Literal["answer", "refuse"] = "answer"
    busy: Literal["reject", "message"] = "reject"
    closed: Literal["answer", "refuse"] = "answer"
    overflow: Annotated[str, Field(pattern=r"^(?:\+?[0-9]{1,15})?$")] = ""
    transfer: TransferConfig = TransferConfig()
    callbacks: CallbackDialling = CallbackDialling()
    menu: Mapping[MenuKey, str] = Field(default_factory=dict[str, str])
    keys_pause_ms: Annotated[int, Field(ge=500, le=5000)] = 1500
