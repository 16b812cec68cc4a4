"""`receptionist classify` tells what the concierge would do with each sentence of a batch."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from receptionist.cli import app

pytestmark = pytest.mark.integration

KEYS = [
    "tool",
    "arguments",
    "topic",
    "contact",
    "score",
    "language",
    "alternatives",
    "latency_ms",
]


def classified(*lines: str, arguments: tuple[str, ...] = ()) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, ["classify", *arguments], input="\n".join(lines))
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_each_sentence_is_answered_by_one_line_with_every_key() -> None:
    code, told = classified(
        '{"text": "do you have parking", "language": "en"}',
        '{"text": "avete un parcheggio"}',
        '{"text": "put me through to billing"}',
        '{"text": "call me back tomorrow after five"}',
        '{"text": "good morning"}',
    )
    assert code == 0
    assert [list(line) for line in told] == [KEYS] * 5
    assert [line["tool"] for line in told] == [
        "search_knowledge",
        "search_knowledge",
        "find_contact",
        "promise_callback",
        None,
    ]
    assert [line["topic"] for line in told[:2]] == ["parking", "parking"]
    assert [line["language"] for line in told] == ["en", "it", "en", "en", "en"]
    assert told[0]["score"] > told[0]["alternatives"][0]["score"]
    assert told[2]["contact"] == "billing"
    assert told[3]["arguments"] == {"when": "tomorrow after five"}


def test_a_bad_line_is_named_and_the_others_are_still_answered() -> None:
    code, told = classified(
        "not json",
        '{"words": "hello"}',
        '{"text": "hello", "language": "xx"}',
        "",
        '{"text": "when do you close", "topic_expected": "hours"}',
    )
    assert code == 2
    assert [line.get("line") for line in told] == [1, 2, 3, None]
    assert all(line["error"] for line in told[:3])
    assert told[3]["tool"] == "check_hours"


def test_a_language_for_the_whole_batch_is_taken_where_a_line_names_none() -> None:
    code, told = classified('{"text": "ok"}', arguments=("--language", "it"))
    assert (code, told[0]["language"]) == (0, "it")


def test_a_file_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(app, ["classify", "nowhere.jsonl"])
    assert result.exception is not None
    assert "nowhere.jsonl" in str(result.exception)
