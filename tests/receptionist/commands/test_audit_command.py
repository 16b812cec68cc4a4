"""`receptionist audit` shows, proves, hands out and forgets."""

import asyncio
import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.audit.repository import AuditRepository
from receptionist.cli import app
from receptionist.database import DEFAULT_FILE, Database
from tests.receptionist.audit.guarded import entry

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)
DAYS_AGO = (500, 450, 300, 100, 10)


async def _fill(folder: Path) -> None:
    async with await Database.open("", folder) as database:
        for tenant in ("garden", "mill"):
            async with database.write() as session:
                rows = [entry(days, at=NOW - timedelta(days=days)) for days in DAYS_AGO]
                await AuditRepository(session, tenant).append(rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the logs of two tenants."""
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    asyncio.run(_fill(tmp_path))
    return tmp_path


def ended(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def printed(*arguments: str) -> str:
    code, output = ended(*arguments)
    assert code == 0, output
    return output


def spoil(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / DEFAULT_FILE)) as database:
        database.execute(statement)
        database.commit()


def test_before_anything_is_kept_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    assert "No rows are kept yet" in printed("list")
    assert "No rows are kept yet" in printed("verify")
    assert printed("export") == ""


@pytest.mark.usefixtures("folder")
def test_rows_are_listed_the_latest_first() -> None:
    rows = json.loads(printed("list", "--tenant", "mill", "--limit", "2", "--json"))
    assert [row["turn"] for row in rows] == [10, 100]
    assert "credit.en.approve" in printed("list")
    assert json.loads(printed("list", "--category", "medical", "--json")) == []
    assert json.loads(printed("list", "--kind", "alarm", "--json")) == []


def test_a_whole_log_is_proved_and_a_spoilt_one_is_not(folder: Path) -> None:
    proofs = json.loads(printed("verify", "--json"))
    assert [(proof["tenant"], proof["rows"], proof["breaks"]) for proof in proofs] == [
        ("garden", 5, []),
        ("mill", 5, []),
    ]
    anchor = f"{proofs[1]['last_seq']}:{proofs[1]['last_hash']}"
    assert "whole" in printed("verify", "--tenant", "mill", "--anchor", anchor)
    spoil(folder, "UPDATE audit SET verdict = 'pass' WHERE tenant = 'mill' AND seq = 3")
    code, output = ended("verify")
    assert (code, "row 3 is not what was written" in output) == (1, True)
    spoil(folder, "UPDATE audit SET at = 'never' WHERE tenant = 'mill' AND seq = 3")
    code, output = ended("verify", "--json", "--tenant", "mill")
    assert code == 1
    assert [one["seq"] for one in json.loads(output)[0]["breaks"]] == [3, 4]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("anchor", ["4", "x:y", "4:"])
def test_an_anchor_that_is_none_is_asked_wrongly(anchor: str) -> None:
    result = CliRunner().invoke(app, ["audit", "verify", "--tenant", "mill", "--anchor", anchor])
    assert "is no row and hash" in str(result.exception)


@pytest.mark.usefixtures("folder")
def test_rows_whose_policy_nobody_knows_are_counted_when_judged_again() -> None:
    proofs = json.loads(printed("verify", "--replay", "--json"))
    assert [proof["replay"]["version_gone"] for proof in proofs] == [5, 5]
    assert "5 not replayable: version gone" in printed("verify", "--replay")


@pytest.mark.usefixtures("folder")
def test_rows_are_handed_out_as_lines_and_as_a_table() -> None:
    since = (NOW - timedelta(days=320)).strftime("%Y-%m-%d")
    until = (NOW - timedelta(days=50)).strftime("%Y-%m-%d")
    asked = ("export", "--tenant", "mill", "--since", since, "--until", until)
    lines = [json.loads(line) for line in printed(*asked).splitlines()]
    assert [line["turn"] for line in lines] == [300, 100]
    assert lines[0]["details"]["names"] == ["città", "東京"]
    table = list(csv.DictReader(io.StringIO(printed(*asked, "--format", "csv"))))
    assert [row["hash"] for row in table] == [line["hash"] for line in lines]
    assert json.loads(table[0]["history"]) == ["I earn a lot", "città"]


def test_texts_are_erased_and_rows_pruned_as_the_settings_say(folder: Path) -> None:
    assert "8 rows are erased" in printed("erase-texts")
    assert "4 rows are deleted" in printed("prune")
    assert "0 rows are deleted" in printed("prune")
    rows = json.loads(printed("list", "--tenant", "mill", "--json"))
    kinds = [(row["kind"], row["text"] is None) for row in rows]
    assert sorted(kinds) == sorted(
        [
            ("pruned", True),
            ("texts_erased", True),
            ("guarded", False),
            ("guarded", True),
            ("guarded", True),
        ]
    )
    printed("verify")
    spoil(folder, "UPDATE audit SET text = NULL, text_salt = NULL, history = NULL")
    assert ended("verify")[0] == 1


@pytest.mark.usefixtures("folder")
def test_rows_are_not_deleted_before_their_time() -> None:
    early = (NOW - timedelta(days=200)).strftime("%Y-%m-%d")
    result = CliRunner().invoke(app, ["audit", "prune", "--before", early])
    assert "RECEPTIONIST_AUDIT_DAYS" in str(result.exception)


def test_what_looks_like_a_formula_is_none(folder: Path) -> None:
    async def put() -> None:
        async with await Database.open("", folder) as database, database.write() as session:
            await AuditRepository(session, "mill").append([entry(text="=HYPERLINK(1)")])

    asyncio.run(put())
    table = list(csv.DictReader(io.StringIO(printed("export", "--format", "csv"))))
    assert table[-1]["text"] == "'=HYPERLINK(1)"
