"""Every carrier, as its documentation describes it."""

import audioop
import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any, ClassVar
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.receptionist.telephony.media_stream.mulaw_peers import PlivoPeer, TelnyxPeer, TwilioPeer
from tests.receptionist.telephony.media_stream.peer import (
    CALLED,
    CALLER,
    SHOWN,
    TOKEN,
    Asked,
    Audio,
    Clear,
    EventPeer,
    Mark,
    Peer,
    Sent,
)


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
    announced: ClassVar[dict[str, str]] = {"from": CALLER[1:], "to": CALLED[1:]}
    connected: dict[str, str]

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


class ExotelPeer(EventPeer):
    name = "exotel"
    frame_ms = 100
    stream_field = "stream_sid"
    own_account: ClassVar[dict[str, str]] = {"user": "flow", "password": "env:CARRIER_TOKEN"}
    announced: ClassVar[dict[str, str]] = {"CallFrom": CALLER, "CallTo": CALLED}

    def account(self, api_url: str) -> dict[str, str]:
        return self.own_account

    def signed(self, path: str, fields: dict[str, Any]) -> Asked:
        password = base64.b64encode(f"flow:{TOKEN}".encode()).decode()
        return Asked(
            method="GET",
            path=f"{path}?{urlencode({'CallSid': self.call_id, **fields})}",
            headers={"Authorization": f"Basic {password}"},
        )

    def stream_url(self, reply: str) -> str:
        return json.loads(reply)["url"]

    def start(self) -> dict[str, Any]:
        return {
            "stream_sid": "s1",
            "call_sid": self.call_id,
            "account_sid": "a1",
            "from": CALLER,
            "to": CALLED,
            "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000", "bit_rate": "16"},
        }

    def payload(self, pcm: bytes) -> bytes:
        return pcm

    def audio(self, payload: bytes) -> bytes:
        assert len(payload) % 320 == 0
        assert len(payload) >= 1600
        return payload


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

__all__ = [
    "CALLED",
    "PEERS",
    "SHOWN",
    "TOKEN",
    "Asked",
    "Audio",
    "Clear",
    "ExotelPeer",
    "GenesysPeer",
    "Mark",
    "Peer",
    "PlivoPeer",
    "TelnyxPeer",
    "TwilioPeer",
    "VonagePeer",
]
