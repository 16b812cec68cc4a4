"""Whoever is rung by Twilio and is to be asked before he has the caller."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from receptionist.calls.session import CallSession
from tests.e2e import product
from tests.receptionist.telephony.media_stream.carrier_peers import TwilioPeer
from tests.receptionist.telephony.media_stream.exchange import Exchange, exchange
from tests.receptionist.telephony.media_stream.telephone import attribute, on_stream

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ASKS = {"calls": [{"name": "transfer_call", "arguments": {"contact_id": "tom-ashdown"}}]}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
COMPLETED = {"DialCallStatus": "completed"}


@dataclass(frozen=True, kw_only=True)
class Ringing:
    """A caller whom Twilio rings somebody for.

    Attributes:
        asks: Where Twilio asks what happens on that telephone.
        ends: Where it tells how that ended.
    """

    exchange: Exchange
    peer: TwilioPeer
    session: CallSession
    asks: str
    ends: str

    async def person(self, **heard: str) -> ElementTree.Element:
        """What happens next on the telephone, whence that came."""
        told = {"CallSid": "of-the-person", **heard}
        return ElementTree.fromstring(await self.exchange.told(self.peer, self.asks, told))

    async def outcome(self) -> tuple[str, str, str]:
        """How the only ringing of the call that is over has ended."""
        kept = await product.kept(self.exchange.supervisor.settings, self.session.plan.call_id)
        (transfer,) = kept.transfers
        assert transfer.mode == "warm"
        return transfer.outcome, transfer.reason, kept.disposition or ""

    async def returns(self, **told: str) -> None:
        """The ringing ends, the caller comes back, hears something and hangs up."""
        back = await self.exchange.told(
            self.peer, self.ends, {"CallSid": self.peer.call_id, **told}
        )
        async with on_stream(self.peer, self.peer.stream_url(back)) as telephone:
            await telephone.hears(0.1)
            await telephone.hang_up()
        await self.exchange.quiet()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carriers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Exchange]:
    async with exchange(
        tmp_path_factory.mktemp("line"),
        replies=[ASKS, "He cannot take the call."],
        phone={"transfer": {"mode": "warm"}},
        hours={"week": {day: ["00:00-24:00"] for day in DAYS}},
    ) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def ringing(carriers: Exchange) -> AsyncGenerator[Ringing]:
    carriers.orders.clear()
    peer = TwilioPeer(carriers.base)
    async with carriers.calling(peer) as telephone:
        session = await carriers.greeted()
        wish = asyncio.create_task(session.hear("My boiler leaks again, Tom Ashdown please"))
        order = await carriers.ordered(lambda o: "Twiml" in o.body)
        await telephone.hang_up()
    twiml = order.body["Twiml"]
    assert attribute(twiml, "answerOnBridge") == "true"
    assert "statusCallback" not in twiml  # he has answered, not taken the call
    yield Ringing(
        exchange=carriers,
        peer=peer,
        session=session,
        asks=attribute(twiml, "url"),
        ends=attribute(twiml, "action"),
    )
    await wish
    await carriers.quiet()


async def test_he_hears_who_calls_and_is_joined_when_he_takes_the_call(ringing: Ringing) -> None:
    (gather,) = await ringing.person()
    assert (gather.tag, gather.attrib["action"], len(gather)) == ("Gather", ringing.asks, 0)
    (gather,) = await ringing.person(SpeechResult="Front desk, good morning.")
    (brief,) = gather
    assert (brief.tag, brief.attrib) == ("Say", {"language": "en-GB"})
    assert "The caller said: My boiler leaks again" in str(brief.text)
    assert "Press one" in str(brief.text)
    (connecting,) = await ringing.person(Digits="1")  # what ends without a word more, joins
    assert (connecting.tag, connecting.text) == ("Say", "I'm connecting you.")
    await ringing.exchange.quiet()
    assert await ringing.outcome() == ("answered", "", "transferred")
    assert [order for order in ringing.exchange.orders if "Status" in order.body] == []


async def test_the_caller_comes_back_when_he_says_no(ringing: Ringing) -> None:
    await ringing.person()
    await ringing.person(SpeechResult="Yes?")
    last = await ringing.person(SpeechResult="I am in a meeting, call back later.")
    assert [verb.tag for verb in last] == ["Say", "Hangup"]
    await ringing.returns(**COMPLETED)
    outcome, reason, disposition = await ringing.outcome()
    assert (outcome, disposition) == ("declined", "caller_hung_up")
    assert "meeting" in reason


async def test_whoever_hangs_up_without_a_word_has_not_taken_the_call(ringing: Ringing) -> None:
    await ringing.person()
    await ringing.person()
    await ringing.returns(**COMPLETED)
    assert (await ringing.outcome())[0] == "declined"


async def test_a_mailbox_does_not_get_the_caller(ringing: Ringing) -> None:
    await ringing.person()
    last = await ringing.person(SpeechResult="Please leave a message after the tone.")
    assert [verb.tag for verb in last] == ["Hangup"]
    await ringing.returns(**COMPLETED)
    assert (await ringing.outcome())[0] == "voicemail"


async def test_a_caller_whom_nobody_answers_comes_back(ringing: Ringing) -> None:
    await ringing.returns(DialCallStatus="no-answer")
    assert (await ringing.outcome())[0] == "no_answer"


async def test_where_nobody_is_asked_there_is_nothing_to_say(carriers: Exchange) -> None:
    peer = TwilioPeer(carriers.base)
    unknown = await carriers.send(peer.signed("/carriers/twilio/transfers/none/ask", {}))
    assert unknown.status_code == 404
