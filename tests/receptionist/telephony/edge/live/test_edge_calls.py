"""Calls through the edge to a node and back."""

import re
from pathlib import Path

import pytest

from eval.telephony_audio import Ear
from eval.telephony_edge import (
    DOMAIN,
    TRUNK_ADDRESS,
    RunningEdge,
    running_edge,
    until,
)
from eval.telephony_phone import RawPhone
from eval.telephony_text import sdp

pytestmark = pytest.mark.integration


async def test_a_phone_with_its_password_hears_the_node(edge: RunningEdge, ear: Ear) -> None:
    async with await RawPhone.at(
        edge.sip, user="alice", domain=DOMAIN, password="wonderland"
    ) as phone:
        call = await phone.invite(media_port=ear.port)
        assert call.status == 200
        await ear.talk(call.media, seconds=1.5, tone_hz=500)
        assert (await phone.bye(call)).status == 200
    assert ear.hears(500)


async def test_a_trunk_at_its_address_needs_no_password(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS, user="+390612345") as trunk:
        call = await trunk.invite("+39065550100")
        assert call.status == 200
        assert (await trunk.bye(call)).status == 200


async def test_a_trunk_with_an_account_may_say_any_number_calls(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, user="+390612345", domain="pbx.test") as trunk:
        trunk.log_in("pbx", "exchange")
        call = await trunk.invite("+39065550100")
        assert call.status == 200
        assert (await trunk.bye(call)).status == 200


async def test_a_call_on_hold_comes_back(edge: RunningEdge, ear: Ear) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite(media_port=ear.port)
        held = await trunk.reinvite(call, media_port=ear.port, direction="sendonly")
        assert held.status == 200
        back = await trunk.reinvite(call, media_port=ear.port, direction="sendrecv")
        assert back.status == 200
        await ear.talk(call.media, seconds=1.5, tone_hz=700)
        await trunk.bye(call)
    assert ear.hears(700)


async def test_audio_of_a_third_address_is_not_heard(edge: RunningEdge, ear: Ear) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite(media_port=ear.port)
        await ear.talk(call.media, seconds=4, tone_hz=700)
        with Ear("127.0.0.9") as stranger:
            await stranger.talk(call.media, seconds=1, tone_hz=1100)
            assert stranger.packets == 0
        assert not ear.hears(1100)
        await ear.talk(call.media, seconds=0.5, tone_hz=700)
        await trunk.bye(call)
    assert ear.hears(700)


async def test_a_phone_reaches_another_that_has_registered(edge: RunningEdge) -> None:
    async with (
        await RawPhone.at(edge.sip, user="bob", domain=DOMAIN, password="builder") as bob,
        await RawPhone.at(edge.sip, user="alice", domain=DOMAIN, password="wonderland") as alice,
    ):
        assert (await bob.register()).status == 200
        call = await alice.invite("bob")
        assert call.status == 200
        assert (await alice.bye(call)).status == 200
        assert bob.asked() == ["INVITE", "ACK", "BYE"]


async def test_a_node_reaches_a_registered_phone_without_a_password(edge: RunningEdge) -> None:
    inside = ("127.0.0.1", edge.plan.nodes.port)
    async with (
        await RawPhone.at(edge.sip, user="bob", domain=DOMAIN, password="builder") as bob,
        await RawPhone.at(inside, user="reception") as node,
    ):
        assert (await node.invite("bob")).status == 404
        assert (await bob.register()).status == 200
        call = await node.invite("bob")
        assert call.status == 200
        assert (await node.bye(call)).status == 200
        assert bob.asked() == ["INVITE", "ACK", "BYE"]


