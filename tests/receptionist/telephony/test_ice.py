import base64
import hashlib
import hmac
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.errors import ConfigurationError, OfferError
from receptionist.telephony.ice import CREDENTIALS_S, IceServers, read_candidate

pytestmark = pytest.mark.unit

TURN = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:5349"]
HOST = "candidate:1 1 udp 2122260223 192.168.1.7 54321 typ host generation 0 ufrag abcd"


def test_without_servers_browsers_are_told_none() -> None:
    assert IceServers([], [], "").at(0) == []


def test_credentials_expire_and_are_what_coturn_expects() -> None:
    (server,) = IceServers([], TURN, "s3cret").at(1_000.7)
    until, _, name = server.username.partition(":")
    assert (int(until), name) == (1_000 + CREDENTIALS_S, "caller")
    digest = hmac.new(b"s3cret", server.username.encode(), hashlib.sha1).digest()
    assert server.credential == base64.b64encode(digest).decode()
    assert list(server.urls) == TURN


def test_stun_needs_no_credentials() -> None:
    stun, turn = IceServers(["stun:turn.example.com"], TURN, "s").at(0)
    assert (stun.username, stun.credential, bool(turn.username)) == ("", "", True)


@pytest.mark.parametrize(
    ("stun", "turn", "secret"),
    [
        (["turn:x.example"], [], ""),
        (["https://x.example"], [], ""),
        ([], ["stun:x.example"], "s"),
        ([], ["turn:"], "s"),
        ([], TURN, ""),
    ],
)
def test_servers_that_cannot_be_are_refused_at_the_start(
    stun: list[str], turn: list[str], secret: str
) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_"):
        IceServers(stun, turn, secret)


def test_a_candidate_is_read_as_browsers_write_it() -> None:
    read = read_candidate(HOST, "0", None)
    assert read is not None
    assert (read.ip, read.port, read.sdpMid) == ("192.168.1.7", 54321, "0")
    bare = read_candidate(HOST, None, None)
    assert bare is not None
    assert bare.sdpMLineIndex == 0


def test_an_empty_candidate_is_the_last() -> None:
    assert read_candidate("", "0", 0) is None
    assert read_candidate("candidate:", "0", 0) is None


@given(st.text(max_size=600) | st.text(max_size=200).map(lambda text: HOST[:40] + text))
def test_whatever_else_is_sent_is_read_or_refused(text: str) -> None:
    with suppress(OfferError):
        read_candidate(text, None, None)
