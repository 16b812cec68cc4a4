"""Carriers as their documentation describes them: signed webhooks and the framing of streams."""

import audioop
import base64
import hashlib
import hmac
import json
import time
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CALLER, CALLED = "+447700900123", "+442079460000"
TOKEN = "a-token-of-the-account-that-is-long-enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of the carrier, ready to be sent."""

    method: str = "POST"
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that was sent to the caller, s16le."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark behind the sound that was sent."""

    name: str


class Clear:
    """What has not been played is to be thrown away."""


Sent = Audio | Mark | Clear | None


class Peer(ABC):
    """One carrier's side.

    Attributes:
        base: Where the product is reached, as the carrier was told.
    """

    name: str
    rate_hz = 8000
    frame_ms = 20
    own_account: ClassVar[dict[str, str]]

    def __init__(self, base: str) -> None:
        self.base = base
        self.call_id = f"call-{uuid.uuid4().hex}"

    def account(self, api_url: str) -> dict[str, str]:
        """The setting that fits."""
        return {**self.own_account, "api_url": api_url}

    @abstractmethod
    def asks(self) -> Asked:
        """The webhook of a call, signed."""

    @abstractmethod
    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        """Any other webhook, signed."""

    def stream_url(self, reply: str) -> str:
        """The address of the stream in the answer."""
        begin = reply.index("ws://")
        return reply[begin:].partition('"')[0].partition("<")[0]

    @abstractmethod
    def opening(self) -> list[str]:
        """The first messages of a stream."""

    @abstractmethod
    def media(self, pcm: bytes) -> str | bytes:
        """20 ms of the caller."""

    @abstractmethod
    def key(self, digit: str) -> str:
        """A key."""

    @abstractmethod
    def read(self, message: str | bytes) -> Sent:
        """What the product has sent."""

    def mark_back(self, name: str) -> str:
        """Says that a mark was reached."""
        raise AssertionError(f"{self.name} has no marks: {name}")

    def stop(self) -> str:
        """The end of the stream."""
        return json.dumps({"event": "stop"})


def ulaw(pcm: bytes) -> str:
    return base64.b64encode(audioop.lin2ulaw(pcm, 2)).decode()


def from_ulaw(payload: str) -> bytes:
    return audioop.ulaw2lin(base64.b64decode(payload, validate=True), 2)


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


class VonagePeer(Peer):
    name = "vonage"
    rate_hz = 16000
    key_pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own_account: ClassVar[dict[str, str]] = {
        "application_id": "app-1",
        "private_key": "env:CARRIER_PEM",
        "signature_secret": "env:CARRIER_TOKEN",
    }
    pem = key_pair.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    connected: dict[str, str]

    def asks(self) -> Asked:
        return self.signed("/carriers/vonage/answer", {"from": CALLER[1:], "to": CALLED[1:]})

    def signed(self, path: str, fields: dict[str, Any], at: int | None = None) -> Asked:
        body = json.dumps({"uuid": self.call_id, **fields}).encode()
        claims = {
            "iat": at or int(time.time()),
            "jti": uuid.uuid4().hex,
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "application_id": "app-1",
        }
        token = jwt.encode(claims, TOKEN, algorithm="HS256")
        return Asked(
            path=path,
            body=body,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )

    def stream_url(self, reply: str) -> str:
        (connect,) = json.loads(reply)
        (endpoint,) = connect["endpoint"]
        assert (connect["action"], endpoint["type"]) == ("connect", "websocket")
        assert endpoint["content-type"] == "audio/l16;rate=16000"
        self.connected = endpoint["headers"]
        return endpoint["uri"]

    def opening(self) -> list[str]:
        told = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000"}
        return [json.dumps({**told, **self.connected})]

    def media(self, pcm: bytes) -> bytes:
        return pcm

    def key(self, digit: str) -> str:
        return json.dumps({"event": "websocket:dtmf", "digit": digit, "duration": 260})

    def read(self, message: str | bytes) -> Sent:
        if isinstance(message, bytes):
            return Audio(message)
        told = json.loads(message)
        if told["action"] == "notify":
            return Mark(told["payload"]["mark"])
        assert told == {"action": "clear"}
        return Clear()

    def mark_back(self, name: str) -> str:
        return json.dumps({"event": "websocket:notify", "payload": {"mark": name}})

    def stop(self) -> str:
        return ""


