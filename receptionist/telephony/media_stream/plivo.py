"""Plivo: its XML, audio streaming, and its REST API.

Sources: plivo.com/docs/voice (stream, dial, signature validation V3).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape, quoteattr

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import (
    Arrival,
    Carrier,
    Dialling,
    Opened,
    Reply,
    StreamError,
    Way,
    Webhook,
    part_of,
)
from receptionist.telephony.media_stream.twilio import ENDED
from receptionist.tools.contract import TransferOutcome

FORMAT = "audio/x-mulaw;rate=8000"


class Plivo(Carrier):
    """Calls to the numbers of a Plivo account."""

    name: ClassVar[str] = "plivo"
    way: ClassVar[Way | None] = "leaves"

    def __init__(self, api: CarrierApi, auth_id: str, auth_token: str, caller_id: str = "") -> None:
        super().__init__(api, caller_id)
        self._auth_id = auth_id
        self._key = auth_token.encode()

    def verify(self, webhook: Webhook) -> None:
        """Checks `X-Plivo-Signature-V3`: HMAC-SHA256 of address, sorted fields and nonce."""
        nonce = webhook.headers.get("x-plivo-signature-v3-nonce", "")
        signed = f"{_signed_address(webhook)}.{nonce}".encode()
        expected = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256))
        given = webhook.headers.get("x-plivo-signature-v3", "").encode()
        # Of an account with several tokens there are several, with commas between them.
        if not nonce or not any(hmac.compare_digest(expected, one) for one in given.split(b",")):
            raise NotAllowedError("The signature of this request is not Plivo's.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for XML."""
        fields = webhook.fields
        if not fields.get("CallUUID") or fields.get("Event") == "Hangup":
            return None
        return Arrival(
            call_id=fields["CallUUID"], caller=fields.get("From", ""), called=fields.get("To", "")
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns the XML that connects the stream."""
        return Reply(content=_stream(stream_url))

    async def refuse(self, arrival: Arrival) -> Reply | None:
        """Returns the XML of a busy line."""
        return Reply(content='<Response><Hangup reason="busy"/></Response>')

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `start`."""
        if message.get("event") != "start":
            return None
        start = part_of(message, "start")
        form = part_of(start, "mediaFormat")
        if form.get("encoding") != "audio/x-mulaw" or form.get("sampleRate") != 8000:
            raise StreamError(f"the stream is {form!r}, not {FORMAT}")
        return Opened(
            arrival=Arrival(call_id=str(start.get("callId", ""))),
            stream_id=str(start.get("streamId", "")),
        )

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's; it leaves hanging up to `hang_up`."""
        return PlivoFrameSerializer(
            opened.stream_id, params=PlivoFrameSerializer.InputParams(auto_hang_up=False)
        )

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `checkpoint`."""
        return json.dumps({"event": "checkpoint", "streamId": opened.stream_id, "name": name})

    def marked(self, message: Mapping[str, Any]) -> str:
        """Reads `playedStream`."""
        return str(message.get("name", "")) if message.get("event") == "playedStream" else ""

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises `stop`."""
        return message.get("event") == "stop"

    async def hang_up(self, call_id: str) -> None:
        """Deletes the call."""
        await self.api.send("DELETE", self._call(call_id))

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Has the call ask for XML anew; that ends its stream."""
        order = {"legs": "aleg", "aleg_url": dialling.dial_url, "aleg_method": "POST"}
        return await self.api.send("POST", self._call(call_id), document=order)

    def dial(self, dialling: Dialling) -> Reply:
        """Returns the XML that dials."""
        shown = f" callerId={quoteattr(dialling.caller_id)}" if dialling.caller_id else ""
        url = quoteattr(dialling.result_url)
        return Reply(
            content=f'<Response><Dial timeout="{dialling.ring_s}" action={url} method="POST"'
            f' callbackUrl={url} callbackMethod="POST"{shown}>'
            f"<Number>{escape(dialling.number)}</Number></Dial></Response>"
        )

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads `DialStatus` at the end, or that the person has answered."""
        fields = webhook.fields
        if fields.get("DialAction"):
            answered = fields["DialAction"] in ("answer", "connected")
            return TransferOutcome.ANSWERED if answered else None
        status = fields.get("DialStatus")
        return ENDED.get(status, TransferOutcome.FAILED) if status else None

    def after(self, webhook: Webhook, stream_url: str) -> Reply:
        """Returns the XML that brings the caller back, or hangs up."""
        return Reply(
            content=_stream(stream_url) if stream_url else "<Response><Hangup/></Response>"
        )

    def _call(self, call_id: str) -> str:
        return f"/v1/Account/{self._auth_id}/Call/{call_id}/"


def _stream(url: str) -> str:
    return (
        '<Response><Stream bidirectional="true" keepCallAlive="true"'
        f' contentType="{FORMAT}">{escape(url)}</Stream></Response>'
    )


def _signed_address(webhook: Webhook) -> str:
    """Returns what is signed of a request, but for the nonce."""
    parts = urlsplit(webhook.url)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    fields = sorted(webhook.form.items())
    if query or fields:
        address += "?" + "&".join(f"{name}={value}" for name, value in query)
    if query and fields:
        address += "."
    return address + "".join(f"{name}{value}" for name, value in fields)
