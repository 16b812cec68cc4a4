"""Rows of the audit log, before they are written and as they are handed out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite
from secrets import token_hex
from typing import Annotated, Any
from uuid import uuid4

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from guardrails.chain import End, Erasable, Link, linked


class Kind(StrEnum):
    """What a row is about."""

    CALL_STARTED = "call_started"
    CALL_ENDED = "call_ended"
    GUARDED = "guarded"
    DISCLOSURE = "disclosure"
    ESCALATED = "escalated"
    TRANSFER = "transfer"
    """The assistant put the caller through, or tried to."""
    ALARM = "alarm"
    CONSENT = "consent"
    ENGINE_CHANGED = "engine_changed"
    SYNTHETIC_AUDIO = "synthetic_audio"
    """Synthesised speech was stored or exported."""
    OVERRIDE = "override"
    """A refused or doubtful text of the configuration is in force by approval."""
    TEXTS_ERASED = "texts_erased"
    PRUNED = "pruned"
    """Rows past their retention were deleted."""
    SPILL_TAKEN_IN = "spill_taken_in"
    """Rows that could not be written when they arose follow this one."""
    ADMIN = "admin"
    """Somebody signed in, failed to, or changed something; `action` says what."""
    LOOKED_AT = "looked_at"
    """Somebody looked at what a caller said."""


_SALT_BYTES = 16


def _storable(text: str) -> str:
    """Returns `text` without what no database takes: halves of surrogate pairs, and NUL."""
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    )


def _finite(number: float) -> float:
    return number if isfinite(number) else 0.0


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _plain(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns `details` as they come back from a database: JSON and nothing else."""
    written = _storable(json.dumps(details, default=str, ensure_ascii=False))
    return json.loads(written, parse_constant=lambda _: None)


Storable = Annotated[str, AfterValidator(_storable)]


class Facts(BaseModel):
    """What a row says, without the texts it is about.

    Attributes:
        uid: Of the entry; one that is written already is not written again.
        at: When it happened.
        call_id: "" outside calls.
        turn: Index of the caller's turn; -1 before the first and outside turns.
        score: How sure the detector was.
        details: What else there is to know; holds nothing a caller said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    uid: str = Field(default_factory=lambda: uuid4().hex)
    at: Annotated[AwareDatetime, AfterValidator(_utc)]
    kind: Kind
    call_id: Storable = ""
    turn: int = -1
    stage: Storable = ""
    verdict: Storable = ""
    category: Storable = ""
    rule: Storable = ""
    detector: Storable = ""
    score: Annotated[float, AfterValidator(_finite)] = 0.0
    language: Storable = ""
    law: Storable = ""
    policy_hash: Storable = ""
    latency_us: int = 0
    action: Storable = ""
    details: Annotated[Mapping[str, Any], AfterValidator(_plain)] = Field(
        default_factory=dict[str, Any]
    )


_FACTS = set(Facts.model_fields)


class AuditEntry(Facts):
    """What is to be written; its place in the chain is found when it is.

    Attributes:
        text: What was judged, redacted; it is erased before the row is.
        history: The turns that were judged with it, redacted; erased with it.
    """

    text: Storable | None = None
    history: tuple[Storable, ...] = ()


class AuditRecord(Facts):
    """A row as it stands in the chain.

    Attributes:
        seq: Its number, counted per tenant without gaps.
        text: None when there never was one or it was erased.
        text_sha256: Salted hash of text and history; "" when there never were any.
        text_salt: None once the texts are erased.
        prev_hash: Hash of the row before.
        hash: Of this row.
    """

    tenant: str
    seq: int
    text: str | None
    history: tuple[str, ...] | None
    text_sha256: str
    text_salt: str | None
    prev_hash: str
    hash: str

    @property
    def erased(self) -> bool:
        """True when there was a text."""
        return bool(self.text_sha256) and self.text_salt is None

    def link(self) -> Link:
        """Returns the row as the chain sees it."""
        texts = None
        if self.text_salt is not None:
            texts = Erasable(salt=self.text_salt, text=self.text or "", history=self.history or ())
        return Link(
            seq=self.seq,
            content=_content(self, self.tenant, self.seq, self.text_sha256),
            previous=self.prev_hash,
            digest=self.hash,
            text_digest=self.text_sha256,
            texts=texts,
        )


def chained(entry: AuditEntry, tenant: str, last: End) -> AuditRecord:
    """Returns `entry` as the row that follows the row `last`."""
    texts = None
    if entry.text is not None:
        texts = Erasable(salt=token_hex(_SALT_BYTES), text=entry.text, history=entry.history)
    seq, digest = last.seq + 1, texts.digest if texts else ""
    return AuditRecord(
        **entry.model_dump(include=_FACTS),
        tenant=tenant,
        seq=seq,
        text=entry.text,
        history=entry.history if texts else None,
        text_sha256=digest,
        text_salt=texts.salt if texts else None,
        prev_hash=last.digest,
        hash=linked(last.digest, _content(entry, tenant, seq, digest)),
    )


def _content(facts: Facts, tenant: str, seq: int, text_sha256: str) -> Mapping[str, Any]:
    """Returns what the hash of a row covers."""
    placed = {"tenant": tenant, "seq": seq, "text_sha256": text_sha256}
    return facts.model_dump(mode="json", include=_FACTS) | placed
