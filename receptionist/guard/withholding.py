"""Attempts to turn the brain against its instructions: once refused, it never reads them again.

What stands in its context is read anew with every turn of the call, long after it was refused
(OWASP LLM01, prompt injection). The proof of what was said is kept elsewhere.
"""

from collections.abc import Callable, MutableMapping
from typing import Any

from guardrails.verdict import Verdict

ATTACKS = frozenset({"injection", "leak"})
WITHHELD = "[the caller asked for something this line does not do]"
"""Says nothing of the attempt, so that the brain has nothing to argue with."""

Forget = Callable[[], object]
"""Takes a turn out of what the brain reads."""


def withhold(message: MutableMapping[str, Any]) -> None:
    """Puts a neutral word in the place of what the caller said in `message`."""
    message["content"] = WITHHELD


def keep() -> None:
    """Leaves a turn where it is."""


def withheld(verdict: Verdict, forget: Forget) -> Verdict:
    """Returns the verdict on a turn, which is forgotten when it was an attack."""
    if not verdict.passes and verdict.category in ATTACKS:
        forget()
    return verdict
