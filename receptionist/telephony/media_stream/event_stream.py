"""Streams whose messages are JSON with an `event`: `start`, `media`, `mark`, `stop`."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from receptionist.telephony.media_stream.contract import (
    Arrival,
    Carrier,
    Opened,
    StreamError,
    part_of,
)


class EventStream(Carrier):
    """A carrier with such a stream.

    Attributes:
        call_field: Names the call in `start`.
        stream_field: Names the stream, in `start` or beside it.
        format_field: Holds how its audio is written.
        audio: That, as it has to be, for the log.
    """

    call_field: ClassVar[str]
    stream_field: ClassVar[str]
    format_field: ClassVar[str]
    audio: ClassVar[str]

    @abstractmethod
    def understands(self, form: Mapping[str, Any]) -> bool:
        """Returns whether audio written so is understood."""

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `start`."""
        if message.get("event") != "start":
            return None
        start = part_of(message, "start")
        form = part_of(start, self.format_field)
        if not self.understands(form):
            raise StreamError(f"the stream is {form!r}, not {self.audio}")
        return Opened(
            arrival=Arrival(
                call_id=str(start.get(self.call_field, "")),
                caller=str(start.get("from", "")),
                called=str(start.get("to", "")),
            ),
            stream_id=str(start.get(self.stream_field) or message.get(self.stream_field, "")),
            codec=str(form.get("encoding", "")),
        )

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `mark`."""
        mark = {"event": "mark", self.stream_field: opened.stream_id, "mark": {"name": name}}
        return json.dumps(mark)

    def marked(self, message: Mapping[str, Any]) -> str:
        """Reads a `mark` that came back."""
        if message.get("event") != "mark":
            return ""
        return str(part_of(message, "mark").get("name", ""))

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises `stop`."""
        return message.get("event") == "stop"
