"""What a detector says about a text."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a text is judged."""

    INTERIM = "interim"
    """Words of a caller who still speaks; looked at for emergencies alone."""
    TURN = "turn"
    """What a caller has said."""
    OUTPUT = "output"
    """A clause the assistant is about to say."""
    CONFIG = "config"
    """What an admin has written."""
    TOOL = "tool"
    """What a tool is about to do."""


class Action(StrEnum):
    """What is to be done about a text, from nothing to everything."""

    PASS = "pass"
    LOG = "log"
    """Let through and remembered."""
    ASK = "ask"
    """A second person has to approve it; at configuration time only."""
    HANDOFF = "handoff"
    """A person takes over."""
    REFUSE = "refuse"
    EMERGENCY = "emergency"

    @property
    def severity(self) -> int:
        """Returns its place in the order above; the severest verdict counts."""
        return list(Action).index(self)


class Detector(StrEnum):
    """What came to the verdict."""

    RULES = "rules"
    HEAD = "head"
    JUDGE = "judge"
    STATE = "state"
    """Not the text but what was before it: an emergency that goes on, a count that is full."""
    FAULT = "fault"
    """A detector failed; the call goes to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one text.

    Attributes:
        action: What is to be done.
        stage: Where it was judged.
        category: Of the policy; "" when nothing was found.
        rule: The rule that fired, such as `employment.en.rank-applicants`; "" for other detectors.
        detector: What came to it; None when nothing was found.
        score: 1 for rules, the head's likelihood otherwise; of what came nearest when it passed.
        law: The provision behind the category.
        language: ISO 639-1 language whose rules were used.
        excerpt: The words that were found, normalised.
        latency_us: Time it took.
    """

    action: Action = Action.PASS
    stage: Stage
    category: str = ""
    rule: str = ""
    detector: Detector | None = None
    score: float = 0.0
    law: str = ""
    language: str = ""
    excerpt: str = ""
    latency_us: int = 0

    @property
    def passes(self) -> bool:
        """True when the text may go its way."""
        return self.action in (Action.PASS, Action.LOG)


def worst(*verdicts: Verdict) -> Verdict:
    """Returns the severest of `verdicts`; of equals the one with the highest score."""
    return max(verdicts, key=lambda verdict: (verdict.action.severity, verdict.score))
