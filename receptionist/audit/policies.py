"""Finds the policies calls were judged by: the product's, made stricter as their rows tell."""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping

from pydantic import ValidationError

from guardrails.policy.tightening import Tightening
from receptionist.audit.records import AuditRecord
from receptionist.audit.replay import Judge
from receptionist.errors import ConfigurationError

OpenJudge = Callable[[Tightening], Awaitable[Judge]]
"""Makes a judge of the product's policy, made stricter."""


async def judges_of(
    first_rows: AsyncIterable[AuditRecord], opened: OpenJudge
) -> Mapping[str, Judge | None]:
    """Returns who judges as calls were judged, by the hash of the policy.

    None stands for a policy that another release of the product had. One that is missing cannot
    be made again: what was stricter for the tenant is not kept.

    Args:
        first_rows: The first rows of calls.
        opened: Makes a judge; raises ConfigurationError where the product's policy has none.
    """
    plain = await opened(Tightening())
    judges: dict[str, Judge | None] = {plain.policy_hash: plain}
    async for row in first_rows:
        kept = row.details.get("tighten")
        if row.policy_hash in judges or not isinstance(kept, Mapping):
            continue
        try:
            judge = await opened(Tightening.model_validate(kept))
        except (ConfigurationError, ValidationError):
            judge = None
        same = judge is not None and judge.policy_hash == row.policy_hash
        judges[row.policy_hash] = judge if same else None
    return judges
