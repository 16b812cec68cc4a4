"""A carrier as its documentation describes it: signed webhooks and the framing of streams."""

import audioop
import base64
import json
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

CALLER, CALLED = "+447700900123", "+442079460000"
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

    def __init__(self, base: str) -> None:
        self.base = base
        self.call_id = f"call-{uuid.uuid4().hex}"

    def account(self, api_url: str) -> dict[str, str]:
        """The setting that fits."""
        return {**self.own_account, "api_url": api_url}

    @abstractmethod
    def asks(self) -> Asked:
        """The webhook of a call, signed."""

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


def ulaw(pcm: bytes) -> str:
    return base64.b64encode(audioop.lin2ulaw(pcm, 2)).decode()


def from_ulaw(payload: str) -> bytes:
    return audioop.ulaw2lin(base64.b64decode(payload, validate=True), 2)
