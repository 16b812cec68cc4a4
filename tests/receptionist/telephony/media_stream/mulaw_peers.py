"""Carriers whose streams are JSON with audio in mu-law or A-law."""

import audioop
import base64
import hashlib
import hmac
import json
import time
from typing import Any, ClassVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.receptionist.telephony.media_stream.peer import (
    CALLED,
    CALLER,
    TOKEN,
    Asked,
    Audio,
    Clear,
    EventPeer,
    Mark,
    Sent,
)


def form(path: str, fields: dict[str, Any], headers: dict[str, str]) -> Asked:
    """A form that is sent."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return Asked(path=path, body=urlencode(fields).encode(), headers={**kind, **headers})


def digest(kind: str, text: str) -> str:
    """The signature of `text`."""
    return base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), kind)).decode()


class TwilioPeer(EventPeer):
    name = "twilio"
    stream_field = "streamSid"
    own_account: ClassVar[dict[str, str]] = {
        "account_sid": "AC" + "0f" * 16,
        "auth_token": "env:CARRIER_TOKEN",
    }

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        fields = {"CallSid": self.call_id, **fields}
        text = self.base + path + "".join(f"{name}{fields[name]}" for name in sorted(fields))
        return form(path, fields, {"X-Twilio-Signature": digest("sha1", text)})

    def start(self) -> dict[str, Any]:
        return {
            "accountSid": self.own_account["account_sid"],
            "streamSid": "s1",
            "callSid": self.call_id,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }


class TelnyxPeer(EventPeer):
    name = "telnyx"
    stream_field = "stream_id"
    codec = "PCMU"
    key_pair = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"telnyx").digest())
    own_account: ClassVar[dict[str, str]] = {
        "api_key": "env:CARRIER_TOKEN",
        "public_key": base64.b64encode(
            key_pair.public_key().public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw
            )
        ).decode(),
    }
    announced: ClassVar[dict[str, str]] = {
        "event": "call.initiated",
        "direction": "incoming",
        "from": CALLER,
        "to": CALLED,
    }

    def signed(self, path: str, fields: dict[str, Any], at: int | None = None) -> Asked:
        payload = {"call_control_id": self.call_id, **fields}
        kind = payload.pop("event")
        body = json.dumps({"data": {"event_type": kind, "payload": payload}}).encode()
        stamp = str(at or int(time.time()))
        signature = self.key_pair.sign(f"{stamp}|".encode() + body)
        return Asked(
            path=path,
            body=body,
            headers={
                "Content-Type": "application/json",
                "telnyx-timestamp": stamp,
                "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
            },
        )

    def start(self) -> dict[str, Any]:
        return {
            "call_control_id": self.call_id,
            "from": CALLER,
            "to": CALLED,
            "media_format": {"encoding": self.codec, "sample_rate": 8000, "channels": 1},
        }

    def payload(self, pcm: bytes) -> bytes:
        return super().payload(pcm) if self.codec == "PCMU" else audioop.lin2alaw(pcm, 2)


class PlivoPeer(EventPeer):
    name = "plivo"
    stream_field = "streamId"
    own_account: ClassVar[dict[str, str]] = {
        "auth_id": "MA" + "0F" * 9,
        "auth_token": "env:CARRIER_TOKEN",
    }

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        fields = {"CallUUID": self.call_id, **fields}
        nonce = "12345"
        text = f"{self.base}{path}?" + "".join(f"{n}{fields[n]}" for n in sorted(fields))
        signature = "of-another-token," + digest("sha256", f"{text}.{nonce}")
        named = {"X-Plivo-Signature-V3": signature, "X-Plivo-Signature-V3-Nonce": nonce}
        return form(path, fields, named)

    def start(self) -> dict[str, Any]:
        return {
            "callId": self.call_id,
            "streamId": "s1",
            "accountId": "1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        }

    def opening(self) -> list[str]:
        return super().opening()[1:]

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        assert told["streamId"] == "s1"
        if told["event"] == "playAudio":
            media = told["media"]
            assert (media["contentType"], media["sampleRate"]) == ("audio/x-mulaw", 8000)
            return Audio(self.audio(base64.b64decode(media["payload"], validate=True)))
        if told["event"] == "checkpoint":
            return Mark(told["name"])
        assert told["event"] == "clearAudio"
        return Clear()

    def mark_back(self, name: str) -> str:
        return self.event("playedStream", name=name)
