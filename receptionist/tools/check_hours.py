"""Works out opening hours."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from knowledge.directory import Destination
from knowledge.hours import clock_text
from knowledge.hours_answer import answer
from knowledge.when import understand
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.destinations import subject


class HoursArguments(Arguments):
    """Which time, and whose hours."""

    when: str = Field(
        default="",
        description="The caller's own words for the time: 'on Saturday', 'at Christmas', "
        "'tomorrow at half past six'. Empty means now.",
    )
    destination: str = Field(
        default="",
        description="Department or person whose hours are asked for; empty is the company.",
    )


class CheckHours(Tool):
    """Tells when the company, a department or a person can be reached."""

    name: ClassVar[str] = "check_hours"
    description: ClassVar[str] = (
        "Works out opening hours, holidays and closures. Use it for every question about when "
        "the company is open, and say the `spoken` answer as it is; never work hours out yourself."
    )
    arguments: ClassVar[type[Arguments]] = HoursArguments
    harmless: ClassVar[bool] = True

    async def run(self, arguments: HoursArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns the hours and the sentence that says them."""
        now = context.now()
        destination = _destination(arguments.destination, context)
        told = answer(
            understand(arguments.when, context.language, now.date()),
            context.snapshot.hours_of(destination),
            now,
            language=context.language,
            texts=context.snapshot.texts[context.language].hours,
            subject=subject(destination, context.language),
        )
        opening = told.next_opening
        return {
            "outcome": told.outcome,
            "date": told.day.date.isoformat(),
            "intervals": [[clock_text(i.start), clock_text(i.end)] for i in told.day.intervals],
            "open_now": told.open_now,
            "next_opening": opening.isoformat() if opening else None,
            "holiday": told.holiday,
            "spoken": told.spoken,
        }


def _destination(words: str, context: ToolContext) -> Destination | None:
    """Returns the one department or person `words` mean; None stands for the company."""
    if not words.strip():
        return None
    found = context.snapshot.directory.find(words, context.language)
    return found.candidates[0] if found.outcome == "found" else None
