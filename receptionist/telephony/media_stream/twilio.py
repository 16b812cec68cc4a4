"""Twilio: TwiML, Media Streams, and its REST API.

Sources: twilio.com/docs/usage/security, /voice/media-streams/websocket-messages, /voice/twiml/dial.
"""

import base64
import hashlib
import hmac
from typing import ClassVar
from urllib.parse import parse_qsl
from xml.sax.saxutils import quoteattr

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.contract import Dialling, Opened, Webhook
from receptionist.telephony.media_stream.markup import Markup, ended, response
from receptionist.tools.contract import TransferOutcome


class Twilio(Markup):
    """Calls to the numbers of a Twilio account."""

    name: ClassVar[str] = "twilio"
    asks: ClassVar[bool] = True
    call_field: ClassVar[str] = "callSid"
    stream_field: ClassVar[str] = "streamSid"
    call_parameter: ClassVar[str] = "CallSid"
    busy: ClassVar[str] = '<Reject reason="busy"/>'

    def verify(self, webhook: Webhook) -> None:
        """Checks `X-Twilio-Signature`: HMAC-SHA1 of the address and the sorted fields."""
        fields = parse_qsl(webhook.body.decode(errors="replace"), keep_blank_values=True)
        if webhook.method == "GET":
            fields = []
        # The same field with the same value counts once.
        signed = webhook.url + "".join(name + value for name, value in sorted(set(fields)))
        expected = base64.b64encode(hmac.digest(self.key, signed.encode(), hashlib.sha1))
        given = webhook.headers.get("x-twilio-signature", "").encode()
        if not hmac.compare_digest(expected, given):
            raise NotAllowedError("The signature of this request is not Twilio's.")

    def connect(self, stream_url: str) -> str:
        """Returns the TwiML of a stream."""
        return f"<Connect><Stream url={quoteattr(stream_url)}/></Connect>"

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's; it leaves hanging up to `hang_up`."""
        return TwilioFrameSerializer(
            opened.stream_id, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
        )

    async def hang_up(self, call_id: str) -> None:
        """Completes the call."""
        await self.api.send("POST", self._call(call_id), form={"Status": "completed"})

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Has the call dial; that ends its stream."""
        url = dialling.result_url
        settings = {"timeout": str(dialling.ring_s), "action": url}
        of_number = {"statusCallbackEvent": "answered", "statusCallback": url}
        if dialling.ask_url:  # the caller hears the ringing until he is joined
            settings["answerOnBridge"], of_number = "true", {"url": dialling.ask_url}
        verb = self.dialled(dialling.number, settings, of_number)
        order = {"Twiml": response(verb).content}
        return await self.api.send("POST", self._call(call_id), form=order)

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads `DialCallStatus` at the end, or that the person has answered."""
        fields = webhook.fields
        if status := fields.get("DialCallStatus"):
            return ended(status)
        return TransferOutcome.ANSWERED if fields.get("CallStatus") == "in-progress" else None

    def _call(self, call_id: str) -> str:
        return f"/2010-04-01/Accounts/{self.account}/Calls/{call_id}.json"
