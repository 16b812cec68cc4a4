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
from receptionist.telephony.media_stream.contract import JSON, Arrival, Opened, Reply, Webhook
from receptionist.telephony.media_stream.event_stream import EventStream


class Exotel(EventStream):
    """Calls that a flow of an Exotel account hands to a bot.

    Its API cannot put a call through that is on a stream: the flow goes on with its next applet
    when the stream ends.
    """

    name: ClassVar[str] = "exotel"
    call_field: ClassVar[str] = "call_sid"
    stream_field: ClassVar[str] = "stream_sid"
    format_field: ClassVar[str] = "media_format"
    audio: ClassVar[str] = "16-bit audio at 8000 Hz"
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

    def understands(self, form: Mapping[str, Any]) -> bool:
        """Takes 16-bit samples."""
        sampled = str(form.get("sample_rate", "8000")) == "8000"
        return sampled and "mulaw" not in str(form.get("encoding"))

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's."""
        return ExotelFrameSerializer(opened.stream_id)
