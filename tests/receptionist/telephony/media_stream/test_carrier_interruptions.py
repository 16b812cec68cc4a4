"""What a caller of a carrier has heard when he interrupts."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from eval.speech import CallerVoices
from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import (
    GenesysPeer,
    Peer,
    TwilioPeer,
    VonagePeer,
)
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CHAR_S = 0.005
LONG = " ".join(f"Line {number} of a very long answer goes on." for number in range(1, 40))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    folder = tmp_path_factory.mktemp("line")
    async with exchange(folder, heard=["Tell me all.", "Stop."], replies=[LONG, "Yes?"]) as ready:
        yield ready


@pytest.mark.parametrize("kind", [TwilioPeer, VonagePeer, GenesysPeer], ids=lambda k: k.name)
async def test_what_was_not_heard_is_cleared_and_not_counted(
    carriers: Exchange, voices: CallerVoices, kind: type[Peer]
) -> None:
    question = voices.say("hibari:default", "Tell me all about it.", rate_hz=kind.rate_hz)
    async with carriers.calling(kind(carriers.base)) as telephone:
        session = await carriers.greeted()
        talk = session.conversation
        greeted_s = telephone.loud_s
        await telephone.press("1#")
        await telephone.hears(greeted_s + 1.0)
        telephone.say(question)
        await telephone.is_cleared()
        answer_s = telephone.loud_s - greeted_s
        await talk.when(lambda: talk.caller_turns == 2)
        await telephone.hang_up()
        await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    (cut,) = [turn for turn in kept.turns if turn.interrupted]
    assert LONG.startswith(cut.text[:60])
    # A mark stands behind every 0.2 s, a clause of 0.2 s counts from its middle on, and the
    # telephone is as late as this machine is busy; without marks nobody knows of that.
    busy_s = 1.0 if kind is GenesysPeer else 0.5
    assert len(cut.text) * CHAR_S == pytest.approx(answer_s, abs=busy_s)
    assert telephone.dropped_s > 0