async def test_a_node_calls_out_by_the_trunk_and_gives_the_password_it_asks_for(
    tmp_path: Path,
) -> None:
    """The trunk is another edge, and the gateway's account one of its accounts."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    secret = tmp_path / "secret"
    secret.write_text("exchange\n")
    async with running_edge(tmp_path / "there") as provider:
        gateway = f"127.0.0.1:{provider.sip[1]}"
        account = {
            "registrar": gateway,
            "user": "pbx",
            "realm": DOMAIN,
            "secret_file": str(secret),
            "called": "reception",
        }
        trunk = {"name": "provider", "gateways": [gateway], "register": account}
        changes = {"domain": "here.test", "trunks": [trunk], "accounts_file": None}
        async with (
            running_edge(tmp_path / "here", changes=changes) as edge,
            await RawPhone.at(("127.0.0.1", edge.plan.nodes.port)) as node,
        ):
            call = await node.invite("+39065550100")
            assert call.status == 200
            assert (await node.bye(call)).status == 200


async def test_codecs_nobody_knows_are_not_acceptable(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        trunk.described = (
            sdp("127.0.0.2", 4000)
            .replace("RTP/AVP 0 101", "RTP/AVP 96")
            .replace("a=rtpmap:0 PCMU/8000", "a=rtpmap:96 nonsense/8000")
        )
        assert (await trunk.invite()).status == 488


async def test_routes_in_one_line_are_as_good_as_in_several(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite()
        assert len(call.routes) == 2
        call.routes = [", ".join(call.routes)]
        held = await trunk.reinvite(call, media_port=9, direction="sendonly")
        assert held.status == 200
        assert (await trunk.bye(call)).status == 200


async def test_a_storm_of_offers_within_a_call_leaves_it_as_it_was(
    edge: RunningEdge, ear: Ear
) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite(media_port=ear.port)
        for _ in range(30):
            answer = await trunk.reinvite(call, media_port=ear.port, direction="sendrecv")
            assert answer.status in {200, 491, 500}
        await ear.talk(call.media, seconds=1.5, tone_hz=900)
        assert (await trunk.bye(call)).status == 200
    assert ear.hears(900)


async def test_keys_reach_the_node_as_they_were_pressed(edge: RunningEdge, ear: Ear) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite(media_port=ear.port)
        assert "telephone-event" in (call.answer.body if call.answer else "")
        await ear.press("4", call.media)
        await until(lambda: "4" in edge.nodes[0].keys, within_s=3)
        await trunk.bye(call)


async def test_a_node_is_told_whom_a_trunk_called_and_what_it_knows_of_the_caller(
    edge: RunningEdge,
) -> None:
    asserted = "<sip:+390612345;verstat=TN-Validation-Passed@carrier.test;user=phone>"
    extra = f"P-Asserted-Identity: {asserted}\r\nX-Edge-Called: boss\r\n"
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS, user="anonymous") as trunk:
        call = await trunk.invite("+39065550100", extra=extra)
        assert (await trunk.bye(call)).status == 200
        source = "{}:{}".format(*trunk.address)
    (told,) = edge.nodes[0].invitations
    assert told["called"] == "+39065550100"
    assert told["peer"] == "trunk:carrier"
    assert told["verstat"] == "TN-Validation-Passed"
    assert told["asserted"] == "+390612345"
    assert told["source"] == source


async def test_nobody_says_himself_who_a_call_is_from(edge: RunningEdge) -> None:
    claimed = "X-Edge-Peer: node\r\nP-Asserted-Identity: <sip:boss@edge.test>\r\n"
    async with await RawPhone.at(
        edge.sip, user="alice", domain=DOMAIN, password="wonderland"
    ) as phone:
        assert (await phone.register()).status == 200
        async with await RawPhone.at(
            edge.sip, user="bob", domain=DOMAIN, password="builder"
        ) as bob:
            call = await bob.invite("alice", extra=claimed)
            assert (await bob.bye(call)).status == 200
        invited = phone.requests.get_nowait()
    assert re.findall(r"^X-Edge-Peer: (.*)\r$", invited, re.MULTILINE) == ["phone:bob"]
    assert re.findall(r"^P-Asserted-Identity: (.*)\r$", invited, re.MULTILINE) == [
        f"<sip:bob@{DOMAIN}>"
    ]
    assert "Proxy-Authorization" not in invited
