"""Calls do not notice when a node goes away."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from eval.telephony_audio import Ear
from eval.telephony_edge import (
    TRUNK_ADDRESS,
    RunningEdge,
    free_range,
    running_edge,
    until,
)
from eval.telephony_phone import RawPhone
from eval.telephony_text import Dialog
from receptionist.errors import NotFoundError
from receptionist.telephony.edge.control import NodeState

pytestmark = pytest.mark.integration

QUICK = {"nodes": {"answer_ms": 1500}}
LONGEST_FAIL_OVER_S = 3.5


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    async with running_edge(tmp_path, nodes=2) as running:
        yield running


@pytest.fixture
async def trunk(pair: RunningEdge) -> AsyncGenerator[RawPhone, None]:
    async with await RawPhone.at(pair.sip, address=TRUNK_ADDRESS) as phone:
        yield phone


async def test_calls_take_turns_between_the_nodes(pair: RunningEdge, trunk: RawPhone) -> None:
    calls = [await trunk.invite() for _ in range(6)]
    assert sorted(node_of(call) for call in calls) == sorted(
        [node.target for node in pair.nodes] * 3
    )
    await hang_up(trunk, calls)


async def test_no_call_is_lost_when_a_node_is_killed(pair: RunningEdge, trunk: RawPhone) -> None:
    await knows(pair, NodeState.ACTIVE, NodeState.ACTIVE)
    killed, left = pair.nodes
    calls = [asyncio.create_task(trunk.invite()) for _ in range(5)]
    killed.process.kill()
    for _ in range(15):
        calls.append(asyncio.create_task(trunk.invite()))
        await asyncio.sleep(0.1)
    made = await asyncio.gather(*calls)
    assert [call.status for call in made] == [200] * 20
    assert max(call.answer.after_s for call in made if call.answer) <= LONGEST_FAIL_OVER_S
    await until(
        lambda: pair.control.nodes()[index(pair, killed.target)].state is NodeState.SILENT,
        within_s=8,
    )
    after = await trunk.invite()
    assert after.answer is not None
    assert after.answer.after_s < 0.5
    assert node_of(after) == left.target
    await hang_up(trunk, [call for call in [*made, after] if node_of(call) == left.target])


async def test_calls_that_a_killed_node_was_ringing_are_answered_by_the_other(
    tmp_path: Path,
) -> None:
    async with (
        running_edge(tmp_path, nodes=2, ring_s=1, changes=QUICK) as slow,
        await RawPhone.at(slow.sip, address=TRUNK_ADDRESS) as caller,
    ):
        calls = [asyncio.create_task(caller.invite()) for _ in range(6)]
        await asyncio.sleep(0.1)
        slow.nodes[0].process.kill()
        made = await asyncio.gather(*calls)
        assert [call.status for call in made] == [200] * 6
        assert {node_of(call) for call in made} == {slow.nodes[1].target}
        await hang_up(caller, made)


async def test_a_node_that_comes_back_gets_calls_again(pair: RunningEdge, trunk: RawPhone) -> None:
    paused = pair.nodes[0]
    os.kill(paused.process.pid, signal.SIGSTOP)
    await until(lambda: state(pair, paused.target) is NodeState.SILENT, within_s=10)
    os.kill(paused.process.pid, signal.SIGCONT)
    await until(lambda: state(pair, paused.target) is NodeState.ACTIVE, within_s=10)
    calls = [await trunk.invite() for _ in range(2)]
    assert paused.target in {node_of(call) for call in calls}
    await hang_up(trunk, calls)


async def test_a_drained_node_keeps_its_calls_and_gets_no_more(
    pair: RunningEdge, trunk: RawPhone
) -> None:
    drained, other = pair.nodes
    with ExitStack() as owned:
        ears = [owned.enter_context(Ear()) for _ in range(50)]
        live = [await trunk.invite(media_port=ear.port) for ear in ears]
        assert [node_of(call) for call in live].count(drained.target) == 25
        pair.control.drain(drained.target)
        assert state(pair, drained.target) is NodeState.DRAINED
        late = [await trunk.invite() for _ in range(10)]
        assert {node_of(call) for call in late} == {other.target}
        await asyncio.gather(
            *(
                ear.talk(call.media, seconds=1.5, tone_hz=600)
                for ear, call in zip(ears, live, strict=True)
            )
        )
        assert [ear.hears(600) for ear in ears] == [True] * 50
    await hang_up(trunk, [*live, *late])
    pair.control.resume(drained.target)
    again = [await trunk.invite() for _ in range(2)]
    assert {node_of(call) for call in again} == {drained.target, other.target}
    await hang_up(trunk, again)


async def test_who_a_draining_node_refuses_is_taken_by_the_other(
    pair: RunningEdge, trunk: RawPhone
) -> None:
    draining, other = pair.nodes
    draining.process.send_signal(signal.SIGUSR1)
    calls = [await trunk.invite() for _ in range(6)]
    assert {node_of(call) for call in calls} == {other.target}
    await hang_up(trunk, calls)


async def test_ports_of_calls_that_have_ended_are_used_again(tmp_path: Path) -> None:
    """Sixteen ports are enough for two calls at a time."""
    first = free_range(500)
    media = {"media": {"first_port": first, "last_port": first + 15}}
    async with (
        running_edge(tmp_path, changes=media) as small,
        await RawPhone.at(small.sip, address=TRUNK_ADDRESS) as caller,
    ):
        for _ in range(12):
            await hang_up(caller, [await answered_at_last(caller)])


async def test_without_any_node_a_caller_is_told_to_come_back(
    pair: RunningEdge, trunk: RawPhone
) -> None:
    for node in pair.nodes:
        pair.control.drain(node.target)
    refused = await trunk.invite()
    assert refused.status == 503
    assert refused.answer is not None
    assert refused.answer.header("retry-after")


async def test_without_media_a_caller_is_told_to_come_back(
    pair: RunningEdge, trunk: RawPhone
) -> None:
    media = pair.processes.pid("rtpengine")
    os.kill(media, signal.SIGSTOP)
    refused = await trunk.invite()
    os.kill(media, signal.SIGCONT)
    assert refused.status == 503
    assert refused.answer is not None
    assert refused.answer.header("retry-after")
    await hang_up(trunk, [await answered_at_last(trunk)])


async def test_draining_a_node_nobody_knows_says_which_there_are(pair: RunningEdge) -> None:
    with pytest.raises(NotFoundError, match=pair.nodes[0].target):
        pair.control.drain("127.0.0.1:1")


async def answered_at_last(phone: RawPhone) -> Dialog:
    """Calls as often as it takes, within some seconds; meanwhile the answer is always 503."""
    for _ in range(50):
        call = await phone.invite()
        if call.status == 200:
            return call
        assert call.status == 503
        await asyncio.sleep(0.1)
    raise TimeoutError


def node_of(call: Dialog) -> str:
    return call.target.partition("@")[2].partition(";")[0]


def index(edge: RunningEdge, target: str) -> int:
    return [node.uri for node in edge.control.nodes()].index(f"sip:{target}")


def state(edge: RunningEdge, target: str) -> NodeState:
    return edge.control.nodes()[index(edge, target)].state


async def knows(edge: RunningEdge, *states: NodeState) -> None:
    await until(lambda: [node.state for node in edge.control.nodes()] == [*states], within_s=8)


async def hang_up(phone: RawPhone, calls: Sequence[Dialog]) -> None:
    for call in calls:
        assert (await phone.bye(call)).status == 200
