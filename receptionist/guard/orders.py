"""Who has a call, and what its gates demand of the product."""

from dataclasses import dataclass
from enum import StrEnum

from guardrails.verdict import Action, Detector, Stage, Verdict

EMERGENCY = "emergency"
SELF_HARM = "self_harm"


class Standing(StrEnum):
    """Who has the call."""

    BRAIN = "brain"
    PRODUCT = "product"
    """A person is being fetched; the brain is not asked."""
    EMERGENCY = "emergency"
    """Somebody may be in danger, or think of ending his life: until a person is on the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something the product must do itself.

    Attributes:
        verdict: Why; its action says what.
        reason: The category or count behind it.
        told: The caller has been told already.
        urgent: It waits for nothing, and lasts until a person is on the line.
    """

    verdict: Verdict
    reason: str
    told: bool = False
    urgent: bool = False


def is_urgent(verdict: Verdict) -> bool:
    """Returns whether somebody may be in danger, or think of ending his life."""
    return verdict.action is Action.EMERGENCY or (
        verdict.category == SELF_HARM and not verdict.passes
    )


def of_state(action: Action, category: str) -> Verdict:
    """Returns a verdict that comes of where the call stands and not of a text."""
    return Verdict(
        action=action, stage=Stage.TURN, category=category, detector=Detector.STATE, score=1.0
    )
