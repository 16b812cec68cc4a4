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
from xml.sax.saxutils import escape

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.contract import Arrival, Dialling, Opened, Reply, Webhook
from receptionist.telephony.media_stream.markup import Markup, ended, response
from receptionist.tools.contract import TransferOutcome


class Plivo(Markup):
    """Calls to the numbers of a Plivo account."""

    name: ClassVar[str] = "plivo"
    call_field: ClassVar[str] = "callId"
    stream_field: ClassVar[str] = "streamId"
    call_parameter: ClassVar[str] = "CallUUID"
    busy: ClassVar[str] = '<Hangup reason="busy"/>'

    def verify(self, webhook: Webhook) -> None:
        """Checks `X-Plivo-Signature-V3`: HMAC-SHA256 of address, sorted fields and nonce."""
        nonce = webhook.headers.get("x-plivo-signature-v3-nonce", "")
        signed = f"{_signed_address(webhook)}.{nonce}".encode()
        expected = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256))
        given = webhook.headers.get("x-plivo-signature-v3", "").encode()
        # Of an account with several tokens there are several, with commas between them.
        if not nonce or not any(hmac.compare_digest(expected, one) for one in given.split(b",")):
            raise NotAllowedError("The signature of this request is not Plivo's.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for XML, which is not one that tells of its end."""
        return None if webhook.fields.get("Event") == "Hangup" else super().arrival(webhook)

    def connect(self, stream_url: str) -> str:
        """Returns the XML of a stream."""
        return (
            '<Stream bidirectional="true" keepCallAlive="true"'
            f' contentType="audio/x-mulaw;rate=8000">{escape(stream_url)}</Stream>'
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

    async def hang_up(self, call_id: str) -> None:
        """Deletes the call."""
        await self.api.send("DELETE", self._call(call_id))

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Has the call ask for XML anew; that ends its stream."""
        order = {"legs": "aleg", "aleg_url": dialling.dial_url, "aleg_method": "POST"}
        return await self.api.send("POST", self._call(call_id), document=order)

    def dial(self, dialling: Dialling) -> Reply:
        """Returns the XML that dials."""
        url = dialling.result_url
        settings = {
            "timeout": str(dialling.ring_s),
            "action": url,
            "method": "POST",
            "callbackUrl": url,
            "callbackMethod": "POST",
        }
        return response(self.dialled(dialling.number, settings))

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads `DialStatus` at the end, or that the person has answered."""
        fields = webhook.fields
        if fields.get("DialAction"):
            answered = fields["DialAction"] in ("answer", "connected")
            return TransferOutcome.ANSWERED if answered else None
        status = fields.get("DialStatus")
        return ended(status) if status else None

    def _call(self, call_id: str) -> str:
        return f"/v1/Account/{self.account}/Call/{call_id}/"


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