class ExotelPeer(Peer):
    name = "exotel"
    frame_ms = 100
    own_account: ClassVar[dict[str, str]] = {"user": "flow", "password": "env:CARRIER_TOKEN"}

    def account(self, api_url: str) -> dict[str, str]:
        return self.own_account

    def asks(self) -> Asked:
        query = {"CallSid": self.call_id, "CallFrom": CALLER, "CallTo": CALLED}
        return self.signed("/carriers/exotel/answer", query)

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        password = base64.b64encode(f"flow:{TOKEN}".encode()).decode()
        return Asked(
            method="GET",
            path=f"{path}?{urlencode(fields)}",
            headers={"Authorization": f"Basic {password}"},
        )

    def stream_url(self, reply: str) -> str:
        return json.loads(reply)["url"]

    def opening(self) -> list[str]:
        start = {
            "stream_sid": "s1",
            "call_sid": self.call_id,
            "account_sid": "a1",
            "from": CALLER,
            "to": CALLED,
            "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000", "bit_rate": "16"},
        }
        return [
            json.dumps({"event": "connected"}),
            json.dumps({"event": "start", "stream_sid": "s1", "start": start}),
        ]

    def media(self, pcm: bytes) -> str:
        media = {"chunk": "2", "timestamp": "200", "payload": base64.b64encode(pcm).decode()}
        return json.dumps({"event": "media", "stream_sid": "s1", "media": media})

    def key(self, digit: str) -> str:
        dtmf = {"digit": digit, "duration": "100"}
        return json.dumps({"event": "dtmf", "stream_sid": "s1", "dtmf": dtmf})

    def read(self, message: str | bytes) -> Sent:
        told = json.loads(message)
        assert told["stream_sid"] == "s1"
        if told["event"] == "media":
            pcm = base64.b64decode(told["media"]["payload"], validate=True)
            assert len(pcm) % 320 == 0
            assert len(pcm) >= 1600
            return Audio(pcm)
        if told["event"] == "mark":
            return Mark(told["mark"]["name"])
        assert told["event"] == "clear"
        return Clear()

    def mark_back(self, name: str) -> str:
        return json.dumps({"event": "mark", "stream_sid": "s1", "mark": {"name": name}})


class GenesysPeer(Peer):
    name = "genesys"
    own_account: ClassVar[dict[str, str]] = {
        "api_key": "key-1",
        "client_secret": "env:CARRIER_SECRET",
    }
    client_secret = base64.b64encode(TOKEN.encode()).decode()

    def __init__(self, base: str) -> None:
        super().__init__(base)
        self.call_id = str(uuid.uuid4())
        self.session = str(uuid.uuid4())
        self.told: list[dict[str, Any]] = []
        self._seq = 0

    def account(self, api_url: str) -> dict[str, str]:
        return self.own_account

    def asks(self) -> Asked:
        path, nonce, now = "/carriers/genesys/stream", uuid.uuid4().hex, int(time.time())
        headers = {
            "Audiohook-Organization-Id": "o1",
            "Audiohook-Session-Id": self.session,
            "Audiohook-Correlation-Id": "c1",
            "X-API-KEY": "key-1",
        }
        lines = [f'"@request-target": {path}', f'"@authority": {self.base.partition("//")[2]}']
        lines += [f'"{name.lower()}": {value}' for name, value in headers.items()]
        names = " ".join(line.partition(":")[0] for line in lines)
        params = f'({names});keyid="key-1";nonce="{nonce}";alg="hmac-sha256"'
        params += f";created={now};expires={now + 60}"
        lines.append(f'"@signature-params": {params}')
        digest = hmac.new(TOKEN.encode(), "\n".join(lines).encode(), hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        return Asked(
            method="GET",
            path=path,
            headers={
                **headers,
                "Signature-Input": f"sig1={params}",
                "Signature": f"sig1=:{signature}:",
            },
        )

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        raise AssertionError("Genesys has no webhooks")

    def _message(self, kind: str, **parameters: Any) -> str:
        self._seq += 1
        return json.dumps(
            {
                "version": "2",
                "type": kind,
                "seq": self._seq,
                "serverseq": 0,
                "id": self.session,
                "position": "PT0S",
                "parameters": parameters,
            }
        )

    def opening(self) -> list[str]:
        return [
            self._message(
                "open",
                organizationId="o1",
                conversationId=self.call_id,
                participant={"id": "p1", "ani": CALLER, "aniName": "", "dnis": CALLED},
                media=[{"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}],
                language="en-US",
            )
        ]

    def media(self, pcm: bytes) -> bytes:
        return audioop.lin2ulaw(pcm, 2)

    def key(self, digit: str) -> str:
        return self._message("dtmf", digit=digit)

    def read(self, message: str | bytes) -> Sent:
        if isinstance(message, bytes):
            return Audio(audioop.ulaw2lin(message, 2))
        told = json.loads(message)
        assert told["id"] == self.session
        self.told.append(told)
        if told["type"] == "event":
            assert told["parameters"]["entities"][0]["type"] == "barge_in"
            return Clear()
        assert told["type"] in ("opened", "pong", "disconnect", "closed")
        return None

    def stop(self) -> str:
        return self._message("close", reason="end")


PEERS: tuple[type[Peer], ...] = (
    TwilioPeer,
    TelnyxPeer,
    PlivoPeer,
    VonagePeer,
    ExotelPeer,
    GenesysPeer,
)
