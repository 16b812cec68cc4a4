"""What changes while an edge runs."""

from hashlib import md5

import pytest

from eval.telephony_edge import (
    DOMAIN,
    TRUNK_ADDRESS,
    RunningEdge,
    start_node,
    until,
)
from eval.telephony_phone import RawPhone
from receptionist.telephony.edge.control import NodeState
from receptionist.telephony.edge.rendering import render

pytestmark = pytest.mark.integration


async def test_a_new_account_can_register_and_a_removed_one_cannot(edge: RunningEdge) -> None:
    accounts = edge.plan.accounts_file
    assert accounts is not None
    hashed = md5(f"carol:{DOMAIN}:singer".encode()).hexdigest()
    async with (
        await RawPhone.at(edge.sip, user="carol", domain=DOMAIN, password="singer") as carol,
        await RawPhone.at(edge.sip, user="bob", domain=DOMAIN, password="builder") as bob,
    ):
        assert (await carol.register()).status == 401
        assert (await bob.register()).status == 200
        accounts.write_text(f"carol:{DOMAIN}:{hashed}\n")
        render(edge.plan, edge.processes.folder)
        edge.control.reload()
        assert (await carol.register()).status == 200
        assert (await bob.register()).status == 401


async def test_a_new_node_gets_calls_and_the_old_ones_go_on(edge: RunningEdge) -> None:
    added = await start_node(edge.processes.folder)
    try:
        targets = (edge.nodes[0].target, added.target)
        nodes = edge.plan.nodes.model_copy(update={"targets": targets})
        async with await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk:
            before = await trunk.invite()
            render(edge.plan.model_copy(update={"nodes": nodes}), edge.processes.folder)
            edge.control.reload()
            await until(
                lambda: [node.state for node in edge.control.nodes()] == [NodeState.ACTIVE] * 2,
                within_s=8,
            )
            calls = [await trunk.invite() for _ in range(2)]
            answered = {call.target.partition("@")[2].partition(";")[0] for call in calls}
            assert answered == set(targets)
            for call in (before, *calls):
                assert (await trunk.bye(call)).status == 200
    finally:
        await added.end()
