"""Streams and webhooks that are not what they should be: refused, freed, never a crash."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from receptionist.telephony.media_stream import wire
from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import (
    PEERS,
    GenesysPeer,
    Peer,
    TwilioPeer,
)
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange
from tests.receptionist.telephony.media_stream.telephone import begun
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

every_carrier = pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    folder = tmp_path_factory.mktemp("line")
    async with exchange(folder, heard=["Yes"], replies=["Good."], media_lost_ms=1500) as ready:
        yield ready


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_is_left(carriers: Exchange) -> AsyncGenerator[None]:
    yield
    await carriers.quiet()
    await until(lambda: not left(), 5)


def left() -> list[object]:
    """Streams that are still held."""
    gc.collect()
    return [held for held in gc.get_objects() if type(held) is wire.Wire]


async def refused(url: str, headers: dict[str, str] | None = None) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(url, additional_headers=headers)
    return refusal.value.response.status_code


@every_carrier
async def test_a_webhook_nobody_signed_is_not_allowed(carriers: Exchange, kind: type[Peer]) -> None:
    asked = replace(kind(carriers.base).asks(), headers={})
    path = asked.path.replace("/stream", "/answer")
    answer = await carriers.send(replace(asked, path=path))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_carrier_there_is_no_account_with_is_not_found(carriers: Exchange) -> None:
    asked = TwilioPeer(carriers.base).asks()
    answer = await carriers.send(replace(asked, path="/carriers/acme/answer"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await refused(carriers.base.replace("http", "ws") + "/carriers/acme/stream") == 403


async def test_a_token_opens_one_stream_of_one_carrier(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    url = await carriers.stream_of(peer)
    async with begun(peer, url):
        await carriers.session()
        assert await refused(url) == 403
    await carriers.quiet()
    assert await refused(await carriers.stream_of(peer) + "x") == 403
    other = (await carriers.stream_of(peer)).replace("twilio", "telnyx")
    assert await refused(other) == 403


async def test_a_webhook_that_comes_twice_is_one_call(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    first, second = await carriers.stream_of(peer), await carriers.stream_of(peer)
    assert await refused(first) == 403
    async with begun(peer, second):
        await carriers.session()


async def test_a_signed_request_for_a_stream_is_good_once(carriers: Exchange) -> None:
    peer = GenesysPeer(carriers.base)
    url, headers = await carriers.stream_of(peer), peer.asks().headers
    async with begun(peer, url, headers):
        await carriers.session()
        assert await refused(url, headers) == 403
    assert await refused(url) == 403


@every_carrier
async def test_a_stream_of_another_codec_is_closed(carriers: Exchange, kind: type[Peer]) -> None:
    peer = kind(carriers.base)
    headers = peer.asks().headers if isinstance(peer, GenesysPeer) else None
    async with connect(await carriers.stream_of(peer), additional_headers=headers) as socket:
        for message in peer.opening():
            wrong = message.replace("8000", "48000").replace("rate=16000", "rate=24000")
            await socket.send(wrong)
        assert await code(socket) == wire.POLICY
    assert not carriers.supervisor.active


async def test_a_stream_of_another_call_is_closed(carriers: Exchange) -> None:
    peer, other = TwilioPeer(carriers.base), TwilioPeer(carriers.base)
    async with begun(other, await carriers.stream_of(peer)) as socket:
        assert await code(socket) == wire.POLICY
    assert not carriers.supervisor.active


async def test_a_stream_that_does_not_begin_is_closed(
    carriers: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "START_S", 0.1)
    async with connect(await carriers.stream_of(TwilioPeer(carriers.base))) as socket:
        assert await code(socket) == wire.POLICY


async def test_a_stream_that_begins_with_noise_is_closed(carriers: Exchange) -> None:
    async with connect(await carriers.stream_of(TwilioPeer(carriers.base))) as socket:
        for noise in ("", "[]", "null", "{", '{"event":["start"]}'):
            await socket.send(noise)
        assert await code(socket) == wire.POLICY


NOISE: tuple[str | bytes, ...] = (
    "",
    "[]",
    "not json",
    "{" * 5000,
    b"\x00\xff\x00",
    '{"event":"media"}',
    '{"event":"media","media":[]}',
    '{"event":"media","media":{"payload":"*"}}',
    '{"event":"media","media":{"payload":7}}',
    '{"event":"dtmf","dtmf":{"digit":"99"}}',
    '{"event":"dtmf","dtmf":null}',
    '{"event":"mark","mark":{"name":{}}}',
    '{"event":"mark","mark":{"name":"999999999999999999999"}}',
    '{"event":"websocket:dtmf","digit":[]}',
    '{"type":"dtmf","parameters":{"digit":"Z"}}',
    '{"type":"update"}',
    '{"type":"open","parameters":7}',
)


@every_carrier
async def test_noise_on_a_stream_changes_nothing(carriers: Exchange, kind: type[Peer]) -> None:
    async with carriers.calling(kind(carriers.base)) as telephone:
        talk = (await carriers.session()).conversation
        for message in NOISE:
            await telephone.socket.send(message)
        await talk.when(lambda: talk.callers_turn)
        assert talk.caller_turns == 0
        await telephone.hang_up()


async def test_a_stream_of_nothing_but_noise_is_closed(carriers: Exchange) -> None:
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        await carriers.session()
        for _ in range(wire.MOST_GARBAGE + 1):
            await telephone.socket.send('{"event":"media","media":[]}')
        assert await telephone.over() == wire.POLICY


async def test_a_huge_message_ends_the_stream(carriers: Exchange) -> None:
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        session = await carriers.session()
        await telephone.socket.send("x" * (wire.MOST_BYTES + 1))
        assert await telephone.over() == 1009
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert kept.disposition == "media_lost"


async def test_whoever_sends_faster_than_time_goes_by_is_not_heard_faster(
    carriers: Exchange,
) -> None:
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        talk = (await carriers.session()).conversation
        for _ in range(500):  # ten seconds of audio at once
            await telephone.socket.send(telephone.peer.media(bytes(320)))
        await telephone.hears(0.3)
        assert talk.timeline.now_s < 6
        await telephone.hang_up()


async def test_a_socket_that_vanishes_ends_the_call(carriers: Exchange) -> None:
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        session = await carriers.session()
        telephone.socket.transport.abort()
        await telephone.over()
    await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert kept.disposition == "media_lost"


async def test_a_stream_that_falls_silent_is_given_up(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    async with begun(peer, await carriers.stream_of(peer)) as socket:
        session = await carriers.session()
        assert await code(socket) == wire.NORMAL
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert kept.disposition == "media_lost"


async def test_further_callers_hear_that_it_is_busy(carriers: Exchange) -> None:
    waiting = [TwilioPeer(carriers.base) for _ in range(3)]
    answers = [await carriers.send(peer.asks()) for peer in waiting]
    assert [("Reject" in answer.text) for answer in answers] == [False, False, True]
    # Those that were never connected are forgotten when the carrier takes the answer back.
    for peer, answer in zip(waiting[:2], answers, strict=False):
        async with connect(peer.stream_url(answer.text)) as socket:
            await socket.send("{}")


async def code(socket: ClientConnection) -> int:
    """Waits for the end of a stream and returns its code."""
    async with asyncio.timeout(10):
        with suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code or 0
