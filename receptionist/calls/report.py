"""A call as files: `call.json` for programs and people, `call.wav` for ears."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from guardrails.marking import DigitalSource, Marking, marked_wav
from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    EngineChanged,
    LanguageSwitched,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.timeline import Timeline
from receptionist.errors import StorageError


class CallReport:
    """Gathers the events of one call; a CallSink."""

    def __init__(self) -> None:
        self._started: CallStarted | None = None
        self._ended: CallEnded | None = None
        self.turns: list[TurnEnded] = []
        self.latency: list[LatencyMeasured] = []
        self.tools: list[ToolFinished] = []
        self.engine_changes: list[EngineChanged] = []
        self.switches: list[LanguageSwitched] = []

    async def __call__(self, event: CallEvent) -> None:
        """Takes an event."""
        match event:
            case CallStarted():
                self._started = event
            case CallEnded():
                self._ended = event
            case TurnEnded():
                self.turns.append(event)
            case LatencyMeasured():
                self.latency.append(event)
            case ToolFinished():
                self.tools.append(event)
            case EngineChanged():
                self.engine_changes.append(event)
            case LanguageSwitched():
                self.switches.append(event)
            case _:
                pass

    @property
    def call_id(self) -> str:
        """Of the call; "" before it began."""
        return self._started.call_id if self._started else ""

    @property
    def languages(self) -> Sequence[str]:
        """Languages of the call, in the order they were spoken."""
        first = [self._started.language] if self._started else []
        return [*first, *(switch.language for switch in self.switches)]

    def record(self) -> dict[str, Any]:
        """Returns the content of `call.json`."""
        started, ended = self._started, self._ended
        return {
            "call_id": started and started.call_id,
            "tenant": started and started.tenant,
            "version": started and started.version,
            "language": started and started.language,
            "disposition": ended and ended.disposition,
            "duration_s": ended and ended.duration_s,
            "turns": [
                {key: value for key, value in asdict(turn).items() if key != "index"}
                for turn in sorted(self.turns, key=lambda turn: turn.index)
            ],
            "latency": [asdict(measured) for measured in self.latency],
            "tools": [
                {"name": tool.name, "arguments": dict(tool.arguments), "outcome": tool.outcome}
                for tool in self.tools
            ],
            "languages": self.languages,
            "engine_changes": [asdict(change) for change in self.engine_changes],
        }


def write(folder: Path, report: CallReport, timeline: Timeline, voices: Sequence[str] = ()) -> str:
    """Writes `call.json` and `call.wav` (stereo: caller left, assistant right) into `folder`.

    Args:
        folder: Is made when it is missing.
        report: Of the call.
        timeline: Its sound.
        voices: What the assistant spoke with; the sound is marked as theirs.

    Returns:
        Hash (SHA-256) of `call.wav`.

    Raises:
        StorageError: the folder cannot be written to.
    """
    rate_hz = max(timeline.rate_in_hz, timeline.rate_out_hz)
    marking = Marking(
        source=DigitalSource.COMPOSITE,
        engines=tuple(voices),
        created_at=datetime.now(UTC),
        title=f"call {report.call_id}",
    )
    pcm = timeline.stereo(rate_hz).tobytes()
    wav = marked_wav(pcm, marking, rate_hz=rate_hz, channels=2)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = json.dumps(report.record(), indent=2, ensure_ascii=False)
        (folder / "call.json").write_text(record + "\n", encoding="utf-8")
        (folder / "call.wav").write_bytes(wav)
    except OSError as error:
        raise StorageError(
            f"The call could not be written to {folder}: {error}. Give --out a folder that can"
            " be written to and has room."
        ) from error
    return hashlib.sha256(wav).hexdigest()
