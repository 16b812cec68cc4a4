"""What happens while a caller is put through, for the records of his call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded:
    """A telephone was rung for the caller.

    Attributes:
        at_s: When that ended.
        target: Id of the person or department the caller was to reach.
        rung: Id of whose telephone it was: `target`, or somebody in its group.
        mode: `blind`, `warm`, or `refer` where the caller's own exchange put him through.
        outcome: How it ended.
        reason: Why: what a colleague said who did not take the call, or why nobody was rung.
        ring_s: How long it took.
    """

    at_s: float
    target: str
    rung: str
    mode: str
    outcome: str
    reason: str
    ring_s: float
