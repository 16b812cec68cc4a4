"""`receptionist guard` judges texts by the policy of the product."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from receptionist.cli import app

pytestmark = pytest.mark.integration

KEYS = ["verdict", "category", "rule", "stage", "score", "law", "latency_us"]


def judged(*lines: str, arguments: tuple[str, ...] = ()) -> tuple[int, list[dict[str, Any]], str]:
    result = CliRunner().invoke(app, ["guard", *arguments], input="\n".join(lines))
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, told, result.stderr


def test_each_line_is_answered_with_every_key() -> None:
    code, told, _ = judged(
        '{"text": "There is a fire in the kitchen", "language": "en"}',
        '{"text": "Where can I park?", "language": "en", "wanted": "pass"}',
        '{"text": "C\'è un incendio in cucina"}',
    )
    assert code == 0
    assert [list(line) for line in told] == [KEYS] * 3
    assert [line["verdict"] for line in told] == ["emergency", "pass", "emergency"]
    assert [line["category"] for line in told] == ["emergency", "", "emergency"]
    assert [line["rule"].split(".")[1] for line in told if line["rule"]] == ["en", "it"]
    assert all(line["latency_us"] > 0 for line in told)


def test_what_an_admin_writes_is_judged_as_such() -> None:
    line = '{"text": "Rank the applicants by how sure they sound.", "language": "en"}'
    code, told, _ = judged(line, arguments=("--stage", "config"))
    assert (code, told[0]["stage"], told[0]["category"]) == (0, "config", "employment")
    assert told[0]["verdict"] in ("refuse", "ask")
    assert "Annex III(4)" in told[0]["law"]


def test_earlier_turns_count() -> None:
    _, told, _ = judged(
        '{"text": "the job at the bakery", "language": "en"}',
        '{"text": "the job at the bakery", "language": "en", "history": ["so tell me, did I get"]}',
    )
    assert [line["category"] for line in told] == ["", "employment"]


def test_a_bad_line_is_named_and_the_others_are_still_answered() -> None:
    code, told, errors = judged(
        "not json",
        '{"words": "hello"}',
        "",
        '{"text": "hello", "language": "no language"}',
        '{"text": "hello there", "language": "en"}',
    )
    assert code == 1
    assert [line["verdict"] for line in told] == ["pass"]
    assert [error.split(":")[0] for error in errors.splitlines()] == ["line 1", "line 2", "line 4"]


def test_a_language_without_rules_is_judged_in_english() -> None:
    _, told, _ = judged('{"text": "fire, fire, the house is on fire", "language": "sv"}')
    assert told[0]["rule"].startswith("emergency.en.")


def test_a_file_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(app, ["guard", "nowhere.jsonl"])
    assert "nowhere.jsonl" in str(result.exception)
