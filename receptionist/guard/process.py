"""The guardrails of a process: made once, shared by its calls."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from guardrails.guard import Guard
from guardrails.policy.models import Policy
from guardrails.redaction.redactor import redact
from providers.resources import ProcessResources
from receptionist.guard.alarms import Alarm, logged
from receptionist.guard.claims import CallClaims, opened_claims
from receptionist.guard.contract import Guards, Weigh
from receptionist.guard.hidden_rules import rules_of_line
from receptionist.guard.limits import Caps, HourlyCount, Limits
from receptionist.guard.opening import open_guard
from receptionist.guard.own_words import Answers, OwnWords
from receptionist.guard.weighing import WeighingThread
from receptionist.tenants.config import TenantConfig


async def load_guards(
    config: TenantConfig,
    resources: ProcessResources,
    owned: AsyncExitStack,
    failing: Callable[[], bool],
    alarm: Callable[[Alarm], None] = logged,
    cache: Path | None = None,
    caps: Caps | None = None,
    before: Guards | None = None,
) -> Guards:
    """Returns the guardrails of a process that answers for a tenant.

    Args:
        config: Of the tenant.
        resources: Of the process; the head judges with the model that searches.
        owned: Is given what must be closed.
        failing: Tells whether something is lost without which no call may go on.
        alarm: Tells a supervisor.
        cache: Folder for what was compiled; None keeps nothing.
        caps: How often tools may run; None is the product's own measure.
        before: Those of the version that answers until then; what was done goes on counting.

    Raises:
        ConfigurationError: policy or head cannot be used; without them no call is answered.
    """
    known = before.judge if before and isinstance(before.judge, Guard) else None
    guard, reader, answers, _ = await asyncio.gather(
        open_guard(resources, cache, config.guard.tighten, known),
        asyncio.to_thread(opened_claims),
        asyncio.to_thread(Answers, config),
        asyncio.to_thread(rules_of_line, config),
    )
    weighing = WeighingThread(guard.semantic)
    owned.callback(weighing.close)
    return replace(
        guards_of(guard, weighing, config),
        failing=failing,
        alarm=alarm,
        limits=Limits(
            caps=caps or Caps(), hourly=before.limits.hourly if before else HourlyCount()
        ),
        claims=partial(CallClaims, reader),
        own_words=partial(OwnWords, reader, answers),
    )


def guards_of(guard: Guard, weigh: Weigh, config: TenantConfig) -> Guards:
    """Returns the guardrails of a tenant's calls.

    Args:
        guard: Judges.
        weigh: Judges by meaning, off the loop.
        config: Names the company, and the country whose emergency numbers are said.
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
