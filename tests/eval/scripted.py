"""Two scripted callers, and what a tool did."""

from collections.abc import Mapping
from typing import Any

from eval.voice_calls_script import read
from receptionist.calls.events import ToolFinished

ENGLISH = read("en")
BUSY = next(call for call in ENGLISH.calls if call.id == "busy-message")
VISIT = next(call for call in ENGLISH.calls if call.id == "appointment")


def tool(
    name: str, outcome: str, result: Mapping[str, Any] | None = None, **arguments: Any
) -> ToolFinished:
    return ToolFinished(
        turn=1,
        name=name,
        arguments=arguments,
        outcome=outcome,
        result=result or {},
        id="t1",
        key="k",
        duration_ms=1.0,
    )
