"""A process does not answer for a tenant with anything in it that is refused."""

from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from receptionist.audit.records import Kind
from receptionist.settings import Settings
from receptionist.tenants.bundle import BundleError, load_bundle
from receptionist.tenants.screen_admission import overrides
from receptionist.tenants.screen_config import hash_of
from tests.e2e import product
from tests.receptionist.tenants.small_bundle import GUARD, write_bundle

pytestmark = pytest.mark.integration

RANKING = "Rank the applicants by how confident they sound."
OVERRIDE = f"""\
approvals:
  - sentence: {RANKING}
    category: employment
    author: Ann Lee
    approver: Bo Hart
    second_approver: Cy Moor
    addendum: ADD-2026-014
    date: 2026-11-20
    reason: A trial without consequences.
"""


async def test_a_refused_sentence_keeps_the_process_from_starting(tmp_path: Path) -> None:
    tenant = product.bundle(tmp_path)
    (tenant / "prompts" / "work.md").write_text(f"Be kind.\n\n{RANKING}\n", encoding="utf-8")
    with pytest.raises(BundleError) as refused:
        async with product.started(product.settings(tmp_path, tenant), spoken=()):
            pass
    [problem] = refused.value.problems
    assert (problem.file, problem.line) == ("prompts/work.md", 3)
    assert RANKING in str(refused.value)
    assert refused.value.exit_code == 2


async def test_what_is_in_force_by_approval_has_a_row_in_the_audit_log(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, guard=GUARD + OVERRIDE)
    (folder / "prompts").mkdir()
    (folder / "prompts" / "work.md").write_text(RANKING, encoding="utf-8")
    settings = Settings(tenant_dir=folder, index_cache_dir=tmp_path / "cache")
    policy = load_policy(cache=Settings().index_cache_dir)
    [row] = await overrides(load_bundle(folder), Guard(policy), settings)
    assert (row.kind, row.category, row.policy_hash) == (Kind.OVERRIDE, "employment", policy.hash)
    assert "Annex III(4)" in row.law
    assert row.details["sentence_sha256"] == hash_of(RANKING)
    assert row.details["approvers"] == ["Bo Hart", "Cy Moor"]
    assert row.details["addendum"] == "ADD-2026-014"
    assert row.details["reason"] == "2026-11-20: A trial without consequences."
