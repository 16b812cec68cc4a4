"""A carrier as its documentation describes it: signed webhooks and the framing of streams."""

import audioop
import base64
import json
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

CALLER, CALLED = "+447700900123", "+442079460000"
SHOWN = "+442079460099"
"""The caller id of the account."""
TOKEN = "a-token-of-the-account-that-is-long-enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of the carrier, ready to be sent."""

    method: str = "POST"
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that was sent to the caller, s16le."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark behind the sound that was sent."""

    name: str


class Clear:
    """What has not been played is to be thrown away."""


Sent = Audio | Mark | Clear | None


class Peer(ABC):
    """One carrier's side.

    Attributes:
        base: Where the product is reached, as the carrier was told.
    """

    name: str
    rate_hz = 8000
    frame_ms = 20
    own_account: ClassVar[dict[str, str]]
    announced: ClassVar[dict[str, str]] = {"From": CALLER, "To": CALLED}

    def __init__(self, base: str) -> None:
        self.base = base
        self.call_id = f"call-{uuid.uuid4().hex}"

    def account(self, api_url: str) -> dict[str, str]:
        """The setting that fits."""
        return {**self.own_account, "caller_id": SHOWN, "api_url": api_url}

    def asks(self) -> Asked:
        """The webhook of a call, signed."""
        return self.signed(f"/carriers/{self.name}/answer", self.announced)

    @abstractmethod
    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        """Any other webhook, signed."""

    def stream_url(self, reply: str) -> str:
        """The address of the stream in the answer."""
        begin = reply.index("ws://")
        return reply[begin:].partition('"')[0].partition("<")[0]

    @abstractmethod
    def opening(self) -> list[str]:
        """The first messages of a stream."""

    @abstractmethod
    def media(self, pcm: bytes) -> str | bytes:
        """20 ms of the caller."""

    @abstractmethod
    def key(self, digit: str) -> str:
        """A key."""

    @abstractmethod
    def read(self, message: str | bytes) -> Sent:
        """What the product has sent."""

    def mark_back(self, name: str) -> str:
        """Says that a mark was reached."""
        raise AssertionError(f"{self.name} has no marks: {name}")

    def stop(self) -> str:
        """The end of the stream."""
        return json.dumps({"event": "stop"})


class EventPeer(Peer):
    """A carrier whose stream is JSON with an `event`."""

    stream_field: str
    media_fields: ClassVar[dict[str, Any]] = {"track": "inbound", "chunk": "1", "timestamp": "5"}

    def event(self, event: str, **parts: Any) -> str:
        """One message."""
        return json.dumps({"event": event, self.stream_field: "s1", **parts})

    @abstractmethod
    def start(self) -> dict[str, Any]:
        """What the first message tells."""

    def payload(self, pcm: bytes) -> bytes:
        """The caller's audio as it is sent."""
        return audioop.lin2ulaw(pcm, 2)

    def audio(self, payload: bytes) -> bytes:
        """Audio for the caller, s16le."""
        return audioop.ulaw2lin(payload, 2)

    def opening(self) -> list[str]:
        told = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        return [told, self.event("start", start=self.start())]

    def media(self, pcm: bytes) -> str:
        payload = base64.b64encode(self.payload(pcm)).decode()
        return self.event("media", media={**self.media_fields, "payload": payload})

    def key(self, digit: str) -> str:
        return self.event("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        assert told.get(self.stream_field, "s1") == "s1"
        if told["event"] == "media":
            return Audio(self.audio(base64.b64decode(told["media"]["payload"], validate=True)))
        if told["event"] == "mark":
            return Mark(told["mark"]["name"])
        assert told["event"] == "clear"
        return Clear()

    def mark_back(self, name: str) -> str:
        return self.event("mark", mark={"name": name})
