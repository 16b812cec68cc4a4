"""Calls over every carrier's framing, against the running application."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from eval.speech import CallerVoices
from receptionist.calls.events import Disposition
from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import (
    CALLED,
    PEERS,
    GenesysPeer,
    Peer,
    TelnyxPeer,
    TwilioPeer,
)
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange
from tests.receptionist.telephony.media_stream.telephone import disconnects

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REPLY = "We are in Mill Lane."
every_carrier = pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    async with exchange(
        tmp_path_factory.mktemp("line"), heard=["Where are you?"], replies=[REPLY]
    ) as ready:
        yield ready


@every_carrier
async def test_a_spoken_question_is_answered(
    carriers: Exchange, voices: CallerVoices, kind: type[Peer]
) -> None:
    question = voices.say("hibari:default", "Where are you?", rate_hz=kind.rate_hz)
    async with carriers.calling(kind(carriers.base)) as telephone:
        session = await carriers.greeted()
        talk = session.conversation
        greeted_s = telephone.loud_s
        telephone.say(question)
        await talk.when(lambda: talk.caller_turns == 1 and talk.callers_turn)
        await telephone.hears(greeted_s + len(REPLY) * 0.005 - 0.06)
        await telephone.hang_up()
        await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert (kept.channel, kept.disposition) == ("carrier", "caller_hung_up")
    said = [turn.text for turn in kept.turns]
    assert said[-2:] == ["Where are you?", REPLY]
    # The greeting was heard as long as it is: nothing was sent into the void, nothing twice.
    spoken_s = sum(len(text) for text in said[:-2]) * 0.005
    assert greeted_s == pytest.approx(spoken_s, abs=0.25)


@every_carrier
async def test_keys_are_heard_as_digits(carriers: Exchange, kind: type[Peer]) -> None:
    async with carriers.calling(kind(carriers.base)) as telephone:
        session = await carriers.greeted()
        talk = session.conversation
        await telephone.press("472#")
        await talk.when(lambda: talk.caller_turns == 1 and talk.callers_turn)
        await telephone.hang_up()
        await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    assert [turn.text for turn in kept.turns][-2:] == ["4 7 2", REPLY]


@every_carrier
async def test_the_product_hangs_up_after_its_last_words(
    carriers: Exchange, kind: type[Peer]
) -> None:
    peer = kind(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        before_s = telephone.loud_s
        await session.close_with("silence_goodbye", Disposition.SILENT_CALLER)
        await telephone.over()
        assert telephone.loud_s > before_s + 0.1
    if kind.name in ("twilio", "telnyx", "plivo", "vonage"):
        assert peer.call_id in carriers.orders[-1].path
    if isinstance(peer, GenesysPeer):
        (end,) = disconnects(peer)
        assert end["outputVariables"] == {"action": "finished"}
    await carriers.quiet()


async def test_telnyx_in_a_law_is_understood(carriers: Exchange) -> None:
    peer = TelnyxPeer(carriers.base)
    peer.codec = "PCMA"
    async with carriers.calling(peer) as telephone:
        await telephone.hears(0.3)
        await telephone.hang_up()
        await carriers.quiet()


async def test_genesys_tries_the_connector_without_a_call(carriers: Exchange) -> None:
    peer = GenesysPeer(carriers.base)
    peer.call_id = "00000000-0000-0000-0000-000000000000"
    async with carriers.calling(peer) as telephone:
        await telephone.socket.send(peer.stop())
        await telephone.over()
    assert [told["type"] for told in peer.told] == ["opened", "closed"]
    assert not carriers.supervisor.active


async def test_the_called_number_chooses_the_language(carriers: Exchange) -> None:
    numbers = carriers.supervisor.snapshot.config.numbers
    assert CALLED not in numbers
    async with carriers.calling(TwilioPeer(carriers.base)) as telephone:
        assert (await carriers.session()).plan.language == "en"
        await telephone.hang_up()
        await carriers.quiet()
