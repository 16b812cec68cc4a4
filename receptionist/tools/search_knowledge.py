"""Answers a question from the tenant's topics and documents."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from knowledge.documents.spoken_extract import spoken_extract
from knowledge.topic_search import Match, PassageMatch, TopicSearch
from knowledge.wording import worded
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.destinations import shown
from receptionist.tools.remote.config import ToolTopic


class SearchOutcome(StrEnum):
    """How a search ended."""

    ANSWERED = "answered"
    OTHER_LANGUAGE = "other_language"
    USE_TOOL = "use_tool"
    UNKNOWN = "unknown"


class SearchArguments(Arguments):
    """What to look for."""

    question: str = Field(description="The caller's question, in the caller's own words.")
    after: str = Field(
        default="",
        description="Topic of the answer before, when the question may ask on about it.",
    )


class SearchKnowledge(Tool):
    """Looks a question up among the topics and in the documents."""

    name: ClassVar[str] = "search_knowledge"
    description: ClassVar[str] = (
        "Looks up what the company has to say about a question. Use it for every question about "
        "the company except opening hours, and say the `spoken` answer as it is. On "
        "`other_language` the answer is known in that `language` only: translate `answer`, adding "
        "nothing, or say that you know it in that language. On `use_tool`, use the tool it names. "
        "On `unknown`, say that you do not "
        "know and offer a person or a message; never invent an answer."
    )
    arguments: ClassVar[type[Arguments]] = SearchArguments
    harmless: ClassVar[bool] = True

    async def run(self, arguments: SearchArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns the answer, where it comes from, or what comes near."""
        found = context.snapshot.topics.search(
            arguments.question,
            context.language,
            today=context.now().date(),
            after=arguments.after,
        )
        if found.best is not None and isinstance(found.best.topic, ToolTopic):
            # What callers say who need one of the tenant's tools is found like a topic.
            result = {"outcome": SearchOutcome.USE_TOOL, "tool": found.best.topic.id}
        elif found.best is not None:
            result = _of_topic(found.best, context)
        elif found.passages:
            result = _of_passage(found, arguments.question, context)
        else:
            result = {"outcome": SearchOutcome.UNKNOWN}
        near = [_near(match) for match in found.alternatives]
        return {**result, "score": found.score, "alternatives": near}


def _of_topic(match: Match, context: ToolContext) -> Mapping[str, Any]:
    topic = match.topic
    answer = topic.languages[match.language].answer
    result: dict[str, Any] = {"topic": topic.id, "title": worded(topic.title, context.language)}
    if match.language == context.language:
        result |= {"outcome": SearchOutcome.ANSWERED, "spoken": answer}
    else:
        result |= {
            "outcome": SearchOutcome.OTHER_LANGUAGE,
            "language": match.language,
            "answer": answer,
            "passages": [],
        }
    department = topic.department or context.snapshot.escalation.id
    contact = context.snapshot.destination(department)
    if topic.escalate != "never" and contact:
        result["contact"] = shown(contact, context.snapshot, context.language)
    return result | {"escalate": topic.escalate, "department": department}


def _of_passage(found: TopicSearch, question: str, context: ToolContext) -> Mapping[str, Any]:
    match = found.passages[0]
    best = match.passage
    spoken = spoken_extract(best, question, match.likenesses)
    if not spoken:
        return {"outcome": SearchOutcome.UNKNOWN}
    result: dict[str, Any] = {
        "source": {"title": best.source, "heading": best.heading},
        "passages": [_quoted(match) for match in found.passages],
        "escalate": "never",
    }
    if best.language == context.language:
        return {"outcome": SearchOutcome.ANSWERED, "spoken": spoken} | result
    answer = {"language": best.language, "answer": spoken}
    return {"outcome": SearchOutcome.OTHER_LANGUAGE} | answer | result


def _near(match: Match) -> Mapping[str, Any]:
    return {"topic": match.topic.id, "score": match.score}


def _quoted(match: PassageMatch) -> Mapping[str, Any]:
    passage = match.passage
    return {
        "id": passage.id,
        "source": passage.source,
        "heading": passage.heading,
        "language": passage.language,
        "text": passage.text,
    }
