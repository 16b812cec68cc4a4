"""Keys that carriers report, on calls with scripted engines."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import PEERS, Peer
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REPLY = "We are in Mill Lane, " + "behind the old mill, " * 40 + "on the left."
"""4 s."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    folder = tmp_path_factory.mktemp("line")
    async with exchange(
        folder, replies=[REPLY, "Thank you."], phone={"keys_pause_ms": 700}
    ) as ready:
        yield ready


@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.name)
async def test_the_first_key_stops_the_assistant_before_the_number_is_complete(
    carriers: Exchange, kind: type[Peer]
) -> None:
    async with carriers.calling(kind(carriers.base)) as telephone:
        session = await carriers.greeted()
        talk = session.conversation
        greeted_s = telephone.loud_s
        await telephone.press("5#")
        await telephone.hears(greeted_s + 0.5)
        await telephone.press("123")
        await talk.when(lambda: any(turn.interrupted for turn in talk.transcript.turns))
        assert talk.caller_turns == 1
        await talk.when(lambda: talk.caller_turns == 2 and talk.callers_turn)
        await telephone.hang_up()
        await carriers.quiet()
    kept = await product.kept(carriers.supervisor.settings, session.plan.call_id)
    cut, typed, thanks = kept.turns[-3:]
    assert cut.interrupted
    assert REPLY.startswith(cut.text)
    assert (typed.text, thanks.text) == ("1 2 3", "Thank you.")
