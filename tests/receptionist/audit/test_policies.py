"""Calls are judged again by the policy as their tenant had made it stricter."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guardrails.chain import End
from guardrails.guard import Guard
from guardrails.policy.problem import PolicyError
from guardrails.policy.tightening import Tightening, tightened
from receptionist.audit.policies import judges_of
from receptionist.audit.records import AuditRecord, Kind, chained
from receptionist.calls.plan import CallRequest
from receptionist.cli import app
from receptionist.database import DEFAULT_FILE
from receptionist.errors import ConfigurationError
from receptionist.settings import Settings
from receptionist.supervisor import new_call_id
from tests.e2e.product import bundle, fake, settings, started
from tests.guardrails.policies import small_policy
from tests.receptionist.audit.guarded import entry

pytestmark = pytest.mark.integration

STRICTER: Mapping[str, Any] = {"categories": {"employment": {"thresholds": {"turn": 0.1}}}}
RAFFLE: Mapping[str, Any] = {"any": ["raffle"], "id": "tenant.raffle"}
OWN_RULE: Mapping[str, Any] = {"rules": {"en": {"credit": [RAFFLE]}}}
TURNS = ("When is your raffle?", "When do you open?")


Opened = Callable[[Tightening], Awaitable[Guard]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    policy = small_policy(tmp_path)

    async def open_judge(tightening: Tightening) -> Guard:
        try:
            return Guard(tightened(policy, tightening))
        except PolicyError as error:
            raise ConfigurationError(str(error)) from error

    return open_judge


async def started_with(*policies: tuple[str, Mapping[str, Any]]) -> AsyncIterator[AuditRecord]:
    last = End()
    for policy_hash, details in policies:
        row = entry(kind=Kind.CALL_STARTED, policy_hash=policy_hash, details=details)
        record = chained(row, "demo", last)
        last = End(seq=record.seq, digest=record.hash)
        yield record


async def test_each_policy_is_made_again_from_the_first_row_of_a_call(opened: Opened) -> None:
    tight = await opened(Tightening.model_validate(STRICTER))
    plain = await opened(Tightening())
    assert tight.policy_hash != plain.policy_hash
    first = started_with((tight.policy_hash, {"tighten": STRICTER}), ("old", {"tighten": {}}))
    judges = await judges_of(first, opened)
    assert {name: judge and judge.policy_hash for name, judge in judges.items()} == {
        plain.policy_hash: plain.policy_hash,
        tight.policy_hash: tight.policy_hash,
        "old": None,
    }


@pytest.mark.parametrize(
    "kept",
    [
        {"categories": {"gone": {}}},
        {"surprise": 1},
        {"rules": {"en": {"employment": [{"id": "x", "any": ["("]}]}}},
    ],
)
async def test_what_this_release_cannot_read_was_judged_by_another(
    opened: Opened, kept: Mapping[str, Any]
) -> None:
    judges = await judges_of(started_with(("p", {"tighten": kept})), opened)
    assert judges["p"] is None


@pytest.mark.parametrize("details", [{}, {"tighten": None}, {"tighten": "all"}])
async def test_a_policy_whose_row_does_not_tell_is_gone(
    opened: Opened, details: Mapping[str, Any]
) -> None:
    assert "p" not in await judges_of(started_with(("p", details)), opened)


async def _call(own: Settings) -> None:
    async with started(own, spoken=()) as supervisor:
        plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))
        async with supervisor.text_call(plan) as call:
            for turn in TURNS:
                await call.say(turn)


def _replayed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(folder))
    result = CliRunner().invoke(app, ["audit", "verify", "--replay", "--json"])
    assert result.exit_code == 0, result.output
    [proof] = json.loads(result.output)
    return proof["replay"]


def test_a_call_of_a_tenant_that_has_its_own_rules_is_judged_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = bundle(tmp_path, engines={"llm": fake("llm", replies=["We open at nine."] * 3)})
    guard = tenant / "guard.yaml"
    written = guard.read_text(encoding="utf-8")
    guard.write_text(f"{written}tighten: {json.dumps(OWN_RULE)}\n", encoding="utf-8")
    own = settings(tmp_path, tenant)
    asyncio.run(_call(own))
    guard.write_text(written, encoding="utf-8")  # what was stricter is taken back
    asyncio.run(_call(own))
    told = _replayed(own.data_dir, monkeypatch)
    assert told["same"] >= 2 * len(TURNS)
    assert (told["differences"], told["other_policy"], told["version_gone"]) == ([], 0, 0)
    assert _rules(own.data_dir) == ["credit.en.tenant.raffle"]


def _rules(folder: Path) -> list[str]:
    query = "SELECT rule FROM audit WHERE stage = 'turn' AND rule <> ''"
    with closing(sqlite3.connect(folder / DEFAULT_FILE)) as database:
        return [rule for (rule,) in database.execute(query)]
