"""What calls need of the guardrails, and the guardrails of calls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from guardrails.verdict import Verdict
from receptionist.calls.plan import CallPlan
from receptionist.guard.alarms import Alarm, logged
from receptionist.guard.limits import Limits
from receptionist.tools.registry import ToolRunner

Weigh = Callable[[str, str, Sequence[str]], Awaitable[Verdict]]
"""Judges a turn by its meaning, off the loop: text, language, the turns before it."""
Redact = Callable[[str], str]
"""Returns a text without what must not be kept, such as card numbers."""


class Judge(Protocol):
    """Judges texts; one for all calls of a process."""

    @property
    def policy_hash(self) -> str:
        """Identifies the policy in force."""
        ...

    def interim(self, text: str, language: str) -> Verdict:
        """Looks for emergencies in what a caller is saying; under a millisecond."""
        ...

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        """Judges what a caller has said; under a millisecond."""
        ...

    def output(self, clause: str, language: str) -> Verdict:
        """Judges a clause that is about to be said."""
        ...

    def notes(self, text: str, language: str) -> frozenset[str]:
        """Returns every category whose rules fire on a turn."""
        ...

    def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
        """Returns what the product says about a category."""
        ...


class Claims(Protocol):
    """Compares what the assistant says it has done with what was done on this call."""

    def check(self, clause: str, language: str) -> str | None:
        """Returns the truth to say instead of `clause`; None when it may be said."""
        ...

    def broken(self) -> bool:
        """Returns whether something promised aloud could not be done; asked after each reply."""
        ...

    def without_transfer(self, text: str, language: str) -> str:
        """Returns `text` without the sentences that say that the caller is put through."""
        ...


class NoClaims:
    """Believes every claim.

    Args:
        tools: What was done.
    """

    def __init__(self, tools: ToolRunner) -> None:
        del tools

    def check(self, clause: str, language: str) -> str | None:
        """Returns None."""
        del clause, language
        return None

    def broken(self) -> bool:
        """Returns False."""
        return False

    def without_transfer(self, text: str, language: str) -> str:
        """Returns `text`."""
        del language
        return text


def judge_alone(judge: Judge, plan: CallPlan) -> Judge:
    """Returns `judge`, who knows nothing of the call."""
    del plan
    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guardrails of a process, for the calls of one tenant.

    Attributes:
        judge: Judges texts.
        weigh: Judges turns by their meaning.
        objects: Says what a language model objects to a turn that passed, late or never; None asks
            none.
        escalates: Categories whose refusal is followed by a person.
        values: What the product's sentences name: `company`, `number`, `hotline`.
        window_turns: Turns of the caller that are judged together.
        redact: Applied to whatever is judged or kept.
        failing: Tells whether something is lost without which no call may go on, such as the
            proof of what is judged on it; callers go to people as long as it is.
        claims: Makes what compares the claims of one call with what its tools have done.
        own_words: Adds to a judge what only one call knows, such as its instructions.
        alarm: Tells a supervisor, and returns at once.
        limits: How often tools may run.
    """

    judge: Judge
    weigh: Weigh
    escalates: frozenset[str]
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    window_turns: int = 3
    redact: Redact = str
    failing: Callable[[], bool] = lambda: False
    claims: Callable[[ToolRunner], Claims] = NoClaims
    own_words: Callable[[Judge, CallPlan], Judge] = judge_alone
    alarm: Callable[[Alarm], None] = logged
    limits: Limits = field(default_factory=Limits)
    objects: Weigh | None = None


class Escalation(Protocol):
    """What the product does itself when the brain must not."""

    async def refuse(self, verdict: Verdict) -> None:
        """Stops the reply and says the policy's sentence; a person follows where it wants one."""
        ...

    async def hand_off(self, reason: str, *, told: bool = False) -> None:
        """Fetches a person.

        Args:
            reason: Category or count that asks for it.
            told: The caller has been told so.
        """
        ...

    async def emergency(self, category: str) -> None:
        """Says what nothing cuts off, and fetches a person until one is on the line.

        Asked again meanwhile, it says how that stands.

        Args:
            category: Danger, or a caller who thinks of ending his life.
        """
        ...


class Floor(Protocol):
    """How the product itself speaks on a call, spoken or written."""

    async def interrupt(self) -> None:
        """Stops what is being said and the brain with it."""
        ...

    async def say(self, text: str, *, must_finish: bool = False) -> None:
        """Says `text` and returns when it has been heard; nothing cuts off what `must_finish`."""
        ...

    async def go_on(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Writes `messages` into the context and lets the brain answer."""
        ...

    async def offer_keys(
        self, result: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Offers the keys of his telephone to a caller who is not understood.

        Args:
            result: How fetching a person for him has ended; he is told.
            messages: What the context is to say of it.

        Returns:
            Whether that helps: then `messages` are in the context, and the brain does not answer.
        """
        ...

    async def fault(self) -> None:
        """Admits a technical problem; the second one in a row ends the call."""
        ...

    def hold(self, *, waiting: bool, kept: bool = False) -> None:
        """A person is being fetched, or not any more: the caller is not left in silence.

        Args:
            waiting: One is.
            kept: Whoever fetches keeps the caller company himself.
        """
        ...

    async def passes(self, seconds: float) -> bool:
        """Lets time pass; returns False at once where a call has none."""
        ...

    def over(self) -> None:
        """What was said last were the last words: a person has taken the call."""
        ...
