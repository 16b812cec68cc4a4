"""What the product says itself on one call, in other words each time."""

from collections import Counter
from collections.abc import Callable, Mapping

from loguru import logger

from receptionist.guard.contract import Guards


class Sentences:
    """The policy's sentences.

    Args:
        guards: Know them.
        values: Returns what they name, as it is said in a language; None says it as it is written.
    """

    def __init__(self, guards: Guards, values: Callable[[str], Mapping[str, str]] | None) -> None:
        self._guards = guards
        self._values = values
        self._told: Counter[str] = Counter()

    def of(self, category: str, language: str) -> str:
        """Returns what is said about a category, "" when there is nothing to say."""
        turn, self._told[category] = self._told[category], self._told[category] + 1
        try:
            values = self._values(language) if self._values else self._guards.values
            return self._guards.judge.say(category, language, turn, **values)
        except Exception as error:
            logger.error(f"there is no sentence for {category!r}: {error!r}")
            return ""
