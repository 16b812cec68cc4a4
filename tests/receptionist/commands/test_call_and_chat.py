"""`receptionist call` and `receptionist chat` as a person uses them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from eval.speech import CallerVoices
from receptionist.cli import main

pytestmark = pytest.mark.e2e


def receptionist(
    tmp_path: Path, *arguments: str, said: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "receptionist", *arguments],
        env={**environment(), "RECEPTIONIST_DATA_DIR": str(tmp_path / "data")},
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("RECEPT")}


def test_a_recording_is_answered_and_the_call_is_written_kept_and_shown(
    tmp_path: Path, voices: CallerVoices
) -> None:
    question = tmp_path / "question.wav"
    pcm = voices.say("hibari:default", "How much is a boiler service?")
    soundfile.write(question, np.frombuffer(pcm, np.int16), 8000, subtype="ULAW")
    out = tmp_path / "out"
    ended = receptionist(
        tmp_path, "call", str(question), "--language", "en", "--out", str(out), "--json"
    )
    assert ended.returncode == 0, ended.stderr
    call = json.loads(ended.stdout)
    assert call == json.loads((out / "call.json").read_text(encoding="utf-8"))
    assert call["disposition"] == "caller_hung_up"
    assert "eighty-five pounds" in call["turns"][-1]["text"]
    assert call["tools"][0]["outcome"] == "answered"
    assert 100 < call["latency"][0]["voice_to_voice_ms"] < 10_000
    audio, rate_hz = soundfile.read(out / "call.wav", dtype="int16")
    caller, answer = call["turns"][-2:]
    left = audio[int(caller["start_s"] * rate_hz) : int(caller["end_s"] * rate_hz), 0]
    right = audio[int(answer["start_s"] * rate_hz) : int(answer["end_s"] * rate_hz), 1]
    assert np.abs(left).max() > 3000
    assert np.abs(right).max() > 3000
    shown = receptionist(tmp_path, "calls", "show", call["call_id"], "--json")
    kept = [{**turn} for turn in json.loads(shown.stdout)["turns"]]
    assert [turn.pop("index") for turn in kept] == list(range(len(kept)))
    assert kept == call["turns"]


def test_a_script_is_answered_line_by_line_and_a_message_is_kept(tmp_path: Path) -> None:
    lines = [
        "I'd like to leave a message for Helen Marsh",
        "my name is Anna Verdi",
        "01632 960123",
        "about my new boiler",
        "yes that's right",
        "no thanks, goodbye",
        "this line is never read",
    ]
    ended = receptionist(tmp_path, "chat", "--script", "-", "--json", said="\n".join(lines))
    assert ended.returncode == 0, ended.stderr
    replies = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(replies) == 6
    assert "automated assistant" in replies[0]["greeting"]
    assert all(reply["text"] and reply["language"] == "en" for reply in replies)
    assert replies[4]["tools"][0]["name"] == "take_message"
    assert [reply["disposition"] for reply in replies] == [None] * 5 + ["completed"]
    kept = json.loads(receptionist(tmp_path, "messages", "list", "--json").stdout)
    assert kept[0]["caller_name"] == "Anna Verdi"
    assert kept[0]["contact_id"] == "helen-marsh"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["call", "absent.wav"], 2, "does not exist"),
        (["chat", "--script", "absent.txt"], 2, "there is no file"),
        (["chat", "--tenant", "absent", "--script", "-"], 2, "no folder"),
        (["calls", "show", "absent"], 2, "There is no call"),
        (
            ["chat", "--language", "de", "--script", "-"],
            2,
            "does not answer in 'de', only in en, it",
        ),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_what_is_asked_wrongly_is_said_and_ends_with_two(
    tmp_path: Path, arguments: list[str], exit_code: int, says: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == exit_code
    assert says in capsys.readouterr().err


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECEPTIONIST_PORT", "abc")
    with pytest.raises(SystemExit) as ended:
        main(["calls", "list"])
    assert ended.value.code == 2
    assert "RECEPTIONIST_PORT is 'abc'" in capsys.readouterr().err
