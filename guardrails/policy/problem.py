"""What is wrong with a policy, and where."""

from dataclasses import dataclass

Location = tuple[str | int, ...]
"""The way to a value: keys and indices from the top of its file."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong.

    Attributes:
        file: Relative to the folder of the rules, or what was given instead of a file.
        line: From 1; 0 where there are no lines.
        message: What is wrong and what to do about it.
        location: The way to the value.
    """

    file: str
    line: int
    message: str
    location: Location = ()

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        path = ".".join(map(str, self.location))
        return f"{where}: {path}: {self.message}" if path else f"{where}: {self.message}"


class PolicyError(ValueError):
    """A policy cannot be used.

    Attributes:
        problems: All that is wrong with it.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda found: (found.file, found.line)))
        super().__init__("\n".join(map(str, self.problems)))
