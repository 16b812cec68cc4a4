"""Finds the person or department a caller asks for."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from knowledge.directory import Destination
from receptionist.handoff.order import extensions
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.destinations import shown


class FindOutcome(StrEnum):
    """How a look-up ended."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


class FindArguments(Arguments):
    """Whom to find."""

    name: str = Field(
        description="Person, nickname, role, department or service, in the caller's own words; "
        "a name the caller spelled, letter by letter; or the digits of an extension."
    )
    department: str = Field(
        default="", description="Department the caller named beside a person, if any."
    )


class FindContact(Tool):
    """Looks somebody up in the directory."""

    name: ClassVar[str] = "find_contact"
    description: ClassVar[str] = (
        "Finds the person or department a caller wants to reach. On `ambiguous`, ask which of the "
        "candidates is meant, or whether the only one is; on `unknown`, say that nobody by that "
        "name is known here, and offer a suggestion or the operator."
    )
    arguments: ClassVar[type[Arguments]] = FindArguments
    harmless: ClassVar[bool] = True

    async def run(self, arguments: FindArguments, context: ToolContext) -> Mapping[str, Any]:
        """Returns who was found, who may be meant, or who comes near."""
        if owner := _whose(arguments.name, context.snapshot):
            contact = shown(owner, context.snapshot, context.language)
            return {"outcome": FindOutcome.FOUND, "contact": contact}
        found = context.snapshot.directory.find(
            arguments.name, context.language, arguments.department
        )
        candidates = [
            shown(candidate, context.snapshot, context.language) for candidate in found.candidates
        ]
        if found.outcome == "found":
            return {"outcome": FindOutcome.FOUND, "contact": candidates[0]}
        if found.outcome == "ambiguous":
            return {"outcome": FindOutcome.AMBIGUOUS, "candidates": candidates}
        return {
            "outcome": FindOutcome.UNKNOWN,
            "heard": arguments.name,
            "suggestions": candidates,
        }


def _whose(name: str, snapshot: TenantSnapshot) -> Destination | None:
    """Returns whose extension `name` is: digits, as they were typed or said one by one."""
    digits = "".join(name.split())
    owner = extensions(snapshot).get(digits) if digits.isdecimal() else None
    return snapshot.destination(owner) if owner else None
