"""What the head thinks of what rules have found: a word is not yet a purpose.

"Fire" is in film titles and insurance claims. A rule and the head, which sees the whole sentence,
must not contradict each other; where they do the rule leaves a note and nothing else. A head that
fails contradicts nobody.
"""

from collections.abc import Iterable, Mapping, Sequence

from loguru import logger

from guardrails.head.contract import Head
from guardrails.patterns.matcher import Hit
from guardrails.policy.models import Policy
from guardrails.policy.tightening import PREFIX
from guardrails.verdict import Action, Stage


class SecondOpinion:
    """Asks the head about hits.

    Args:
        policy: Says below which likelihood a rule is contradicted; a tenant's own rules never are.
        head: None contradicts nothing.
    """

    def __init__(self, policy: Policy, head: Head | None) -> None:
        self._policy = policy
        self._head = head

    def standing(
        self, hits: Sequence[Hit], texts: Iterable[str], stage: Stage, language: str
    ) -> list[Hit]:
        """Returns the hits that stand.

        Args:
            hits: Of one text.
            texts: The text, and parts of it, as the head reads them.
            stage: Where it is judged; what is half said is read like a turn.
            language: ISO 639-1.
        """
        doubtful = [hit for hit in hits if self._floor(hit) > 0]
        if self._head is None or not doubtful:
            return list(hits)
        stage = Stage.TURN if stage is Stage.INTERIM else stage
        try:
            found = [self._head.likelihoods(text, language, stage) for text in texts]
        except Exception as error:
            logger.error(f"the head has no second opinion: {error!r}")
            return list(hits)
        return [hit for hit in hits if self._likelihood(hit, found, stage) >= self._floor(hit)]

    def _floor(self, hit: Hit) -> float:
        own = hit.rule.rule.startswith(PREFIX) or f".{PREFIX}" in hit.rule.rule
        return 0.0 if own else self._policy.categories[hit.rule.category].floor

    def _likelihood(self, hit: Hit, found: Sequence[Mapping[str, float]], stage: Stage) -> float:
        """Returns how likely the head finds a hit: of what is refused, that it is any of it."""
        categories = self._policy.categories
        names = [hit.rule.category]
        if categories[hit.rule.category].actions.get(stage) is Action.REFUSE:
            names = [n for n, one in categories.items() if one.actions.get(stage) is Action.REFUSE]
        known = [one[name] for one in found for name in names if name in one]
        return max(known, default=1.0)
