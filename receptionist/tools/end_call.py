"""Ends the call."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from receptionist.tools.contract import Arguments, Tool, ToolContext


class EndOutcome(StrEnum):
    """How it ended."""

    ENDING = "ending"


class EndArguments(Arguments):
    """Why the call is over."""

    reason: str = Field(default="", description="Why, in a few words.")


class EndCall(Tool):
    """Hangs up once everything that is said has been heard."""

    name: ClassVar[str] = "end_call"
    description: ClassVar[str] = (
        "Hangs up after what you are saying. Use it only when the caller has said goodbye or "
        "needs nothing more."
    )
    arguments: ClassVar[type[Arguments]] = EndArguments

    async def run(self, arguments: EndArguments, context: ToolContext) -> Mapping[str, Any]:
        """Marks the call as ending."""
        del arguments
        context.ending = True
        return {"outcome": EndOutcome.ENDING}
