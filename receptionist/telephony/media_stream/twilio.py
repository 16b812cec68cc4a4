"""Twilio: TwiML, Media Streams, and its REST API.

Sources: twilio.com/docs/usage/security, /voice/media-streams/websocket-messages, /voice/twiml/dial.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer

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
from receptionist.tools.contract import TransferOutcome

ENDED: Mapping[str, TransferOutcome] = {
    "completed": TransferOutcome.ANSWERED,
    "answered": TransferOutcome.ANSWERED,
    "busy": TransferOutcome.BUSY,
    "no-answer": TransferOutcome.NO_ANSWER,
    "timeout": TransferOutcome.NO_ANSWER,
    "canceled": TransferOutcome.CANCELLED,
    "cancel": TransferOutcome.CANCELLED,
    "failed": TransferOutcome.UNREACHABLE,
}
"""What Twilio and Plivo call the ends of a dialled call; `failed` is a number that cannot ring."""


class Twilio(Carrier):
    """Calls to the numbers of a Twilio account."""

    name: ClassVar[str] = "twilio"
    way: ClassVar[Way | None] = "leaves"

    def __init__(
        self, api: CarrierApi, account_sid: str, auth_token: str, caller_id: str = ""
    ) -> None:
        super().__init__(api, caller_id)
        self._account_sid = account_sid
        self._key = auth_token.encode()

    def verify(self, webhook: Webhook) -> None:
        """Checks `X-Twilio-Signature`: HMAC-SHA1 of the address and the sorted fields."""
        fields = parse_qsl(webhook.body.decode(errors="replace"), keep_blank_values=True)
        if webhook.method == "GET":
            fields = []
        # The same field with the same value counts once.
        signed = webhook.url + "".join(name + value for name, value in sorted(set(fields)))
        expected = base64.b64encode(hmac.digest(self._key, signed.encode(), hashlib.sha1))
        given = webhook.headers.get("x-twilio-signature", "").encode()
        if not hmac.compare_digest(expected, given):
            raise NotAllowedError("The signature of this request is not Twilio's.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for TwiML."""
        fields = webhook.fields
        if not fields.get("CallSid"):
            return None
        return Arrival(
            call_id=fields["CallSid"],
            caller=fields.get("From", ""),
            called=fields.get("To", ""),
            verstat=fields.get("StirVerstat", ""),
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns the TwiML that connects the stream."""
        return Reply(content=_connect(stream_url))

    async def refuse(self, arrival: Arrival) -> Reply | None:
        """Returns the TwiML of a busy line."""
        return Reply(content='<Response><Reject reason="busy"/></Response>')

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `start`."""
        if message.get("event") != "start":
            return None
        start = part_of(message, "start")
        form = part_of(start, "mediaFormat")
        if form.get("encoding") != "audio/x-mulaw" or form.get("sampleRate") != 8000:
            raise StreamError(f"the stream is {form!r}, not audio/x-mulaw at 8000 Hz")
        return Opened(
            arrival=Arrival(call_id=str(start.get("callSid", ""))),
            stream_id=str(start.get("streamSid", "")),
        )

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's; it leaves hanging up to `hang_up`."""
        return TwilioFrameSerializer(
            opened.stream_id, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
        )

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `mark`."""
        return json.dumps({"event": "mark", "streamSid": opened.stream_id, "mark": {"name": name}})

    def marked(self, message: Mapping[str, Any]) -> str:
        """Reads a `mark` that came back."""
        if message.get("event") != "mark":
            return ""
        return str(part_of(message, "mark").get("name", ""))

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises `stop`."""
        return message.get("event") == "stop"

    async def hang_up(self, call_id: str) -> None:
        """Completes the call."""
        await self.api.send("POST", self._call(call_id), form={"Status": "completed"})

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Has the call dial; that ends its stream."""
        shown = f" callerId={quoteattr(dialling.caller_id)}" if dialling.caller_id else ""
        twiml = (
            f'<Response><Dial timeout="{dialling.ring_s}" action={quoteattr(dialling.result_url)}'
            f'{shown}><Number statusCallbackEvent="answered"'
            f" statusCallback={quoteattr(dialling.result_url)}>{escape(dialling.number)}</Number>"
            "</Dial></Response>"
        )
        return await self.api.send("POST", self._call(call_id), form={"Twiml": twiml})

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads `DialCallStatus` at the end, or that the person has answered."""
        fields = webhook.fields
        if status := fields.get("DialCallStatus"):
            return ENDED.get(status, TransferOutcome.FAILED)
        return TransferOutcome.ANSWERED if fields.get("CallStatus") == "in-progress" else None

    def after(self, webhook: Webhook, stream_url: str) -> Reply:
        """Returns the TwiML that brings the caller back, or hangs up."""
        return Reply(
            content=_connect(stream_url) if stream_url else "<Response><Hangup/></Response>"
        )

    def _call(self, call_id: str) -> str:
        return f"/2010-04-01/Accounts/{self._account_sid}/Calls/{call_id}.json"


def _connect(stream_url: str) -> str:
    return f"<Response><Connect><Stream url={quoteattr(stream_url)}/></Connect></Response>"
