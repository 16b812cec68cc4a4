"""The claims of one language as they are written."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from guardrails.policy.models import Entry, Text, Words


class Deed(StrEnum):
    """Something an assistant may say it has done, does, or will see done."""

    TRANSFERRED = "transferred"
    TRANSFER_ANNOUNCED = "transfer_announced"
    """It is about to happen; the caller waits for it."""
    MESSAGE_TAKEN = "message_taken"
    CALLBACK_PROMISED = "callback_promised"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_CHANGED = "appointment_changed"
    SENT = "sent"
    NOTED = "noted"
    PASSED_ON = "passed_on"
    ORDERED = "ordered"
    CANCELLED = "cancelled"
    PAID = "paid"


class DeedEntry(Entry):
    """How one deed is claimed.

    Attributes:
        say: The truth when it was not done; sentences take turns.
        any: Patterns; one is enough.
        unless: Patterns that excuse it in the same clause.
    """

    say: tuple[Text, ...] = Field(min_length=1)
    any: tuple[Text, ...] = Field(min_length=1)
    unless: tuple[Text, ...] = ()


class ClaimsEntry(Words):
    """The file claims.yaml of a language.

    Attributes:
        classes: Words that the patterns of this file name in angle brackets.
        joins: Words between clauses: what is denied before a "but" may be claimed behind it.
        denied: Patterns that excuse every claim of the same clause: it says it was not done.
        conditional: Patterns that excuse every claim of their own clause and of those after it.
        offered: Patterns that excuse every claim of the sentence: it asks, or offers.
        dials: Patterns that tell the caller to dial an emergency number.
        deeds: By deed; all of them.
    """

    joins: tuple[Text, ...] = ()
    denied: tuple[Text, ...] = ()
    conditional: tuple[Text, ...] = ()
    offered: tuple[Text, ...] = ()
    dials: tuple[Text, ...] = ()
    deeds: Annotated[Mapping[Deed, DeedEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _knows_every_deed(self) -> "ClaimsEntry":
        if missing := set(Deed) - self.deeds.keys():
            raise ValueError(f"deeds lacks {', '.join(sorted(missing))}")
        return self
