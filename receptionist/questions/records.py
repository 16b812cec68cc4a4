"""Unanswered questions as they are handed out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class GroupState(StrEnum):
    """What became of a group of questions."""

    OPEN = "open"
    ANSWERED = "answered"
    """A topic answers it; asked again without an answer, it is open again."""
    DISMISSED = "dismissed"
    """It stays unanswered on purpose."""


class QuestionGroup(BaseModel):
    """Questions that ask the same.

    Attributes:
        id: What commands name it by.
        count: How often it was asked.
        examples: In the callers' words, the latest first, without telephone numbers.
        nearest_topic: The topic that came nearest most often, if any did.
        last_asked: When it was last asked.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    language: str
    state: GroupState
    count: int
    examples: tuple[str, ...]
    nearest_topic: str | None
    last_asked: datetime
