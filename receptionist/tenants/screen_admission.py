"""Lets a tenant answer calls only when nothing an admin has written is refused."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from guardrails.guard import Guard
from guardrails.head.head import WEIGHTS
from guardrails.judge import Ask
from guardrails.policy.models import Policy
from guardrails.policy.problem import PolicyError
from guardrails.policy.tightening import tightened
from providers.resources import ProcessResources
from receptionist.audit.entries import override
from receptionist.audit.log import AuditLog
from receptionist.audit.records import AuditEntry
from receptionist.audit.trouble import watch
from receptionist.guard.alarms import open_alarms
from receptionist.guard.contract import Guards
from receptionist.guard.language_model import asking, model_asked, open_ask
from receptionist.guard.limits import Caps
from receptionist.guard.process import load_guards
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import BundleError, examine
from receptionist.tenants.bundle_yaml import Place, Problem
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.finding import Location, Severity
from receptionist.tenants.screen import Screen
from receptionist.tenants.screen_cache import ScreenCache
from receptionist.tenants.screen_report import Override, Screened, problems_of, settled
from receptionist.tenants.screen_texts import texts_of


async def admitted(
    settings: Settings,
    config: TenantConfig,
    resources: ProcessResources,
    audit: AuditLog,
    owned: AsyncExitStack,
    before: Guards | None = None,
) -> Guards:
    """Returns the guardrails of a tenant, once they have let pass what its admins have written.

    Args:
        settings: Of the process.
        config: Of the tenant.
        resources: Of the process.
        audit: Is told of every sentence that is in force by approval alone; an alarm is raised
            when it cannot be written.
        owned: Is given what must be closed.
        before: Those of the version that answers until then; what it has counted goes on counting.

    Raises:
        BundleError: something is refused, or asked about and not approved.
        ConfigurationError: the policy or the head cannot be used.
    """
    alarm = open_alarms(settings.alarm_url, settings.tool_hosts, owned)
    owned.callback(watch(audit, config.tenant, alarm))
    cache = settings.index_cache_dir
    caps = Caps(countries=frozenset(settings.callback_countries))
    guards = await load_guards(
        config, resources, owned, lambda: audit.in_trouble, alarm, cache, caps, before
    )
    guard, ask = guards.judge, await open_ask(settings, config, resources)
    assert isinstance(guard, Guard)
    for row in await overrides(config, guard, settings, ask):
        audit.put(row)
    return asking(guards, guard, ask, owned)


async def overrides(
    config: TenantConfig, guard: Guard, settings: Settings, ask: Ask | None = None
) -> list[AuditEntry]:
    """Returns what the audit log must hold about sentences in force by approval alone.

    Args:
        config: Of the tenant.
        guard: With what is stricter for the tenant.
        settings: Of the process.
        ask: Asks a language model about doubts.

    Raises:
        BundleError: something is refused, or asked about and not approved.
    """
    policy = guard.policy
    judges = judges_hash(settings, config) if guard.knows_meaning else ""
    folder = settings.index_cache_dir
    screened = await asyncio.to_thread(
        screen, config, policy, lambda: guard, judges, folder, lambda: ask
    )
    if not screened.stands:
        raise await asyncio.to_thread(_refusal, screened, policy, settings)
    now = datetime.now(UTC)
    return [_row(one, policy, now) for one in screened.overrides]


def screen(
    config: TenantConfig,
    policy: Policy,
    guard: Callable[[], Guard],
    judges: str,
    folder: Path | None,
    ask: Callable[[], Ask | None] = lambda: None,
) -> Screened:
    """Returns what the policy says about everything an admin has written. Blocking.

    Args:
        config: Of the tenant.
        policy: With what is stricter for the tenant.
        guard: Makes a guard with this policy; asked only when there are new sentences.
        judges: Identifies what judges beside the rules; "" is nothing.
        folder: Where judgements are kept; None keeps nothing.
        ask: Makes what asks a language model about doubts.
    """
    cache = ScreenCache(folder, config.tenant, f"{policy.hash} {judges}")
    judge = Screen(policy, guard, cache, ask)
    sentences = judge.sentences(texts_of(config), config.languages[0])
    return settled(config, sentences, judge.seen)


def stricter(
    policy: Policy, config: TenantConfig, place: Callable[[Location], Place]
) -> tuple[Policy, list[Problem]]:
    """Returns the policy of a tenant, and what is wrong with what makes it stricter.

    Args:
        policy: Of the product; it is returned when anything is wrong.
        config: Of the tenant.
        place: Tells where a value of the bundle stands.
    """
    try:
        return tightened(policy, config.guard.tighten, "guard.yaml"), []
    except PolicyError as error:
        return policy, [
            place(("guard", "tighten", *found.location)).problem(
                f"tighten.{'.'.join(map(str, found.location))}: {found.message}"
            )
            for found in error.problems
        ]


def judges_hash(settings: Settings, config: TenantConfig) -> str:
    """Returns what identifies the weights of the head, and the language model that is asked.

    Raises:
        ConfigurationError: a language model is to be asked, and the tenant has none.
    """
    weights = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() if WEIGHTS.exists() else ""
    model = model_asked(settings, config)
    return f"{weights} {model.key}" if model else weights


def _refusal(screened: Screened, policy: Policy, settings: Settings) -> BundleError:
    folder = settings.tenant_dir or DEMO
    examined = examine(folder, settings.documents_cache_dir)
    problems = problems_of(screened, examined, policy)
    return BundleError(folder, (one for one in problems if one.severity is not Severity.WARNING))


def _row(found: Override, policy: Policy, at: datetime) -> AuditEntry:
    approval, judged = found.approval, found.sentence.judged
    people = (approval.author, approval.approver, approval.second_approver)
    return override(
        at=at,
        category=judged.category,
        law=judged.law,
        policy_hash=policy.hash,
        sentence_sha256=approval.sha256,
        approvers=[name for name in people[1:] if name.strip()],
        reason=f"{approval.date.isoformat()}: {approval.reason}",
        addendum=approval.addendum,
    )
