"""Read-back and confirmation: what has consequences is done after the caller's yes.

Asked without `confirmed`, such a tool works out what it would do and returns it as a question.
After the caller's yes the brain asks for the same with `confirmed: true`, and exactly what was read
back is done: a "tomorrow" that was read back before midnight is still that day after it. A brain
that claims a yes to something never read back, or read back in this very turn, gets the question
instead.
"""

import hashlib
import json
import string
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from receptionist.tools.contract import Arguments, ToolContext, ToolSpec

Result = Mapping[str, Any]
CONFIRM = "confirm"
"""Outcome of a read-back: say `spoken`, and ask for the same again after the caller's yes."""


class ConfirmedArguments(Arguments):
    """Base of the arguments of a tool that asks first."""

    confirmed: bool = Field(
        default=False,
        description="Leave it out at first and say the `spoken` question you get. Only when the "
        "caller has said yes to it, call again with the very same arguments and true.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be done.

    Attributes:
        spoken: The read-back; it ends in a question.
        plan: What `carry_out` is given.
        facts: What the result tells a brain beside `spoken`.
        completed: The arguments, when code has filled in what they left open.
    """

    spoken: str
    plan: Any
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    completed: ConfirmedArguments | None = None


class ConfirmedTool(ToolSpec):
    """One thing the assistant does only after the caller has said yes to it."""

    @abstractmethod
    async def propose(self, arguments: Any, context: ToolContext) -> Proposal | Result:
        """Returns what would be done, or a result that says why not; it changes nothing."""

    @abstractmethod
    async def carry_out(self, plan: Any, context: ToolContext) -> Result:
        """Does what was read back. Done twice with one plan, it is done once."""

    def key(self, arguments: Any) -> str:
        """Returns what tells this from other requests; a yes or no to it, and case, do not."""
        given = arguments.model_dump(mode="json", exclude={"confirmed"})
        plain = {name: _plain(value) for name, value in given.items()}
        return f"{self.name} {json.dumps(plain, sort_keys=True, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadBack:
    turn: int
    plan: Any


class Confirmations:
    """What was read back on one call.

    Args:
        context: What the tools know of the call.
        turn: Returns the index of the caller's turn.
    """

    def __init__(self, context: ToolContext, turn: Callable[[], int]) -> None:
        self._context = context
        self._turn = turn
        self._read: dict[str, _ReadBack] = {}

    async def run(self, tool: ConfirmedTool, arguments: ConfirmedArguments) -> Result:
        """Reads `arguments` back, or does what was read back once the caller has agreed."""
        key = tool.key(arguments)
        read = self._read.get(key)
        if arguments.confirmed and read is not None and self._turn() > read.turn:
            return await tool.carry_out(read.plan, self._context)
        proposal = await tool.propose(arguments, self._context)
        if not isinstance(proposal, Proposal):
            return proposal
        known = _ReadBack(turn=self._turn(), plan=proposal.plan)
        self._read[key] = known
        if proposal.completed is not None:
            self._read[tool.key(proposal.completed)] = known
        return {"outcome": CONFIRM, "spoken": proposal.spoken, **proposal.facts}


def digest(key: str) -> str:
    """Returns a short name for what `ToolSpec.key` returned; the same for the same request."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    """Returns a text without what a model changes from one call to the next."""
    if not isinstance(value, str):
        return value
    return " ".join(value.casefold().split()).strip(string.punctuation.replace("+", "") + " ")
