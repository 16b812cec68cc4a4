"""Days that differ from an ordinary week, one after another taken together."""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.opening import Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive days that differ in the same way, at least one."""

    days: tuple[Day, ...]


def runs(days: Sequence[Day]) -> list[Run]:
    """Returns the exceptions among `days`; a closure is one run with the Sundays in it."""
    found: list[list[Day]] = []
    previous: Day | None = None
    for day in days:
        in_closure = day.closure is not None and not day.intervals
        if not (day.exceptional or in_closure):
            previous = None
            continue
        if previous and in_closure and previous.closure == day.closure and not previous.intervals:
            found[-1].append(day)
        else:
            found.append([day])
        previous = day
    return [Run(days=tuple(run)) for run in found if any(day.exceptional for day in run)]
