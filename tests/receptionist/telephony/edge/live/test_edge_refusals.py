"""What the edge keeps from its nodes."""

import asyncio
import re
from pathlib import Path

import pytest

from eval.telephony_edge import (
    DOMAIN,
    TRUNK_ADDRESS,
    RunningEdge,
    running_edge,
    until,
)
from eval.telephony_phone import RawPhone

pytestmark = pytest.mark.integration

BRICKS = {
    "no Contact": (r"Contact: [^\r]*\r\n", ""),
    "an empty Contact": (r"Contact: [^\r]*", "Contact: <>"),
    "a Contact that is no URI": (r"Contact: [^\r]*", "Contact: nobody"),
    "a Contact without host": (r"Contact: [^\r]*", "Contact: <sip:>"),
    "a star for Contact": (r"Contact: [^\r]*", "Contact: *"),
    "two Contacts": (r"(Contact: [^\r]*\r\n)", r"\1\1"),
    "no From tag": (r"(From: [^\r]*);tag=[^\r;]*", r"\1"),
    "an empty From tag": (r"(From: [^\r]*);tag=[^\r;]*", r"\1;tag="),
    "a bad Record-Route": (r"(Contact: )", "Record-Route: <nowhere>\r\n\\1"),
    "a bad second Record-Route": (
        r"(Contact: )",
        "Record-Route: <sip:127.0.0.1;lr>\r\nRecord-Route: <\r\n\\1",
    ),
    "no session description": (r"m=audio", "m=video"),
}


async def test_invitations_that_would_stay_in_a_node_for_ever_do_not_reach_it(
    edge: RunningEdge,
) -> None:
    node = edge.nodes[0]
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        before = node.open_files
        for pattern, replacement in BRICKS.values():
            for _ in range(25):
                trunk.send(re.sub(pattern, replacement, trunk.invitation(), count=1))
        call = await trunk.invite()
        assert call.status == 200
        assert (await trunk.bye(call)).status == 200
        assert {answer.status for answer in trunk.unasked} <= {400, 488, 483}
        assert len(trunk.unasked) >= 25 * len(BRICKS) - 25  # a packet without tag may be dropped
        await until(lambda: node.open_files <= before, within_s=50)


async def test_a_stranger_is_asked_for_a_password(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip) as stranger:
        assert (await stranger.invite()).status == 407
        assert (await stranger.register()).status == 401


async def test_who_says_he_is_one_of_ours_has_to_prove_it(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, user="alice", domain=DOMAIN) as stranger:
        assert (await stranger.invite()).status == 407
    async with await RawPhone.at(
        edge.sip, user="alice", domain=DOMAIN, address=TRUNK_ADDRESS
    ) as trunk:
        assert (await trunk.invite()).status == 403
    async with await RawPhone.at(edge.sip, user="bob", domain=DOMAIN) as alice:
        alice.log_in("alice", "wonderland")
        assert (await alice.invite()).status == 403
        assert (await alice.register()).status == 403


async def test_calls_to_elsewhere_are_not_relayed(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        assert (await trunk.invite(host="127.0.0.77:5060")).status == 403


async def test_a_tag_does_not_make_a_stranger_part_of_a_call(edge: RunningEdge) -> None:
    """Neither with a route he makes up, nor with that of somebody else's call."""
    node = edge.nodes[0]
    async with (
        await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk,
        await RawPhone.at(edge.sip, address="127.0.0.7") as stranger,
    ):
        call = await trunk.invite()
        assert call.status == 200
        before = node.open_files
        made_up = f"<sip:{edge.sip[0]}:{edge.sip[1]};lr;in=avp;out=node;k=1>"
        for routes in ([made_up], list(call.routes)):
            forged = stranger.within(f"sip:node@{node.target}", routes)
            assert (
                await stranger.reinvite(forged, media_port=9, direction="sendrecv")
            ).status == 403
            assert (await stranger.bye(forged)).status == 403
        assert node.open_files == before
        assert (await trunk.bye(call)).status == 200


async def test_a_call_gives_no_way_to_another_host(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        call = await trunk.invite()
        there, call.target = call.target, "sip:premium@127.0.0.77:5060"
        assert (await trunk.reinvite(call, media_port=9, direction="sendrecv")).status == 403
        call.target = there
        assert (await trunk.bye(call)).status == 200


async def test_a_call_that_has_gone_round_too_often_ends(edge: RunningEdge) -> None:
    async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
        trunk.max_forwards = 0
        assert (await trunk.invite()).status == 483


async def test_the_port_of_the_nodes_is_closed_to_others(edge: RunningEdge) -> None:
    inside = ("127.0.0.1", edge.plan.nodes.port)
    async with await RawPhone.at(inside, address=TRUNK_ADDRESS) as trunk:
        with pytest.raises(TimeoutError):
            await trunk.options(patience_s=1)


async def test_wrong_passwords_lock_out_and_each_further_one_for_longer(tmp_path: Path) -> None:
    limits = {"wrong_passwords": 3, "lock_s": 1, "requests_per_2s": 1_000_000}
    async with (
        running_edge(tmp_path, changes={"limits": limits}) as edge,
        await RawPhone.at(edge.sip, user="alice", domain=DOMAIN, password="guess") as thief,
        await RawPhone.at(edge.sip, user="bob", domain=DOMAIN, password="builder") as bob,
        await RawPhone.at(
            edge.sip, user="alice", domain=DOMAIN, password="wonderland", address="127.0.0.5"
        ) as alice,
    ):
        assert [(await thief.register()).status for _ in range(3)] == [401] * 3
        locked = await thief.register()
        assert (locked.status, locked.header("retry-after")) == (403, "1")
        # The right password does not help him who is locked out, and locks out nobody else.
        thief.log_in("alice", "wonderland")
        assert (await thief.register()).status == 403
        assert (await bob.register()).status == 200
        assert (await alice.register()).status == 200
        await status_becomes(thief, 200)
        thief.log_in("alice", "guess")
        assert (await thief.register()).status == 401
        assert "for 1 s after 3" in edge.processes.said("kamailio")
        assert "for 2 s after 4" in edge.processes.said("kamailio")
        edge.control.unlock()
        thief.log_in("alice", "wonderland")
        assert (await thief.register()).status == 200


async def test_a_flood_of_calls_is_refused_with_a_time_to_come_back(tmp_path: Path) -> None:
    async with (
        running_edge(tmp_path, changes={"limits": {"calls_per_s": 5}}) as edge,
        await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk,
    ):
        calls = await asyncio.gather(*(trunk.invite() for _ in range(40)))
        taken = [call for call in calls if call.status == 200]
        refused = [call for call in calls if call.status == 503]
        assert 5 <= len(taken) <= 20
        assert len(taken) + len(refused) == 40
        assert all(call.answer and call.answer.header("retry-after") for call in refused)
        for call in taken:
            await trunk.bye(call)


async def test_a_flood_of_packets_is_dropped_and_trunks_go_on_calling(tmp_path: Path) -> None:
    async with (
        running_edge(tmp_path, changes={"limits": {"requests_per_2s": 20}}) as edge,
        await RawPhone.at(edge.sip, address="127.0.0.6") as stranger,
        await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk,
    ):
        for _ in range(500):
            stranger.send(stranger.invitation())
        with pytest.raises(TimeoutError):
            await stranger.options(patience_s=1)
        assert len(stranger.unasked) < 100
        call = await trunk.invite()
        assert call.status == 200
        await trunk.bye(call)


async def status_becomes(phone: RawPhone, status: int) -> None:
    for _ in range(100):
        if (await phone.register()).status == status:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError
