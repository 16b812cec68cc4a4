"""A caller's consent as it is kept and handed out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Consent(StrEnum):
    """How an answer was understood."""

    GIVEN = "given"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    """Neither, or no answer at all; as good as refused."""


class ConsentRecord(BaseModel):
    """What a caller was asked and what he answered.

    Attributes:
        asked: As it was said to him.
        answer: His words, redacted.
        policy_hash: Of the policy in force.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    call_id: str
    tenant: str
    language: str
    asked: str
    answer: str
    consent: Consent
    policy_hash: str
    at: datetime
