"""What an admin writes in `guard.yaml`: who is responsible, what is stricter, what is approved."""

import hashlib
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guardrails.policy.tightening import Tightening

_Person = Annotated[str, Field(min_length=2, max_length=120)]
_Short = Annotated[str, Field(min_length=3, max_length=300)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(_Model):
    """Somebody with duties under the AI Act.

    Attributes:
        name: The legal name.
        contact: Where people reach them: an address, a number, a mailbox.
    """

    name: Annotated[str, Field(min_length=2, max_length=200)]
    contact: _Short


class Approval(_Model):
    """A sentence people stand for although the screen would not let it pass.

    Attributes:
        sentence: The sentence as it is written; or give its hash alone.
        sentence_sha256: As `receptionist check --json` tells it.
        category: What it was found to be.
        author: Who wrote the sentence.
        approver: Who has read it; somebody else.
        second_approver: A third person; needed for what is refused.
        addendum: Id of the signed addendum to the terms; needed for what is refused.
        date: Of the approval.
        reason: Why the sentence is right, for whoever reads the audit log.
    """

    sentence: Annotated[str, Field(max_length=5000)] = ""
    sentence_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    category: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    author: _Person
    approver: _Person
    second_approver: Annotated[str, Field(max_length=120)] = ""
    addendum: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]{1,11}(-[A-Z0-9]{1,12}){1,4})?$")] = ""
    date: date
    reason: _Short

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not (self.sentence.strip() or self.sentence_sha256):
            raise ValueError("give the sentence, or its sentence_sha256")
        if self.sentence_sha256 and self.sentence and self.sha256 != hash_of(self.sentence):
            raise ValueError("sentence_sha256 is not the hash of the sentence; leave one out")
        people = [self.author, self.approver, self.second_approver]
        named = [" ".join(name.casefold().split()) for name in people if name.strip()]
        if len(set(named)) < len(named):
            raise ValueError("author, approver and second_approver must be different people")
        return self

    @property
    def sha256(self) -> str:
        """Returns the hash of the sentence it is about."""
        return self.sentence_sha256 or hash_of(self.sentence)

    @property
    def lacks(self) -> tuple[str, ...]:
        """Returns the keys that a refused sentence needs and that are empty."""
        needed = {"addendum": self.addendum, "second_approver": self.second_approver.strip()}
        return tuple(key for key, value in needed.items() if not value)


class GuardConfig(_Model):
    """Who is responsible for a tenant, and how its policy differs from the product's.

    Attributes:
        provider: Who places the assistant on the market (AI Act, Art. 3(3)).
        deployer: Who uses it for calls (AI Act, Art. 3(4)).
        tighten: What is stricter than in the policy; nothing can be looser.
        approvals: Sentences that are in force by approval.
    """

    provider: Party
    deployer: Party
    tighten: Tightening = Tightening()
    approvals: Annotated[tuple[Approval, ...], Field(max_length=500)] = ()


def hash_of(sentence: str) -> str:
    """Returns the SHA-256 of a sentence; how its words are spaced does not matter."""
    return hashlib.sha256(" ".join(sentence.split()).encode()).hexdigest()
