"""Turn taking as clock-free state machines: they are told what happened and when.

Each answers two questions: when must it be looked at again (`deadline_s`), and what is due now.
Times are seconds on any one clock.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

FAULTS_BEFORE_GOODBYE = 2
"""A caller asked twice in a row to say it again is not asked a third time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicy:
    """How long the caller's silence must last before his turn is over.

    Attributes:
        sure_ms: When the end-of-turn model thinks the sentence is complete. Below about 300 ms
            one pause in ten inside a turn is taken for its end (docs/decisions/0011).
        unsure_ms: When it thinks that more is coming.
        unheard_ms: When no transcript arrives: a cough, or a recogniser that fails.
    """

    sure_ms: int = 450
    unsure_ms: int = 1100
    unheard_ms: int = 2500


class Endpointer:
    """Decides when the caller's turn is over."""

    def __init__(self, policy: EndpointPolicy) -> None:
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """Forgets the turn."""
        self._silent_since_s: float | None = None
        self._complete: bool | None = None
        self._heard = False

    def speech_started(self) -> None:
        """The caller speaks, again or for the first time; what was concluded no longer holds."""
        self._silent_since_s = None
        self._complete = None
        self._heard = False

    def speech_stopped(self, at_s: float) -> None:
        """The caller's last sound was at `at_s`."""
        self._silent_since_s = at_s

    def judged(self, *, complete: bool) -> None:
        """The end-of-turn model has spoken about the silence that runs."""
        self._complete = complete

    def heard(self) -> None:
        """A final transcript of the speech before the silence is there."""
        self._heard = True

    @property
    def deadline_s(self) -> float | None:
        """When the turn is over if nothing else happens; None while it cannot be."""
        if self._silent_since_s is None:
            return None
        if not self._heard:
            wait_ms = self._policy.unheard_ms
        elif self._complete:
            wait_ms = self._policy.sure_ms
        else:
            wait_ms = self._policy.unsure_ms
        return self._silent_since_s + wait_ms / 1000


class SilenceStep(StrEnum):
    """What is said to a caller who says nothing, one after the other."""

    REASK = "silence_reask"
    SIMPLIFY = "silence_simplify"
    OFFER_PERSON = "silence_offer_person"
    GOODBYE = "silence_goodbye"


class SilenceLadder:
    """Counts the steps down to a goodbye while the caller says nothing."""

    def __init__(self, step_ms: int) -> None:
        self._step_s = step_ms / 1000
        self._taken = 0
        self._since_s: float | None = None

    def waits(self, at_s: float) -> None:
        """The assistant has finished: it is the caller's turn from `at_s` on."""
        self._since_s = at_s

    def pauses(self) -> None:
        """Somebody speaks or works: silence is not the caller's."""
        self._since_s = None

    def answered(self) -> None:
        """The caller said something that was understood as words: start again at the top."""
        self._taken = 0

    @property
    def deadline_s(self) -> float | None:
        """When the next step is due; None while silence is not the caller's."""
        return None if self._since_s is None else self._since_s + self._step_s

    def due(self, at_s: float) -> SilenceStep | None:
        """Takes and returns the step that is due at `at_s`, if one is."""
        deadline_s = self.deadline_s
        if deadline_s is None or at_s < deadline_s:
            return None
        steps = tuple(SilenceStep)
        step = steps[min(self._taken, len(steps) - 1)]
        self._taken += 1
        self._since_s = None
        return step


class DeadAir:
    """Watches that a caller who waits for an answer is never left in silence.

    Args:
        ceiling_ms: Longest silence allowed.
        patience: Fillers said before the answer is given up.

    Attributes:
        endless: It is never given up: somebody is being fetched, and that takes its time.
        kept: Somebody else keeps the caller company meanwhile.
        line: What is said when it has been silent too long.
    """

    def __init__(self, ceiling_ms: int, patience: int) -> None:
        self._ceiling_s = ceiling_ms / 1000
        self._patience = patience
        self.endless = False
        self.kept = False
        self.line = "filler"
        self._fillers = 0
        self._since_s: float | None = None

    def waits(self, at_s: float) -> None:
        """The caller has finished at `at_s` and waits for an answer."""
        self._fillers = 0
        self._since_s = at_s

    def holds(self, since_s: float | None, *, kept: bool = False, line: str = "filler") -> None:
        """Somebody is being fetched since then, which takes its time; None is not any more."""
        self.line = line
        self.endless = since_s is not None
        self.kept = kept and self.endless
        if since_s is not None and self._since_s is not None:
            since_s = min(since_s, self._since_s)  # he has waited already
        self._since_s = since_s

    def pauses(self) -> None:
        """Something that is no answer is being played: there is no silence until it is over."""
        if self._since_s is not None:
            self._since_s = math.inf

    def filled(self, at_s: float) -> None:
        """It has been played until `at_s`; the answer is still owed."""
        if self._since_s is not None or self.endless:
            self._since_s = at_s

    def answered(self) -> None:
        """The answer is being said, or the caller speaks again."""
        self._since_s = None

    @property
    def deadline_s(self) -> float | None:
        """When something must be said; None while nobody waits."""
        return None if self._since_s is None or self.kept else self._since_s + self._ceiling_s

    @property
    def waiting(self) -> bool:
        """True while an answer is owed."""
        return self.kept or self._since_s is not None

    def due(self, at_s: float) -> str | None:
        """Returns `filler` or, when patience is used up, `give_up`; None while nothing is due."""
        deadline_s = self.deadline_s
        if deadline_s is None or at_s < deadline_s:
            return None
        self._since_s = at_s
        self._fillers += 1
        return "filler" if self.endless or self._fillers <= self._patience else "give_up"


class Faults:
    """Counts the technical problems a caller was told of in a row."""

    def __init__(self) -> None:
        self._count = self._turn = 0

    def again(self, turn: int) -> bool:
        """Counts one more; returns whether he must not be asked to say it again.

        Args:
            turn: How many turns he has had. One that went well ends the row.
        """
        self._count = self._count + 1 if turn - self._turn <= 1 else 1
        self._turn = turn
        return self._count >= FAULTS_BEFORE_GOODBYE
