"""Each carrier's signature, against examples of its documentation and requests of its own."""

import time
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.errors import NotAllowedError
from receptionist.telephony.media_stream.accounts import carriers_of
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import Carrier, Webhook
from receptionist.telephony.media_stream.genesys import Genesys
from receptionist.telephony.media_stream.twilio import Twilio
from tests.receptionist.telephony.media_stream.carrier_peers import (
    PEERS,
    TOKEN,
    Asked,
    ExotelPeer,
    GenesysPeer,
    Peer,
    TelnyxPeer,
    VonagePeer,
)

pytestmark = pytest.mark.unit

BASE = "https://calls.example.com"
CLIENT = httpx2.AsyncClient()
API = CarrierApi(CLIENT, "")
SECRETS = {
    "env:CARRIER_TOKEN": TOKEN,
    "env:CARRIER_PEM": VonagePeer.pem,
    "env:CARRIER_SECRET": GenesysPeer.client_secret,
}
every_carrier = pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.name)


def carrier_of(peer: Peer) -> Carrier:
    made = carriers_of(
        {peer.name: peer.account("https://api.example.com")},
        BASE,
        lambda _, reference: SECRETS[reference],
        CLIENT,
    )
    return made[peer.name]


def webhook(asked: Asked, **changes: object) -> Webhook:
    headers = {name.lower(): value for name, value in asked.headers.items()}
    sent = Webhook(
        method=asked.method,
        url=BASE + asked.path,
        headers=headers,
        body=asked.body,
        now_s=time.time(),
    )
    return replace(sent, **changes)


@every_carrier
def test_what_the_carrier_has_signed_is_taken(kind: type[Peer]) -> None:
    peer = kind(BASE)
    carrier, asked = carrier_of(peer), peer.asks()
    carrier.verify(webhook(asked))
    if carrier.by_webhook:
        arrival = carrier.arrival(webhook(asked))
        assert arrival is not None
        assert arrival.call_id == peer.call_id
        assert arrival.called.lstrip("+") == "442079460000"
        assert arrival.caller.lstrip("+") == "447700900123"


def changed_headers(change: Callable[[str], str]) -> Callable[[Asked], dict[str, str]]:
    return lambda asked: {name.lower(): change(value) for name, value in asked.headers.items()}


@every_carrier
@pytest.mark.parametrize(
    "headers",
    [
        changed_headers(lambda _: "no"),
        changed_headers(lambda value: value[:-3] + "AA="),
        changed_headers(lambda value: ""),
        changed_headers(lambda value: "ü" * 40),
        changed_headers(lambda value: "A" * 100_000),
    ],
    ids=["wrong", "another", "empty", "not ascii", "huge"],
)
def test_any_other_signature_is_refused(
    kind: type[Peer], headers: Callable[[Asked], dict[str, str]]
) -> None:
    peer = kind(BASE)
    asked = peer.asks()
    with pytest.raises(NotAllowedError):
        carrier_of(peer).verify(webhook(asked, headers=headers(asked)))


@pytest.mark.parametrize(
    "kind",
    [kind for kind in PEERS if kind is not ExotelPeer],  # which signs nothing
    ids=lambda kind: kind.name,
)
def test_what_was_changed_on_the_way_is_refused(kind: type[Peer]) -> None:
    peer = kind(BASE)
    carrier, asked = carrier_of(peer), peer.asks()
    if asked.body:
        changed = webhook(asked, body=asked.body.replace(b"7700900123", b"7700900124"))
        assert changed.body != asked.body
    else:
        changed = webhook(asked, url=f"{BASE}{asked.path}?more=1")
    with pytest.raises(NotAllowedError):
        carrier.verify(changed)


@pytest.mark.parametrize("kind", [TelnyxPeer, VonagePeer, GenesysPeer], ids=lambda k: k.name)
def test_what_was_signed_long_ago_is_refused(kind: type[Peer]) -> None:
    peer = kind(BASE)
    with pytest.raises(NotAllowedError, match="too long ago"):
        carrier_of(peer).verify(webhook(peer.asks(), now_s=time.time() + 400))


@every_carrier
@settings(deadline=None)  # the first request of a carrier reads its keys
@given(name=st.text(max_size=20), value=st.text(max_size=200), body=st.binary(max_size=200))
def test_whatever_is_sent_is_refused_and_nothing_else_happens(
    kind: type[Peer], name: str, value: str, body: bytes
) -> None:
    peer = kind(BASE)
    carrier = carrier_of(peer)
    names = [name.lower(), *(header.lower() for header in peer.asks().headers)]
    sent = webhook(
        Asked(path="/carriers/x", body=body), headers=dict.fromkeys(names, value), url=BASE + "/x"
    )
    with pytest.raises(NotAllowedError):
        carrier.verify(sent)
    carrier.arrival(sent)
    carrier.result(sent)


def test_the_example_of_genesys_is_understood() -> None:
    """Of developer.genesys.cloud/devapps/audiohook/session-walkthrough, without its misprint."""
    key = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
    genesys = Genesys(API, key, "TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
    genesys.verify(
        Webhook(
            method="GET",
            url="wss://audiohook.example.com/api/v1/voicebiometrics/ws",
            headers={
                "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
                "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
                "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
                "x-api-key": key,
                "signature": "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:",
                "signature-input": 'sig1=("@request-target" "@authority" '
                '"audiohook-organization-id" "audiohook-session-id" "audiohook-correlation-id" '
                f'"x-api-key");keyid="{key}";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";'
                'alg="hmac-sha256";created=1641013200;expires=3282026430',
            },
            body=b"",
            now_s=1_700_000_000,
        )
    )


def test_the_example_of_twilio_is_understood() -> None:
    """Of twilio.com/docs/usage/security."""
    twilio = Twilio(API, "AC" + "0" * 32, "12345")
    twilio.verify(
        Webhook(
            method="POST",
            url="https://mycompany.com/myapp.php?foo=1&bar=2",
            headers={"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
            body=b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
            b"&From=%2B14158675309&To=%2B18005551212",
            now_s=0,
        )
    )
