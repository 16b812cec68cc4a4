"""A call as files."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import soundfile

from guardrails.marking import DigitalSource, digital_source
from receptionist.calls import report
from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    Disposition,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.timeline import Timeline
from receptionist.errors import StorageError

pytestmark = pytest.mark.unit

EVENTS: list[CallEvent] = [
    CallStarted(
        call_id="c1",
        tenant="demo",
        version="v1",
        language="en",
        channel="recording",
        started_at=datetime(2026, 11, 23, tzinfo=UTC),
    ),
    TurnEnded(index=0, speaker="assistant", text="Hello.", start_s=0.0, end_s=1.0),
    TurnEnded(index=1, speaker="caller", text="Hi, Zoë", start_s=1.5, end_s=2.0),
    ToolFinished(
        turn=1,
        name="find_contact",
        arguments={"name": "Zoë"},
        outcome="unknown",
        result={},
        id="c1-t1",
        key="0f00",
        duration_ms=12.5,
    ),
    LatencyMeasured(turn=1, voice_to_voice_ms=512.0, stages={"brain": 4.0}),
    CallEnded(disposition=Disposition.COMPLETED, duration_s=3.0),
]


async def gathered() -> report.CallReport:
    gathering = report.CallReport()
    for event in EVENTS:
        await gathering(event)
    return gathering


async def test_call_json_says_who_said_what_when_and_what_was_done(tmp_path: Path) -> None:
    report.write(tmp_path / "out", await gathered(), Timeline(8000, 24000, keep=True))
    written = json.loads((tmp_path / "out" / "call.json").read_text(encoding="utf-8"))
    assert written["disposition"] == "completed"
    assert written["turns"][1] == {
        "speaker": "caller",
        "text": "Hi, Zoë",
        "start_s": 1.5,
        "end_s": 2.0,
        "interrupted": False,
    }
    assert written["tools"] == [
        {"name": "find_contact", "arguments": {"name": "Zoë"}, "outcome": "unknown"}
    ]
    assert written["latency"] == [{"turn": 1, "voice_to_voice_ms": 512.0, "stages": {"brain": 4.0}}]


async def test_call_wav_is_stereo_at_the_higher_rate(tmp_path: Path) -> None:
    timeline = Timeline(8000, 24000, keep=True)
    for _ in range(50):
        timeline.caller_frame(b"\x00\x10" * 160)
    report.write(tmp_path, await gathered(), timeline)
    info = soundfile.info(tmp_path / "call.wav")
    assert (info.channels, info.samplerate, info.frames) == (2, 24000, 24000)


async def test_call_wav_says_that_one_side_of_it_is_synthetic(tmp_path: Path) -> None:
    timeline = Timeline(8000, 24000, keep=True)
    timeline.caller_frame(b"\x00\x10" * 160)
    digest = report.write(tmp_path, await gathered(), timeline, ["piper:joe"])
    file = tmp_path / "call.wav"
    assert digest == hashlib.sha256(file.read_bytes()).hexdigest()
    with file.open("rb") as wav:
        assert digital_source(wav) is DigitalSource.COMPOSITE
    with soundfile.SoundFile(file) as read:
        assert (read.artist, read.title) == ("piper:joe", "call c1")


async def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="--out"):
        report.write(tmp_path / "file", await gathered(), Timeline(8000, 24000, keep=True))
