"""Genesys Cloud: the Audio Connector, which speaks AudioHook.

There is no webhook: the connector opens the stream at an address that does not change, and signs
the request for it (HTTP Message Signatures, draft).
Source: developer.genesys.cloud/devapps/audiohook.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.genesys import GenesysAudioHookSerializer

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import (
    Arrival,
    Carrier,
    Opened,
    Reply,
    StreamError,
    Way,
    Webhook,
    part_of,
)

PROBE = "00000000-0000-0000-0000-000000000000"
"""The conversation of a connector that only tries whether it is understood."""
SKEW_S = 10
_INPUT = re.compile(
    r"(?P<label>[a-z0-9_-]{1,32})=(?P<params>\((?P<parts>[^()]{0,400})\)(?P<rest>;[^,]{0,600}))"
)
_PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))')
_REQUIRED = frozenset({"@request-target", "@authority", "audiohook-session-id", "x-api-key"})


class Genesys(Carrier):
    """Calls that an Architect flow hands to the Audio Connector.

    A transfer ends the stream and tells the flow `transfer_to`; what comes of it only the flow
    knows.
    """

    name: ClassVar[str] = "genesys"
    chunk_ms: ClassVar[int] = 200
    """It takes five messages in a second."""
    has_marks: ClassVar[bool] = False
    by_webhook: ClassVar[bool] = False
    way: ClassVar[Way | None] = "hands over"

    def __init__(self, api: CarrierApi, api_key: str, client_secret: str) -> None:
        super().__init__(api)
        self._api_key = api_key
        self._secret = base64.b64decode(client_secret, validate=True)

    def verify(self, webhook: Webhook) -> None:
        """Checks `Signature` (HMAC-SHA256) of the request for the stream."""
        headers = webhook.headers
        found = _INPUT.fullmatch(headers.get("signature-input", ""))
        if found is None or headers.get("x-api-key") != self._api_key:
            raise NotAllowedError("This request does not carry the key given to Genesys.")
        names = re.findall(r'"([^"]+)"', found["parts"])
        told = {name: text or number for name, text, number in _PARAMETER.findall(found["rest"])}
        signed = "\n".join(f'"{name}": {_component(webhook, name)}' for name in names)
        signed += f'\n"@signature-params": {found["params"]}'
        expected = base64.b64encode(hmac.digest(self._secret, signed.encode(), hashlib.sha256))
        given = headers.get("signature", "").encode()
        whole = f"{found['label']}=:".encode() + expected + b":"
        if not set(names) >= _REQUIRED or not hmac.compare_digest(whole, given):
            raise NotAllowedError("The signature of this request is not Genesys's.")
        if not _valid(told, webhook.now_s):
            raise NotAllowedError("This request of Genesys was signed too long ago.")

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns None: calls arrive as streams."""
        return None

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns nothing: calls arrive as streams."""
        return Reply()

    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Reads `open`."""
        if message.get("type") != "open":
            return None
        parameters = part_of(message, "parameters")
        offered = parameters.get("media")
        media = [m for m in offered if isinstance(m, dict)] if isinstance(offered, list) else []
        if not any(m.get("format") == "PCMU" and m.get("rate") == 8000 for m in media[:1]):
            raise StreamError(f"the stream is {media[:1]!r}, not PCMU at 8000 Hz")
        participant = part_of(parameters, "participant")
        return Opened(
            arrival=Arrival(
                call_id=str(parameters.get("conversationId", "")),
                caller=str(participant.get("ani", "")),
                called=str(participant.get("dnis", "")),
            ),
            stream_id=str(message.get("id", "")),
        )

    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns pipecat's, which also shakes hands."""
        params = GenesysAudioHookSerializer.InputParams(resampler_clear_after_secs=None)
        serializer = GenesysAudioHookSerializer(params)
        serializer.set_output_variables({"action": "finished"})
        return serializer

    def hand_over(self, serializer: FrameSerializer, number: str) -> None:
        """Tells the flow whom to ring."""
        assert isinstance(serializer, GenesysAudioHookSerializer)
        serializer.set_output_variables({"action": "transfer", "transfer_to": number})

    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Recognises `close`."""
        return message.get("type") == "close"


def _component(webhook: Webhook, name: str) -> str:
    """Returns the part of a request that a name in a signature stands for."""
    parts = urlsplit(webhook.url)
    if name == "@request-target":
        return parts.path + (f"?{parts.query}" if parts.query else "")
    if name == "@authority":
        return parts.netloc.lower()
    return webhook.headers.get(name, "")


def _valid(told: Mapping[str, str], now_s: float) -> bool:
    """Returns whether a signature is one of now, by the algorithm that is checked."""
    created, expires = told.get("created", ""), told.get("expires", "")
    if told.get("alg") != "hmac-sha256" or not (created.isdecimal() and expires.isdecimal()):
        return False
    return int(created) - SKEW_S <= now_s <= int(expires) + SKEW_S
