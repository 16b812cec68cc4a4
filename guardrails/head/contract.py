"""What a guard needs of a head."""

from collections.abc import Mapping
from typing import Protocol

from guardrails.verdict import Stage


class Head(Protocol):
    """Tells how likely a text is of each category."""

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        """Returns the likelihood of each category that is known at `stage`, from 0 to 1."""
        ...
