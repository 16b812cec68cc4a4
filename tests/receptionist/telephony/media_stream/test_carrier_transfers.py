"""Callers put through by the carrier's API, and what becomes of them when nobody answers."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from typing import NamedTuple

import pytest
import pytest_asyncio

from receptionist.calls.events import Disposition
from receptionist.calls.session import CallSession
from receptionist.handoff.contract import RingError
from receptionist.handoff.transfers import RUNG
from receptionist.telephony.media_stream import line
from receptionist.telephony.media_stream.call import CarrierCall
from receptionist.tools.contract import TransferOutcome
from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import (
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
from tests.receptionist.telephony.media_stream.telephone import (
    Ordered,
    Telephone,
    attribute,
    disconnects,
    on_stream,
)

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NUMBER = "+442079460123"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    folder, warm = tmp_path_factory.mktemp("line"), {"transfer": {"mode": "warm"}}
    async with exchange(folder, heard=["Yes"], replies=["Good."], phone=warm) as ready:
        yield ready


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def afresh(carriers: Exchange) -> AsyncGenerator[None]:
    yield
    carriers.status = 200
    carriers.orders.clear()
    await carriers.quiet()


def line_of(carriers: Exchange) -> line.CarrierLine:
    """The line of the only call."""
    (of_call,) = (
        held.line
        for held in gc.get_objects()
        if type(held) is CarrierCall and held.plan.call_id in carriers.supervisor.active
    )
    return of_call


def ringing(carriers: Exchange, number: str = NUMBER) -> "asyncio.Task[TransferOutcome | None]":
    """Has the only caller put through."""
    return asyncio.create_task(line_of(carriers).refer(number, ring_s=5.0))


class Leaving(NamedTuple):
    """A caller who is put through and whose stream has ended with that."""

    session: CallSession
    transfer: "asyncio.Task[TransferOutcome | None]"
    order: Ordered


async def leaving(carriers: Exchange, peer: Peer, ordered: Callable[[Ordered], bool]) -> Leaving:
    """Has a caller put through, as carriers do that end his stream for it."""
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        transfer = ringing(carriers)
        order = await carriers.ordered(ordered)
        await telephone.hang_up()
    return Leaving(session, transfer, order)


def dials(order: Ordered) -> bool:
    return "Twiml" in order.body


async def goes_on(session: CallSession, telephone: Telephone) -> None:
    """Checks that caller and assistant hear each other."""
    before_s = telephone.loud_s
    await telephone.press("5#")
    await telephone.hears(before_s + 0.01)
    assert session.conversation.caller_turns == 1
    await telephone.hang_up()


async def test_twilio_rings_and_brings_the_caller_back_when_nobody_answers(
    carriers: Exchange,
) -> None:
    peer = TwilioPeer(carriers.base)
    session, transfer, order = await leaving(carriers, peer, dials)
    account = peer.own_account["account_sid"]
    assert order.path == f"/2010-04-01/Accounts/{account}/Calls/{peer.call_id}.json"
    assert order.authorization.startswith("Basic ")
    assert f">{NUMBER}</Number>" in order.body["Twiml"]
    assert attribute(order.body["Twiml"], "callerId") == SHOWN
    result = attribute(order.body["Twiml"], "action")
    await carriers.told(peer, result, {"CallStatus": "ringing"})
    assert not transfer.done()
    back = await carriers.told(peer, result, {"DialCallStatus": "no-answer"})
    async with on_stream(peer, peer.stream_url(back)) as telephone:
        assert await transfer is TransferOutcome.NO_ANSWER
        await goes_on(session, telephone)


async def test_plivo_asks_whom_to_ring_and_brings_the_caller_back_when_busy(
    carriers: Exchange,
) -> None:
    peer = PlivoPeer(carriers.base)
    session, transfer, order = await leaving(carriers, peer, lambda o: "aleg_url" in o.body)
    dial = await carriers.told(peer, order.body["aleg_url"], {})
    assert f"<Number>{NUMBER}</Number>" in dial
    assert attribute(dial, "callerId") == SHOWN
    back = await carriers.told(peer, attribute(dial, "action"), {"DialStatus": "busy"})
    async with on_stream(peer, peer.stream_url(back)) as telephone:
        assert await transfer is TransferOutcome.BUSY
        await goes_on(session, telephone)


async def test_telnyx_rings_while_the_caller_stays(carriers: Exchange) -> None:
    peer = TelnyxPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        transfer = ringing(carriers)
        order = await carriers.ordered(lambda o: o.path.endswith("/transfer"))
        assert (order.body["to"], order.body["from"]) == (NUMBER, SHOWN)
        assert order.body["timeout_secs"] == 5
        assert order.authorization.startswith("Bearer ")
        ended = {"event": "call.hangup", "hangup_cause": "call_rejected"}
        await carriers.told(peer, order.body["webhook_url"], ended)
        assert await transfer is TransferOutcome.DECLINED
        await goes_on(session, telephone)


async def test_vonage_rings_and_goes_on_with_the_stream(carriers: Exchange) -> None:
    peer = VonagePeer(carriers.base)
    session, transfer, order = await leaving(carriers, peer, lambda o: "destination" in o.body)
    assert (order.method, order.path) == ("PUT", f"/v1/calls/{peer.call_id}")
    dial, stream = order.body["destination"]["ncco"]
    assert dial["endpoint"] == [{"type": "phone", "number": NUMBER[1:]}]
    assert (dial["from"], dial["timeout"], order.body["action"]) == (SHOWN[1:], 5, "transfer")
    await carriers.told(peer, dial["eventUrl"][0], {"status": "ringing"})
    await carriers.told(peer, dial["eventUrl"][0], {"status": "timeout"})
    async with on_stream(peer, stream["endpoint"][0]["uri"]) as telephone:
        assert await transfer is TransferOutcome.NO_ANSWER
        await goes_on(session, telephone)


async def test_a_person_who_answers_keeps_the_caller(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        transfer = ringing(carriers)
        order = await carriers.ordered(dials)
        answered = attribute(order.body["Twiml"], "statusCallback")
        await carriers.told(peer, answered, {"CallStatus": "in-progress"})
        assert await transfer is TransferOutcome.ANSWERED
        await telephone.hang_up()
    session.hang_up(Disposition.TRANSFERRED)
    await carriers.quiet()
    assert [one for one in carriers.orders if one.body.get("Status")] == []


async def test_genesys_is_told_whom_to_ring_when_the_stream_ends(carriers: Exchange) -> None:
    peer = GenesysPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        assert await ringing(carriers) is TransferOutcome.ANSWERED
        session.hang_up(Disposition.TRANSFERRED)
        await telephone.over()
    (end,) = disconnects(peer)
    assert end["outputVariables"] == {"action": "transfer", "transfer_to": NUMBER}


async def test_exotel_cannot_put_through(carriers: Exchange) -> None:
    async with carriers.calling(ExotelPeer(carriers.base)) as telephone:
        await carriers.greeted()
        assert await ringing(carriers) is None
        await telephone.hang_up()


async def test_a_number_that_cannot_be_dialled_is_not_sent(carriers: Exchange) -> None:
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        await carriers.greeted()
        for number in ("", "12", "+44</Number><Play>", "sip:x@y"):
            assert await ringing(carriers, number) is TransferOutcome.UNREACHABLE
        assert carriers.orders == []
        await telephone.hang_up()


async def test_a_carrier_that_refuses_leaves_the_caller_where_he_is(carriers: Exchange) -> None:
    carriers.status = 500
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        session = await carriers.greeted()
        assert await ringing(carriers) is TransferOutcome.FAILED
        await goes_on(session, telephone)


async def test_a_caller_who_hangs_up_while_it_rings_ends_the_call(
    carriers: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "BACK_S", 0.1)
    peer = TwilioPeer(carriers.base)
    session, transfer, order = await leaving(carriers, peer, dials)
    result = attribute(order.body["Twiml"], "action")
    await carriers.told(peer, result, {"DialCallStatus": "canceled"})
    assert await transfer is TransferOutcome.CANCELLED
    await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert kept.disposition == "caller_hung_up"


async def test_a_result_nobody_signed_changes_nothing(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        await carriers.greeted()
        transfer = ringing(carriers)
        order = await carriers.ordered(dials)
        path = attribute(order.body["Twiml"], "action").removeprefix(carriers.base)
        forged = peer.signed(path, {"DialCallStatus": "completed"})
        forged.headers["X-Twilio-Signature"] = "no"
        assert (await carriers.send(forged)).status_code == 403
        assert not transfer.done()
        await carriers.send(peer.signed(path, {"DialCallStatus": "busy"}))
        assert await transfer is TransferOutcome.BUSY
        unknown = peer.signed("/carriers/twilio/transfers/none/result", {})
        assert (await carriers.send(unknown)).status_code == 404
        await telephone.hang_up()


async def test_who_would_be_asked_first_is_rung_by_the_carrier(carriers: Exchange) -> None:
    rung_before = carriers.supervisor.hourly.of(RUNG)
    peer = TelnyxPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        # In danger people are rung at any hour.
        danger = asyncio.create_task(session.hear("Help, the house is on fire!"))
        order = await carriers.ordered(lambda o: o.path.endswith("/transfer"))
        ended = {"event": "call.hangup", "hangup_cause": "user_busy"}
        await carriers.told(peer, order.body["webhook_url"], ended)
        await telephone.hang_up()
        await danger
    assert order.body["to"] == "+441632960100"
    assert carriers.supervisor.hourly.of(RUNG) == rung_before + 1


async def test_whoever_is_to_be_asked_first_cannot_be_rung(carriers: Exchange) -> None:
    async with carriers.calling(PlivoPeer(carriers.base)) as telephone:
        await carriers.greeted()
        with pytest.raises(RingError) as refusal:
            await line_of(carriers).ring(NUMBER, ring_s=5.0)
        assert refusal.value.outcome is TransferOutcome.UNREACHABLE
        assert carriers.orders == []
        await telephone.hang_up()
