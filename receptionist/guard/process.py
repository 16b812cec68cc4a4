"""The guardrails of a process: made once, shared by its calls."""

from guardrails.guard import Guard
from guardrails.policy.models import Policy
from receptionist.guard.contract import Guards, Redact, Weigh
from receptionist.tenants.config import TenantConfig


def guards_of(guard: Guard, weigh: Weigh, config: TenantConfig, redact: Redact = str) -> Guards:
    """Returns the guardrails of a tenant's calls.

    Args:
        guard: Judges.
        weigh: Judges by meaning, off the loop.
        config: Names the company, and the country whose emergency numbers are said.
        redact: Applied to whatever is judged or kept.
    """
    policy, numbers = guard.policy, guard.policy.numbers.of(config.country)
    return Guards(
        judge=guard,
        weigh=weigh,
        escalates=escalating(policy),
        values={
            "company": config.company,
            "number": numbers.emergency,
            "hotline": numbers.self_harm,
        },
        window_turns=policy.window_turns,
        redact=redact,
    )


def escalating(policy: Policy) -> frozenset[str]:
    """Returns the categories whose refusal is followed by a person."""
    return frozenset(name for name, category in policy.categories.items() if category.escalate)
