"""Callers of carriers who are not answered: sent on to the number that takes over, or refused."""

from collections.abc import AsyncGenerator
from xml.etree import ElementTree

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from receptionist.telephony.media_stream.wire import BUSY
from tests.receptionist.telephony.media_stream.carrier_peers import (
    CALLED,
    SHOWN,
    ExotelPeer,
    GenesysPeer,
    Peer,
    PlivoPeer,
    TelnyxPeer,
    TwilioPeer,
    VonagePeer,
)
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange
from tests.receptionist.telephony.media_stream.telephone import begun

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

OVERFLOW, BLOCKED = "+441632960199", "+447700900666"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    phone = {"overflow": OVERFLOW, "block": [BLOCKED]}
    async with exchange(tmp_path_factory.mktemp("line"), max_calls=1, phone=phone) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def full(carriers: Exchange) -> AsyncGenerator[Exchange]:
    """The only line is taken."""
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        await carriers.session()
        carriers.orders.clear()
        yield carriers
        carriers.status = 200
        await telephone.hang_up()
    await carriers.quiet()


@pytest.mark.parametrize("kind", [TwilioPeer, PlivoPeer], ids=lambda kind: kind.name)
async def test_xml_rings_the_number_that_takes_over(full: Exchange, kind: type[Peer]) -> None:
    answer = await full.send(kind(full.base).asks())
    assert answer.headers["content-type"] == "application/xml"
    (dial,) = ElementTree.fromstring(answer.text)  # nothing follows: the call ends with it
    (number,) = dial
    assert (dial.tag, dial.attrib) == ("Dial", {"callerId": SHOWN})
    assert (number.tag, number.text) == ("Number", OVERFLOW)


async def test_vonage_is_given_the_number_that_takes_over(full: Exchange) -> None:
    answer = await full.send(VonagePeer(full.base).asks())
    phone = {"type": "phone", "number": OVERFLOW[1:]}
    assert answer.json() == [{"action": "connect", "endpoint": [phone], "from": SHOWN[1:]}]


async def test_telnyx_transfers_the_call_and_ends_it_when_nobody_takes_it(full: Exchange) -> None:
    peer = TelnyxPeer(full.base)
    assert (await full.send(peer.asks())).json() == {}
    (order,) = full.orders
    assert order.path == f"/v2/calls/{peer.call_id}/actions/transfer"
    state = order.body.pop("target_leg_client_state")
    assert order.body == {"to": OVERFLOW, "from": SHOWN}
    other = TelnyxPeer(full.base)
    ended = {"event": "call.hangup", "hangup_cause": "user_busy"}
    for told in (ended, {**ended, "client_state": "no state of ours"}):
        assert (await full.send(other.signed("/carriers/telnyx/answer", told))).json() == {}
    assert full.orders == [order]
    await full.send(other.signed("/carriers/telnyx/answer", {**ended, "client_state": state}))
    assert full.orders[1].path == f"/v2/calls/{peer.call_id}/actions/hangup"


async def test_telnyx_rejects_a_call_that_cannot_be_transferred(full: Exchange) -> None:
    full.status = 500
    assert (await full.send(TelnyxPeer(full.base).asks())).json() == {}
    assert [order.path.rpartition("/")[2] for order in full.orders] == ["transfer", "reject"]


async def test_whoever_cannot_send_on_tries_elsewhere_itself(full: Exchange) -> None:
    assert (await full.send(ExotelPeer(full.base).asks())).status_code == 503
    peer = GenesysPeer(full.base)
    async with begun(peer, await full.stream_of(peer), peer.asks().headers) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert socket.close_code == BUSY


async def test_while_the_process_ends_nobody_is_sent_to_another_number(
    full: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full.supervisor, "closing", True)
    answer = await full.send(TwilioPeer(full.base).asks())
    assert "<Reject " in answer.text


async def test_who_is_blocked_is_refused_whether_there_is_a_line_or_not(
    carriers: Exchange,
) -> None:
    told = {"From": BLOCKED, "To": CALLED}
    asked = TwilioPeer(carriers.base).signed("/carriers/twilio/answer", told)
    assert "<Reject " in (await carriers.send(asked)).text
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        await carriers.session()
        assert "<Reject " in (await carriers.send(asked)).text
        await telephone.hang_up()
    await carriers.quiet()
    told = {"from": BLOCKED[1:], "to": CALLED[1:]}
    refused = await carriers.send(VonagePeer(carriers.base).signed("/carriers/vonage/answer", told))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
