"""Exotel: the Voicebot applet, which asks for the address of the stream.

Its requests are not signed: the applet is given an address with a name and a password in it.
Source: developer.exotel.com/docs/agentstream (stream-voicebot-applet, websocket-protocol).
"""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.exotel import ExotelFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import (
    JSON,
    Arrival,
    Carrier,
    Opened,
    Reply,
    StreamError,
    Webhook,
    part_of,
)


class Exotel(Carrier):
    """Calls that a flow of an Exotel account hands to a bot.

    Its API cannot put a call through that is on a stream: the flow goes on with its next applet
    when the stream ends.
    """

    name: ClassVar[str] = "exotel"
    chunk_ms: ClassVar[int] = 100
    """Smaller chunks than 3,200 bytes are played with gaps."""

    def __init__(self, api: CarrierApi, user: str, password: str) -> None:
        super().__init__(api)
        self._authorization = base64.b64encode(f"{user}:{password}".encode())

    def verify(self, webhook: Webhook) -> None:
        """Checks name and password (RFC 7617)."""
        scheme, _, given = webhook.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(self._authorization, given.strip().encode())
        if scheme.lower() != "basic" or not same:
            raise NotAllowedError("This request does not carry the password given to Exotel.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for an address."""
        fields = webhook.fields
        if not fields.get("CallSid"):
            return None
        return Arrival(
            call_id=fields["CallSid"],
            caller=fields.get("CallFrom") or fields.get("From", ""),
            called=fields.get("CallTo") or fields.get("To", ""),
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns the address."""
        return Reply(content=json.dumps({"url": stream_url}), media_type=JSON)

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `start`."""
        if message.get("event") != "start":
            return None
        start = part_of(message, "start")
        form = part_of(start, "media_format")
        if str(form.get("sample_rate", "8000")) != "8000" or "mulaw" in str(form.get("encoding")):
            raise StreamError(f"the stream is {form!r}, not 16-bit audio at 8000 Hz")
        return Opened(
            arrival=Arrival(
                call_id=str(start.get("call_sid", "")),
                caller=str(start.get("from", "")),
                called=str(start.get("to", "")),
            ),
            stream_id=str(start.get("stream_sid") or message.get("stream_sid", "")),
        )

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's."""
        return ExotelFrameSerializer(opened.stream_id)

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `mark`."""
        return json.dumps({"event": "mark", "stream_sid": opened.stream_id, "mark": {"name": name}})

    def marked(self, message: Mapping[str, Any]) -> str:
        """Reads a `mark` that came back."""
        if message.get("event") != "mark":
            return ""
        return str(part_of(message, "mark").get("name", ""))

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises `stop`."""
        return message.get("event") == "stop"
