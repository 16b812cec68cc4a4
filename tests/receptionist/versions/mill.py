"""The files of a small receptionist, and what checks them without any engine."""

from guardrails.guard import Guard
from guardrails.policy.tightening import Tightening
from receptionist.guard.opening import opened_policy
from receptionist.settings import Settings
from receptionist.tenants.checking import Checker
from receptionist.tenants.config import TenantConfig
from tests.receptionist.tenants.doubtful_bundle import DoubtfulHead
from tests.receptionist.tenants.small_bundle import CONTACTS, FAQ, GUARD, HOURS, TENANT

MILL: dict[str, bytes] = {
    "tenant.yaml": TENANT.encode(),
    "hours.yaml": HOURS.encode(),
    "contacts.yaml": CONTACTS.encode(),
    "faq/all.yaml": FAQ.encode(),
    "guard.yaml": GUARD.encode(),
}


def with_files(**changed: bytes | None) -> dict[str, bytes]:
    """Returns the files with some changed, by name without its end; None leaves one out."""
    named = {path.partition(".")[0]: path for path in MILL}
    replaced = {named[name.replace("_", "/")]: content for name, content in changed.items()}
    wanted: dict[str, bytes | None] = {**MILL, **replaced}
    return {path: content for path, content in wanted.items() if content is not None}


def topic(identifier: str, answer: str) -> str:
    """Returns one more entry of a file of topics."""
    return FAQ.replace("parking", identifier).replace("Yes, behind the mill.", answer)


def doubting(settings: Settings) -> Checker:
    """Returns a checker whose head asks about applicants."""

    async def guard(tighten: Tightening) -> Guard:
        return Guard(opened_policy(settings.index_cache_dir, tighten), DoubtfulHead())

    async def ask(config: TenantConfig) -> None:
        del config

    return Checker(settings, guard, ask)
