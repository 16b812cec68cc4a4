"""SIP is listened to where nobody can hurt it, and a taken port is told."""

import socket
from contextlib import suppress

import pytest

from receptionist.errors import AddressError
from receptionist.settings import Settings
from receptionist.telephony.sip.listening import Listening, check, widen
from receptionist.telephony.sip.serving import is_possible, listening_of
from tests.receptionist.telephony.sip.phone import free_port

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "10.0.0.7", "203.0.113.9", "::"])
def test_an_address_that_others_reach_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(AddressError, match="RECEPTIONIST_SIP_BEHIND_EDGE"):
        check(Listening(host=host, port=free_port()))


def test_behind_an_edge_it_may_be_any_address() -> None:
    check(Listening(host="0.0.0.0", port=free_port(), behind_edge=True))


@pytest.mark.parametrize("host", ["localhost", "", "pbx.example", "127.0.0.1:5060"])
def test_a_name_is_no_address(host: str) -> None:
    with pytest.raises(AddressError, match="RECEPTIONIST_SIP_HOST"):
        check(Listening(host=host))


@pytest.mark.parametrize("ports", [(31000, 30000), (80, 90), (30000, 30000), (60000, 70000)])
def test_ports_for_audio_are_a_range(ports: tuple[int, int]) -> None:
    listening = Listening(port=free_port(), rtp_first=ports[0], rtp_last=ports[1])
    with pytest.raises(AddressError, match="RECEPTIONIST_RTP_PORTS"):
        check(listening)


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_taken_port_stops_whoever_asked_for_it(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        warned: list[str] = []
        asked = Settings(sip_port=port)
        with pytest.raises(AddressError, match=f"port {port}"):
            is_possible(asked, warned.append)
        assert warned == []


def test_a_port_taken_by_default_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIP", "SIP_PORT", "SIP_HOST", "SIP_BEHIND_EDGE"):
        monkeypatch.delenv(f"RECEPTIONIST_{name}", raising=False)
    warned: list[str] = []
    settings = Settings()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        with suppress(OSError):  # somebody else has it: all the better
            taken.bind(("127.0.0.1", settings.sip_port))
        assert not is_possible(settings, warned.append)
    assert "5060" in warned[0]


def test_sip_that_is_not_wanted_asks_for_nothing() -> None:
    assert not is_possible(Settings(sip=False, sip_host="nonsense"), pytest.fail)


def test_settings_name_the_address() -> None:
    listening = listening_of(Settings(sip_port=5070, rtp_ports="40000-40100"))
    assert (listening.rtp_first, listening.rtp_last) == (40000, 40100)
    assert listening.uri("demo") == "sip:demo@127.0.0.1:5070"
    assert Listening().uri("demo") == "sip:demo@127.0.0.1"


def test_more_messages_may_wait_at_its_address_and_nowhere_else() -> None:
    def room(line: socket.socket) -> int:
        return line.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for line in (ours, other):
            line.bind(("127.0.0.1", 0))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        before = room(other)
        widen(Listening(port=ours.getsockname()[1]))
        assert room(ours) > 10 * before
        assert room(other) == before
