"""Keeps callers away from an engine that fails; a clock-free state machine.

The circuit breaker of Nygard's "Release It!": closed, open for a while that doubles with every
failure in a row, then half open: one piece of work shows whether the engine is well again.
"""

from enum import StrEnum

FIRST_WAIT_S = 5.0
"""Long enough for a server that restarts, short enough that a hiccup costs few callers."""
LONGEST_WAIT_S = 120.0
"""An engine that is back is found within two minutes."""


class State(StrEnum):
    """Whether work is given to the engine."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Says whether an engine may be given work.

    Args:
        first_wait_s: How long it is left alone after its first failure.
        longest_wait_s: What the doubled wait never exceeds.
    """

    def __init__(
        self, first_wait_s: float = FIRST_WAIT_S, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self.state = State.CLOSED
        self.due_s = 0.0
        """When an open breaker may be tried again."""
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._wait_s = first_wait_s
        self._on_trial = False

    @property
    def admits(self) -> bool:
        """Whether `begin` would succeed now."""
        return self.state is State.CLOSED or (self.state is State.HALF_OPEN and not self._on_trial)

    def begin(self) -> bool:
        """Asks to give the engine work; one piece at a time while it is half open."""
        admitted = self.admits
        self._on_trial = self._on_trial or (admitted and self.state is State.HALF_OPEN)
        return admitted

    def worked(self) -> None:
        """Work was done well. What began before the engine failed proves nothing."""
        if self.state is not State.OPEN:
            self.state = State.CLOSED
            self._wait_s = self._first_wait_s
            self._on_trial = False

    def failed(self, now_s: float) -> None:
        """Work failed. Calls that fail together count once."""
        if self.state is State.OPEN and now_s < self.due_s:
            return
        self.state = State.OPEN
        self.due_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, self._longest_wait_s)
        self._on_trial = False

    def abandoned(self) -> None:
        """Work ended without showing anything: the caller interrupted."""
        self._on_trial = False

    def ripen(self, now_s: float) -> bool:
        """Opens halfway when the wait is over; returns whether it did."""
        if self.state is State.OPEN and now_s >= self.due_s:
            self.state = State.HALF_OPEN
            return True
        return False
