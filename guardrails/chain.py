"""A chain of hashes: rows that were written one after another and cannot be altered unnoticed.

The hash of a row covers the row before it, so a row that is changed, taken out, put in or moved
breaks the chain at its place. Texts enter by a salted hash of their own and may be erased later.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from guardrails.policy.loader import canonical

GENESIS = "0" * 64
"""What the first row follows."""


class Fault(StrEnum):
    """What is wrong at one place of a chain."""

    CHANGED = "changed"
    """The row is not what was hashed."""
    MISSING = "missing"
    """Rows before this one are gone."""
    TWICE = "twice"
    """The number was given before."""
    BROKEN = "broken"
    """The row does not follow the one before it."""
    TEXT_CHANGED = "text_changed"
    TEXT_MISSING = "text_missing"
    """The text is gone, and nothing says that it was erased."""
    TAIL_MISSING = "tail_missing"
    """Rows at the end are gone, or the end is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place at which a chain does not hold.

    Attributes:
        seq: Number of the row.
        fault: What is wrong with it.
        says: The same for people.
    """

    seq: int
    fault: Fault
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasable:
    """Texts of a row that may be erased, with the salt that goes with them.

    Without the salt the hash tells nothing about a text, however short: nobody can try out what
    it might have been.
    """

    salt: str
    text: str
    history: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """Returns the hash that stays in the chain."""
        content = [self.salt, self.text, list(self.history)]
        return hashlib.sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A row as the chain sees it.

    Attributes:
        seq: Counts up by one.
        content: All that is hashed, `seq` included.
        previous: Hash of the row before.
        digest: Hash of this one.
        text_digest: Of its texts; "" when it never had any.
        texts: None when there are none or they were erased.
    """

    seq: int
    content: Mapping[str, Any]
    previous: str
    digest: str
    text_digest: str = ""
    texts: Erasable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The last row of a chain: its number and its hash; 0 and GENESIS when there is none."""

    seq: int = 0
    digest: str = GENESIS


def linked(previous: str, content: Mapping[str, Any]) -> str:
    """Returns the hash of a row that follows `previous`."""
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode()).hexdigest()


class ChainCheck:
    """Walks along a chain and tells every place at which it does not hold.

    Args:
        start: What the first row has to follow: nothing, or the last row that was pruned.
        erased_through: Number of the last row whose texts may have been erased.

    Attributes:
        last: The row that was looked at last.
    """

    def __init__(self, start: End, erased_through: int = 0) -> None:
        self.last = start
        self._erased_through = erased_through

    def row(self, link: Link) -> Sequence[Break]:
        """Returns what is wrong with the next row."""
        found = [*_order(link, self.last)]
        if linked(link.previous, link.content) != link.digest:
            found.append(_break(link.seq, Fault.CHANGED, "is not what was written"))
        found += _texts(link, self._erased_through)
        self.last = End(seq=link.seq, digest=link.digest)
        return found

    def unreadable(self, seq: int) -> Sequence[Break]:
        """Returns what is wrong with the next row, of which nothing but its number is left."""
        self.last = End(seq=seq)
        return (_break(seq, Fault.CHANGED, "cannot be read"),)

    def end(self, known: End) -> Sequence[Break]:
        """Returns what is wrong with the end, which is known to be `known`."""
        last = self.last
        if known == last:
            return ()
        says = f"the chain ends with row {last.seq}, and ended with row {known.seq}"
        if known.seq == last.seq:
            says = f"row {last.seq} is not the one the chain ended with"
        return (Break(seq=max(last.seq, known.seq), fault=Fault.TAIL_MISSING, says=says),)


def _order(link: Link, last: End) -> Iterator[Break]:
    if link.seq > last.seq + 1:
        gone = f"rows {last.seq + 1} to {link.seq - 1} are gone"
        yield Break(seq=last.seq + 1, fault=Fault.MISSING, says=gone)
    elif link.seq <= last.seq:
        yield _break(link.seq, Fault.TWICE, f"stands behind row {last.seq}")
    elif link.previous != last.digest:
        yield _break(link.seq, Fault.BROKEN, "does not follow the row before it")


def _texts(link: Link, erased_through: int) -> Iterator[Break]:
    if link.texts is not None:
        if link.texts.digest != link.text_digest:
            yield _break(link.seq, Fault.TEXT_CHANGED, "has another text than was written")
    elif link.text_digest and link.seq > erased_through:
        says = "has lost its text, and no row says that it was erased"
        yield _break(link.seq, Fault.TEXT_MISSING, says)


def _break(seq: int, fault: Fault, says: str) -> Break:
    return Break(seq=seq, fault=fault, says=f"row {seq} {says}")
