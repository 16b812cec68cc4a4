"""Answers a question from the tenant's topics."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from knowledge.topic_index import Match
from receptionist.tools.contract import Arguments, Tool, ToolContext


class SearchOutcome(StrEnum):
    """How a search ended."""

    ANSWERED = "answered"
    UNKNOWN = "unknown"


class SearchArguments(Arguments):
    """What to look for."""

    question: str = Field(description="The caller's question, in the caller's own words.")
    after: str = Field(
        default="",
        description="Topic of the answer before, when the question may ask on about it.",
    )


class SearchKnowledge(Tool):
    """Looks a question up among the topics."""

    name: ClassVar[str] = "search_knowledge"
    description: ClassVar[str] = (
        "Looks up what the company has to say about a question. Use it for every question about "
        "the company except opening hours, and say the `spoken` answer as it is. On `unknown`, "
        "say that you do not know and offer a person or a message; never invent an answer."
    )
    arguments: ClassVar[type[Arguments]] = SearchArguments

    async def run(self, arguments: SearchArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns the answer, or what comes near."""
        found = context.snapshot.topics.search(
            arguments.question, context.language, today=context.now().date()
        )
        alternatives = [_shown(match) for match in found.alternatives]
        if found.best is None:
            return {
                "outcome": SearchOutcome.UNKNOWN,
                "score": found.score,
                "alternatives": alternatives,
            }
        topic = found.best.topic
        return {
            "outcome": SearchOutcome.ANSWERED,
            "topic": topic.id,
            "spoken": topic.languages[context.language].answer,
            "score": found.score,
            "escalate": topic.escalate,
            "department": topic.department or context.snapshot.escalation.id,
            "alternatives": alternatives,
        }


def _shown(match: Match) -> Mapping[str, Any]:
    return {"topic": match.topic.id, "score": match.score}
