"""Vonage: NCCO, WebSockets of the Voice API, and its REST API.

Sources: developer.vonage.com (voice/voice-api/concepts/websockets, signed webhooks, NCCO).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

import jwt
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.vonage import VonageFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import (
    JSON,
    NO_JSON,
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
from receptionist.tools.contract import TransferOutcome

RATE_HZ = 16000
FORMAT = f"audio/l16;rate={RATE_HZ}"
CALL_HEADER = "receptionist-call"
"""What the NCCO gives the stream comes back in its first message: it tells which call it is."""
TOLERANCE_S = 300
_ENDED: Mapping[str, TransferOutcome] = {
    "answered": TransferOutcome.ANSWERED,
    "machine": TransferOutcome.VOICEMAIL,
    "busy": TransferOutcome.BUSY,
    "rejected": TransferOutcome.DECLINED,
    "timeout": TransferOutcome.NO_ANSWER,
    "unanswered": TransferOutcome.NO_ANSWER,
    "cancelled": TransferOutcome.CANCELLED,
    "failed": TransferOutcome.UNREACHABLE,
}


class Vonage(Carrier):
    """Calls to the numbers of a Vonage application."""

    name: ClassVar[str] = "vonage"
    rate_hz: ClassVar[int] = RATE_HZ
    way: ClassVar[Way | None] = "leaves"
    nothing: ClassVar[Reply] = NO_JSON

    def __init__(self, api: CarrierApi, signature_secret: str, caller_id: str = "") -> None:
        super().__init__(api, caller_id)
        self._secret = signature_secret

    def verify(self, webhook: Webhook) -> None:
        """Checks the JWT (HS256) in `Authorization`, and the hash of the body that it carries."""
        scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["iat"], "verify_aud": False, "verify_iat": False},
            )
            fresh = abs(webhook.now_s - float(claims["iat"])) <= TOLERANCE_S
        except (jwt.InvalidTokenError, TypeError, ValueError):
            raise NotAllowedError("The signature of this request is not Vonage's.") from None
        body = hashlib.sha256(webhook.body).hexdigest()
        told = str(claims.get("payload_hash", "" if webhook.body else body))
        if scheme.lower() != "bearer" or not hmac.compare_digest(told.encode(), body.encode()):
            raise NotAllowedError("What this request says is not what Vonage has signed.")
        if not fresh:
            raise NotAllowedError("This request of Vonage was signed too long ago.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for an NCCO."""
        fields: Mapping[str, Any] = {**webhook.fields, **webhook.document}
        if not fields.get("uuid") or "status" in fields:
            return None
        return Arrival(
            call_id=str(fields["uuid"]),
            caller=str(fields.get("from", "")),
            called=str(fields.get("to", "")),
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns the NCCO that connects the stream."""
        return _ncco(_stream(arrival.call_id, stream_url))

    async def send_on(self, arrival: Arrival, number: str) -> Reply | None:
        """Returns the NCCO that rings another number; the call ends with the ringing."""
        return _ncco(self._dial(number))

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `websocket:connected`."""
        if message.get("event") != "websocket:connected":
            return None
        form = str(message.get("content-type", "")).replace(" ", "").lower()
        if form != FORMAT:
            raise StreamError(f"the stream is {form!r}, not {FORMAT}")
        return Opened(arrival=Arrival(call_id=str(message.get(CALL_HEADER, ""))))

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's."""
        params = VonageFrameSerializer.InputParams(vonage_sample_rate=RATE_HZ)
        return VonageFrameSerializer(params)

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `notify`."""
        return json.dumps({"action": "notify", "payload": {"mark": name}})

    def marked(self, message: Mapping[str, Any]) -> str:
        """Reads `websocket:notify`."""
        if message.get("event") != "websocket:notify":
            return ""
        return str(part_of(message, "payload").get("mark", ""))

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises the end that Vonage announces; mostly it closes the socket."""
        return message.get("event") == "websocket:disconnected"

    async def hang_up(self, call_id: str) -> None:
        """Commands the hang-up."""
        await self._modify(call_id, {"action": "hangup"})

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Gives the call another NCCO: it dials, and comes back when nobody answers."""
        settings = {"timeout": dialling.ring_s, "eventUrl": [dialling.result_url]}
        dial = {**self._dial(dialling.number), **settings}
        ncco = [dial, _stream(call_id, dialling.stream_url)]
        order = {"action": "transfer", "destination": {"type": "ncco", "ncco": ncco}}
        return await self._modify(call_id, order)

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads the status of the dialled call."""
        fields: Mapping[str, Any] = {**webhook.fields, **webhook.document}
        return _ENDED.get(str(fields.get("status", "")))

    def _dial(self, number: str) -> dict[str, Any]:
        endpoint = {"type": "phone", "number": number.lstrip("+")}
        shown = {"from": self.caller_id.lstrip("+")} if self.caller_id else {}
        return {"action": "connect", "endpoint": [endpoint], **shown}

    async def _modify(self, call_id: str, order: Mapping[str, Any]) -> bool:
        path = f"/v1/calls/{quote(call_id, safe='')}"
        return await self.api.send("PUT", path, document=dict(order))


def _stream(call_id: str, url: str) -> dict[str, Any]:
    endpoint = {
        "type": "websocket",
        "uri": url,
        "content-type": FORMAT,
        "headers": {CALL_HEADER: call_id},
    }
    return {"action": "connect", "endpoint": [endpoint]}


def _ncco(*actions: Mapping[str, Any]) -> Reply:
    return Reply(content=json.dumps(actions), media_type=JSON)
