"""Browser phones: SIP over secure WebSockets, media over ICE and DTLS-SRTP."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from eval.telephony_audio import Ear
from eval.telephony_edge import RunningEdge, running_edge
from eval.telephony_phone import RawPhone
from tests.receptionist.telephony.edge.live.browser_phone import call_with_a_tone, page
from tests.receptionist.telephony.edge.live.certificate import encrypted

pytestmark = pytest.mark.integration

ORIGIN = "https://page.test"


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    outside = {**encrypted(tmp_path, "wss"), "origins": [ORIGIN]}
    async with running_edge(tmp_path, changes={"outside": outside}) as running:
        yield running


async def test_a_page_calls_a_node_and_hears_its_echo(edge: RunningEdge, tmp_path: Path) -> None:
    async with page(edge.plan.outside.wss or 0, tmp_path / "edge.pem", ORIGIN) as phone:
        assert (await phone.register()).status == 200
        heard_hz = await call_with_a_tone(phone, 500, seconds=3)
    assert heard_hz == pytest.approx(500, abs=10)


async def test_a_node_calls_a_page_and_hears_it(
    edge: RunningEdge, tmp_path: Path, ear: Ear
) -> None:
    async with (
        page(edge.plan.outside.wss or 0, tmp_path / "edge.pem", ORIGIN) as phone,
        await RawPhone.at(("127.0.0.1", edge.plan.nodes.port), user="reception") as node,
    ):
        phone.called_with_a_tone = 600
        assert (await phone.register()).status == 200
        call = await node.invite("alice", media_port=ear.port)
        assert call.status == 200
        await ear.talk(call.media, seconds=3, tone_hz=300)
        assert (await node.bye(call)).status == 200
    assert ear.hears(600)


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "https://page.test.elsewhere.test"])
async def test_a_page_from_elsewhere_is_not_talked_to(
    edge: RunningEdge, tmp_path: Path, origin: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with page(edge.plan.outside.wss or 0, tmp_path / "edge.pem", origin):
            pass
    assert refused.value.response.status_code == 403
