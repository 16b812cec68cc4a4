"""What the assistant knows: topics with the ways callers ask about them and what it answers."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.people import Identifier
from knowledge.wording import Wording

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Escalation = Literal["never", "offer", "always"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wordings(_Model):
    """A topic in one language.

    Attributes:
        questions: Ways callers ask about it.
        answer: What is said: one or two short sentences, numbers as they are spoken.
        keywords: Words that point to it even alone: "parking".
    """

    questions: Annotated[tuple[str, ...], Field(min_length=1)]
    answer: Annotated[str, Field(min_length=1, max_length=600)]
    keywords: tuple[str, ...] = ()


class Topic(_Model):
    """Something callers ask about.

    Attributes:
        id: Short name, unique among topics.
        title: Its name for people who read reports.
        languages: Questions and answer per language.
        escalate: Whether a person is offered with the answer, or always asked to take over.
        department: Who takes over; without one the tenant's escalation department.
        valid_from: First day on which the answer holds.
        valid_until: Last day on which the answer holds.
    """

    id: Identifier
    title: Wording
    languages: Annotated[Mapping[Language, Wordings], Field(min_length=1)]
    escalate: Escalation = "never"
    department: Identifier | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError(f"valid until {self.valid_until}, before {self.valid_from}")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the answer may be given on `day`."""
        after_start = self.valid_from is None or self.valid_from <= day
        return after_start and (self.valid_until is None or day <= self.valid_until)
