"""Checks all that is written for a tenant, in whatever folder it lies: files, then policy."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from guardrails.guard import Guard
from guardrails.judge import Ask
from guardrails.policy.models import Policy
from guardrails.policy.tightening import Tightening
from providers.resources import ProcessResources
from receptionist.guard.language_model import open_ask
from receptionist.guard.opening import open_guard, opened_policy
from receptionist.settings import Settings
from receptionist.tenants.bundle import Examined, examine
from receptionist.tenants.bundle_yaml import Problem
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.finding import Severity
from receptionist.tenants.screen_admission import judges_hash, screen, stricter
from receptionist.tenants.screen_report import Override, problems_of, records_of

T = TypeVar("T")

_KEPT_GUARDS = 4
"""Tenants that are stricter than the policy have a guard of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check came to.

    Attributes:
        config: The tenant; None when the files are none.
        problems: What is wrong, approvals that are wanted and warnings too; sorted.
        findings: Every sentence in which something was found, for programs.
        overrides: Sentences in force by approval.
        policy_hash: Policy it was judged by; "" when it was not.
        judge: What else judged it.
    """

    config: TenantConfig | None
    problems: tuple[Problem, ...]
    findings: tuple[Mapping[str, Any], ...] = ()
    overrides: tuple[Override, ...] = ()
    policy_hash: str = ""
    judge: str = ""

    @property
    def stands(self) -> bool:
        """Whether it may answer callers."""
        return all(problem.severity is Severity.WARNING for problem in self.problems)


class Checker:
    """Checks bundles; what judges is opened only when there is something new to judge.

    Args:
        settings: Of the process.
        guard: Opens what judges, with what is stricter for a tenant.
        ask: Opens what asks a language model about doubts.
    """

    def __init__(
        self,
        settings: Settings,
        guard: Callable[[Tightening], Coroutine[Any, Any, Guard]],
        ask: Callable[[TenantConfig], Coroutine[Any, Any, Ask | None]],
    ) -> None:
        self._settings = settings
        self._guard = guard
        self._ask = ask
        self._opened: dict[str, Guard] = {}

    async def check(self, folder: Path) -> Checked:
        """Returns what is to be said about the tenant in `folder`.

        Raises:
            ConfigurationError: there is no such folder, or policy or head cannot be used.
        """
        cache = self._settings.documents_cache_dir
        examined = await asyncio.to_thread(examine, folder, cache)
        if examined.config is None:
            return Checked(config=None, problems=examined.problems)
        policy = await asyncio.to_thread(opened_policy, self._settings.index_cache_dir)
        policy, wrong = stricter(policy, examined.config, examined.place)
        if wrong:
            problems = tuple(sorted({*examined.problems, *wrong}))
            return Checked(config=examined.config, problems=problems)
        return await self._screened(examined, examined.config, policy)

    async def _screened(self, examined: Examined, config: TenantConfig, policy: Policy) -> Checked:
        loop = asyncio.get_running_loop()

        def opened(opening: Callable[[], Coroutine[Any, Any, T]]) -> T:
            return asyncio.run_coroutine_threadsafe(opening(), loop).result()

        def judged() -> Checked:
            judge = judges_hash(self._settings, config)
            guard = partial(self._judging, config.guard.tighten, policy.hash)
            ask = partial(self._ask, config)
            folder = self._settings.index_cache_dir
            screened = screen(
                config, policy, partial(opened, guard), judge, folder, partial(opened, ask)
            )
            said = problems_of(screened, examined, policy)
            return Checked(
                config=config,
                problems=tuple(sorted({*examined.problems, *said})),
                findings=tuple(records_of(screened, examined)),
                overrides=screened.overrides,
                policy_hash=policy.hash,
                judge=judge,
            )

        return await asyncio.to_thread(judged)

    async def _judging(self, tighten: Tightening, policy_hash: str) -> Guard:
        """Returns what judges by a policy; its tables take seconds to make and are kept."""
        if policy_hash not in self._opened:
            opened = await self._guard(tighten)
            while len(self._opened) >= _KEPT_GUARDS:
                del self._opened[next(iter(self._opened))]
            self._opened[policy_hash] = opened
        return self._opened[policy_hash]


Check = Callable[[Path], Awaitable[Checked]]
"""Checks the tenant in a folder."""


def checker(settings: Settings, resources: ProcessResources) -> Checker:
    """Returns what checks bundles in a process.

    Args:
        settings: Of the process.
        resources: Load the model the head judges with.
    """

    async def guard(tighten: Tightening) -> Guard:
        return await open_guard(resources, settings.index_cache_dir, tighten)

    async def ask(config: TenantConfig) -> Ask | None:
        return await open_ask(settings, config, resources)

    return Checker(settings, guard, ask)
