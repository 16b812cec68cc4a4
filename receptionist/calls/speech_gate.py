"""Lets a language model's answer through clause by clause, each checked before it is spoken."""

import re
from collections.abc import Callable, Iterator

_CLAUSE_END = re.compile(r"[,;:–—]+\s+|[.!?…]+[\"'”»)]*\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|\s|\()(?:mrs?|ms|dr|st|sig|sigg|dott|ing|avv|sra?|srta|mme|m|hr|fr|prof|no|nr|tel|ca|z\.b"
    r"|[ap]\.m|[a-z]|\d+)\.\s*$",
    re.IGNORECASE,
)
_WORDS_LEAST = 3
"""A shorter clause ("Yes,", "Well, so,") waits for the next: alone it says nothing to check."""


class SpeechGate:
    """Checks one answer.

    From the first clause with a fault on, nothing more is let through.

    Args:
        fault: Returns what is wrong with a clause, "" when it may be said.

    Attributes:
        said: What was let through.
        blocked: What was wrong, "" while nothing is.
        refused: The clause that it was wrong with.
    """

    def __init__(self, fault: Callable[[str], str]) -> None:
        self._fault = fault
        self._held = ""
        self.said = ""
        self.blocked = ""
        self.refused = ""

    def feed(self, text: str) -> str:
        """Returns what may be said once `text` has come."""
        if self.blocked:
            return ""
        self._held += text
        return "".join([self._judged(clause) for clause in self._clauses()])

    def finish(self) -> str:
        """Returns the last clause if it may be said."""
        rest, self._held = self._held, ""
        return self._judged(rest) if rest.strip() else ""

    def _clauses(self) -> Iterator[str]:
        """Takes complete clauses off what is held; the last word may still go on."""
        start = 0
        while match := _CLAUSE_END.search(self._held, start):
            clause = self._held[: match.end()]
            full_stop = match[0][0] in ".!?…\n"
            short = not full_stop and len(clause.split()) < _WORDS_LEAST
            if match.end() == len(self._held) or short or _ABBREVIATION.search(clause):
                if match.end() == len(self._held) and not short:
                    return
                start = match.end()
                continue
            self._held, start = self._held[match.end() :], 0
            yield clause

    def _judged(self, clause: str) -> str:
        if self.blocked:
            return ""
        self.blocked = self._fault(clause.strip())
        if self.blocked:
            self.refused, self._held = clause, ""
            return ""
        self.said += clause
        return clause
