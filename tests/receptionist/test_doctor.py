"""The doctor as a person runs it, on a machine in order and on one that is not."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from providers.models.store import ModelStore

pytestmark = pytest.mark.integration


def doctor(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    environment = {f"RECEPTIONIST_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-c", "from receptionist.cli import main; main()", "doctor"]
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=180,
    )


def findings(report: dict[str, Any], area: str) -> dict[str, dict[str, str]]:
    return {entry["name"]: entry for entry in report["findings"] if entry["area"] == area}


def test_a_machine_in_order_can_answer_calls(tmp_path: Path, models: ModelStore) -> None:
    ended = doctor("--json", DATA_DIR=tmp_path, MODELS_DIR=models.path, PORT=0)
    report = json.loads(ended.stdout)
    assert (ended.returncode, report["ok"]) == (0, True), ended.stdout
    calls = findings(report, "call")
    assert {"stt whisper:base", "tts hibari:default", "llm concierge:default"} < calls.keys()
    assert all(entry["level"] == "ok" for entry in calls.values())
    assert all(entry["level"] == "ok" for entry in findings(report, "engine").values())
    assert findings(report, "model")["vad silero"]["detail"] == "inside the package 'pipecat'"
    absent = [one for one in findings(report, "service").values() if one["level"] != "ok"]
    assert all(" -m pip install 'pipecat-ai[" in one["fix"] for one in absent)


def test_each_fault_of_a_machine_is_shown_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        in_the_way = tmp_path / "file" / "data"
        ended = doctor(DATA_DIR=in_the_way, MODELS_DIR=tmp_path / "models", PORT=port)
    assert ended.returncode == 1
    assert "Calls cannot be answered yet." in ended.stdout
    for fix in (
        "Run `receptionist models pull whisper-base`.",
        "Run `receptionist models pull kokoro`.",
        "Make it writable, or set RECEPTIONIST_DATA_DIR to another folder.",
        "Stop the program that uses it, or choose another with RECEPTIONIST_PORT.",
    ):
        assert fix in ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_broken_bundle_is_a_fault(tmp_path: Path, models: ModelStore) -> None:
    arguments = ("--json", "--tenant", str(tmp_path / "nobody"))
    ended = doctor(*arguments, DATA_DIR=tmp_path, MODELS_DIR=models.path, PORT=0)
    assert ended.returncode == 1
    tenant = findings(json.loads(ended.stdout), "call")["tenant"]
    assert tenant["level"] == "fault"
    assert "nobody" in tenant["detail"]
