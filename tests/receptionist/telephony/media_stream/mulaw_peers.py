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
    Mark,
    Peer,
    Sent,
    from_ulaw,
    ulaw,
)


class TwilioPeer(Peer):
    name = "twilio"
    own_account: ClassVar[dict[str, str]] = {
        "account_sid": "AC" + "0f" * 16,
        "auth_token": "env:CARRIER_TOKEN",
    }

    def asks(self) -> Asked:
        return self.signed("/carriers/twilio/answer", {"From": CALLER, "To": CALLED})

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        fields = {"CallSid": self.call_id, **fields}
        text = self.base + path + "".join(f"{name}{fields[name]}" for name in sorted(fields))
        digest = hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()
        return Asked(
            path=path,
            body=urlencode(fields).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": base64.b64encode(digest).decode(),
            },
        )

    def opening(self) -> list[str]:
        start = {
            "accountSid": self.own_account["account_sid"],
            "streamSid": "MZ1",
            "callSid": self.call_id,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }
        return [
            json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
            json.dumps(
                {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": "MZ1"}
            ),
        ]

    def media(self, pcm: bytes) -> str:
        media = {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": ulaw(pcm)}
        return json.dumps({"event": "media", "streamSid": "MZ1", "media": media})

    def key(self, digit: str) -> str:
        return json.dumps({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        assert told["streamSid"] == "MZ1"
        if told["event"] == "media":
            return Audio(from_ulaw(told["media"]["payload"]))
        if told["event"] == "mark":
            return Mark(told["mark"]["name"])
        assert told["event"] == "clear"
        return Clear()

    def mark_back(self, name: str) -> str:
        return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


class TelnyxPeer(Peer):
    name = "telnyx"
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

    def asks(self) -> Asked:
        payload = {"direction": "incoming", "from": CALLER, "to": CALLED}
        return self.signed("/carriers/telnyx/answer", {"event": "call.initiated", **payload})

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

    def opening(self) -> list[str]:
        start = {
            "call_control_id": self.call_id,
            "from": CALLER,
            "to": CALLED,
            "media_format": {"encoding": self.codec, "sample_rate": 8000, "channels": 1},
        }
        return [
            json.dumps({"event": "connected", "version": "1.0.0"}),
            json.dumps(
                {"event": "start", "sequence_number": "1", "stream_id": "s1", "start": start}
            ),
        ]

    def media(self, pcm: bytes) -> str:
        payload = base64.b64encode(audioop.lin2alaw(pcm, 2)).decode()
        if self.codec == "PCMU":
            payload = ulaw(pcm)
        media = {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": payload}
        return json.dumps({"event": "media", "stream_id": "s1", "media": media})

    def key(self, digit: str) -> str:
        return json.dumps({"event": "dtmf", "stream_id": "s1", "dtmf": {"digit": digit}})

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        if told["event"] == "media":
            return Audio(from_ulaw(told["media"]["payload"]))
        if told["event"] == "mark":
            return Mark(told["mark"]["name"])
        assert told["event"] == "clear"
        return Clear()

    def mark_back(self, name: str) -> str:
        return json.dumps({"event": "mark", "stream_id": "s1", "mark": {"name": name}})


class PlivoPeer(Peer):
    name = "plivo"
    own_account: ClassVar[dict[str, str]] = {
        "auth_id": "MA" + "0F" * 9,
        "auth_token": "env:CARRIER_TOKEN",
    }

    def asks(self) -> Asked:
        return self.signed("/carriers/plivo/answer", {"From": CALLER, "To": CALLED})

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        fields = {"CallUUID": self.call_id, **fields}
        nonce = "12345"
        text = f"{self.base}{path}?" + "".join(f"{n}{fields[n]}" for n in sorted(fields))
        digest = hmac.new(TOKEN.encode(), f"{text}.{nonce}".encode(), hashlib.sha256).digest()
        return Asked(
            path=path,
            body=urlencode(fields).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Plivo-Signature-V3": "of-another-token," + base64.b64encode(digest).decode(),
                "X-Plivo-Signature-V3-Nonce": nonce,
            },
        )

    def opening(self) -> list[str]:
        start = {
            "callId": self.call_id,
            "streamId": "s1",
            "accountId": "1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        }
        return [json.dumps({"sequenceNumber": 0, "event": "start", "start": start})]

    def media(self, pcm: bytes) -> str:
        media = {"track": "inbound", "timestamp": "5", "chunk": 1, "payload": ulaw(pcm)}
        return json.dumps({"sequenceNumber": 1, "event": "media", "media": media})

    def key(self, digit: str) -> str:
        dtmf = {"track": "inbound", "digit": digit, "timestamp": "5"}
        return json.dumps({"event": "dtmf", "streamId": "s1", "dtmf": dtmf})

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        assert told["streamId"] == "s1"
        if told["event"] == "playAudio":
            media = told["media"]
            assert (media["contentType"], media["sampleRate"]) == ("audio/x-mulaw", 8000)
            return Audio(from_ulaw(media["payload"]))
        if told["event"] == "checkpoint":
            return Mark(told["name"])
        assert told["event"] == "clearAudio"
        return Clear()

    def mark_back(self, name: str) -> str:
        return json.dumps({"event": "playedStream", "streamId": "s1", "name": name})
