"""A name server that never answers keeps nobody waiting but whoever asks it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from baresip import Config

from receptionist.telephony.sip import configuration
from receptionist.telephony.sip.account import SipAccount
from receptionist.telephony.sip.contract import DialError, DialOutcome, EndpointOptions, SipError
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.answers_all import answering, final_of
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.wire import SDP, Dialog, Wire

pytestmark = pytest.mark.integration

NAME = "sip:ann@pbx.nowhere.example"
ACCOUNT = SipAccount(registrar="pbx.elsewhere.example", user="reception", password="sesame")


class SilentServer(asyncio.DatagramProtocol):
    """Takes questions for names."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)


@asynccontextmanager
async def unanswered(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[tuple[BaresipEndpoint, Wire, SilentServer]]:
    """Yields a stack that asks a silent server, and a caller of it."""
    loop = asyncio.get_running_loop()
    line, server = await loop.create_datagram_endpoint(SilentServer, local_addr=("127.0.0.1", 0))
    port = line.get_extra_info("sockname")[1]

    def asking(options: EndpointOptions) -> Config:
        config = configuration.config_of(options)
        text = f"{config.extra_config_text}dns_server 127.0.0.1:{port}\n"
        return replace(config, extra_config_text=text)

    monkeypatch.setattr("receptionist.telephony.sip.endpoint.config_of", asking)
    try:
        async with answering() as (endpoint, wire, _):
            yield endpoint, wire, server
    finally:
        line.close()


async def answered_after_s(wire: Wire) -> float:
    """Returns how soon a call is answered, and ends it."""
    dialog, loop = Dialog(wire=wire), asyncio.get_running_loop()
    began_s = loop.time()
    wire.send(dialog.request("INVITE", SDP))
    reply = await final_of(dialog)
    took_s = loop.time() - began_s
    assert reply.status == 200
    dialog.answered(reply)
    dialog.acknowledge()
    dialog.again()
    wire.send(dialog.request("BYE"))
    await final_of(dialog)
    return took_s


async def test_whoever_is_dialled_by_name_is_not_reached_in_time_and_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    async with unanswered(monkeypatch) as (endpoint, wire, server):
        began_s = loop.time()
        dialling = asyncio.create_task(endpoint.dial(NAME, ring_s=1.5))
        await until(lambda: bool(server.asked))
        waits_s: list[float] = []
        while not dialling.done():
            waits_s.append(await answered_after_s(wire))
        with pytest.raises(DialError) as error:
            await dialling
        assert error.value.outcome is DialOutcome.NO_ANSWER
        assert 1.5 <= loop.time() - began_s < 3
        assert len(waits_s) > 5
        assert sorted(waits_s)[len(waits_s) // 2] < 0.05
        assert (await endpoint.health()).calls == 0


async def test_a_call_that_is_given_up_while_its_name_is_looked_up_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with unanswered(monkeypatch) as (endpoint, _, server):
        dialling = asyncio.create_task(endpoint.dial(NAME, ring_s=20))
        await until(lambda: bool(server.asked))
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        assert (await endpoint.health()).calls == 0


async def test_a_registrar_whose_name_is_not_known_is_given_up_and_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("receptionist.telephony.sip.registration.ANSWERED_S", 1.5)
    async with unanswered(monkeypatch) as (endpoint, wire, server):
        registering = asyncio.create_task(endpoint.register(ACCOUNT))
        await until(lambda: bool(server.asked))
        waits_s: list[float] = []
        while not registering.done():
            waits_s.append(await answered_after_s(wire))
        with pytest.raises(SipError, match="no registration outcome within"):
            await registering
        assert sorted(waits_s)[len(waits_s) // 2] < 0.05
