"""Telnyx: Call Control webhooks and commands, and media streaming.

Sources: developers.telnyx.com (webhook signing, media streaming over WebSockets, call commands).
"""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.telnyx import TelnyxFrameSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import (
    NO_JSON,
    Arrival,
    Dialling,
    Opened,
    Reply,
    Way,
    Webhook,
    part_of,
)
from receptionist.telephony.media_stream.event_stream import EventStream
from receptionist.tools.contract import TransferOutcome

TOLERANCE_S = 300
"""A webhook that was signed longer ago is a replay."""
_CODECS = ("PCMU", "PCMA")
_GONE = frozenset({404, 422})
"""A call that has ended is answered with 422 (error 90018)."""
_CAUSES: Mapping[str, TransferOutcome] = {
    "user_busy": TransferOutcome.BUSY,
    "call_rejected": TransferOutcome.DECLINED,
    "timeout": TransferOutcome.NO_ANSWER,
    "time_limit": TransferOutcome.NO_ANSWER,
    "originator_cancel": TransferOutcome.CANCELLED,
    "not_found": TransferOutcome.UNREACHABLE,
    "unspecified": TransferOutcome.FAILED,
    "normal_clearing": TransferOutcome.NO_ANSWER,
}


class Telnyx(EventStream):
    """Calls to the numbers of a Telnyx Call Control application."""

    name: ClassVar[str] = "telnyx"
    way: ClassVar[Way | None] = "stays"
    nothing: ClassVar[Reply] = NO_JSON
    call_field: ClassVar[str] = "call_control_id"
    stream_field: ClassVar[str] = "stream_id"
    format_field: ClassVar[str] = "media_format"
    audio: ClassVar[str] = f"{' or '.join(_CODECS)} at 8000 Hz"

    def __init__(self, api: CarrierApi, public_key: str, caller_id: str = "") -> None:
        super().__init__(api, caller_id)
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))

    def verify(self, webhook: Webhook) -> None:
        """Checks `telnyx-signature-ed25519` of time and body."""
        at = webhook.headers.get("telnyx-timestamp", "")
        given = webhook.headers.get("telnyx-signature-ed25519", "")
        try:
            self._key.verify(base64.b64decode(given), at.encode() + b"|" + webhook.body)
        except (InvalidSignature, ValueError):
            raise NotAllowedError("The signature of this request is not Telnyx's.") from None
        if not at.isdecimal() or abs(webhook.now_s - int(at)) > TOLERANCE_S:
            raise NotAllowedError("This request of Telnyx was signed too long ago.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of `call.initiated`."""
        kind, payload = _event(webhook)
        if kind != "call.initiated" or payload.get("direction") != "incoming":
            return None
        return Arrival(
            call_id=str(payload.get("call_control_id", "")),
            caller=str(payload.get("from", "")),
            called=str(payload.get("to", "")),
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Commands the answer and the stream."""
        await self._command(
            arrival.call_id,
            "answer",
            {
                "stream_url": stream_url,
                "stream_track": "inbound_track",
                "stream_bidirectional_mode": "rtp",
                "stream_bidirectional_codec": "PCMU",
            },
        )
        return self.nothing

    async def refuse(self, arrival: Arrival) -> Reply | None:
        """Rejects the call."""
        await self._command(arrival.call_id, "reject", {"cause": "USER_BUSY"})
        return self.nothing

    async def send_on(self, arrival: Arrival, number: str) -> Reply | None:
        """Commands the transfer of a call that was not answered; `told` ends one nobody takes."""
        state = base64.b64encode(arrival.call_id.encode()).decode()
        if await self._transfer(arrival.call_id, number, {"target_leg_client_state": state}):
            return self.nothing
        return await self.refuse(arrival)

    async def told(self, webhook: Webhook) -> Reply:
        """Hangs up on a caller who was sent on, when that call has ended: he is still there."""
        kind, payload = _event(webhook)
        if kind == "call.hangup" and (state := payload.get("client_state")):
            with suppress(ValueError):
                await self.hang_up(base64.b64decode(str(state), validate=True).decode())
        return self.nothing

    def understands(self, form: Mapping[str, Any]) -> bool:
        """Takes both laws."""
        return form.get("encoding") in _CODECS and form.get("sample_rate") == 8000

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's; it leaves hanging up to `hang_up`."""
        return TelnyxFrameSerializer(
            opened.stream_id,
            outbound_encoding=opened.codec,
            inbound_encoding="PCMU",
            params=TelnyxFrameSerializer.InputParams(auto_hang_up=False),
        )

    def mark(self, opened: Opened, name: str) -> str:
        """Returns a `mark`."""
        return json.dumps({"event": "mark", "mark": {"name": name}})

    async def hang_up(self, call_id: str) -> None:
        """Commands the hang-up."""
        await self._command(call_id, "hangup", {})

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Commands the transfer; the stream stays while it rings."""
        settings = {"timeout_secs": dialling.ring_s, "webhook_url": dialling.result_url}
        return await self._transfer(call_id, dialling.number, settings)

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Reads the events of the second leg."""
        kind, payload = _event(webhook)
        if kind in ("call.answered", "call.bridged"):
            return TransferOutcome.ANSWERED
        if kind != "call.hangup":
            return None
        return _CAUSES.get(str(payload.get("hangup_cause")), TransferOutcome.UNREACHABLE)

    async def _transfer(self, call_id: str, number: str, settings: Mapping[str, Any]) -> bool:
        shown = {"from": self.caller_id} if self.caller_id else {}
        return await self._command(call_id, "transfer", {"to": number, **shown, **settings})

    async def _command(self, call_id: str, command: str, order: Mapping[str, Any]) -> bool:
        path = f"/v2/calls/{quote(call_id, safe='')}/actions/{command}"
        return await self.api.send("POST", path, document=dict(order), gone=_GONE)


def _event(webhook: Webhook) -> tuple[str, Mapping[str, Any]]:
    data = part_of(webhook.document, "data")
    return str(data.get("event_type", "")), part_of(data, "payload")
