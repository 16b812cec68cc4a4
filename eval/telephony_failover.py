"""How long callers wait whose node is killed while the edge gives it their calls."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from eval.telephony_edge import TRUNK_ADDRESS, RunningEdge, running_edge, until
from eval.telephony_load import percentiles
from eval.telephony_phone import RawPhone
from receptionist.telephony.edge.control import NodeState

AT_ONCE, AFTER = 5, 15
APART_S = 0.1
PROGRAMS = ("kamailio", "rtpengine")


async def fail_over() -> dict[str, Any]:
    """Kills one of two nodes while twenty callers come; says why not where there is no edge."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return {"skipped": f"{' and '.join(missing)} missing; deploy/edge/install installs them"}
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_edge(Path(folder), nodes=2) as edge,
            await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk,
        ):
            return await _killed(edge, trunk)


async def _killed(edge: RunningEdge, trunk: RawPhone) -> dict[str, Any]:
    await until(
        lambda: {node.state for node in edge.control.nodes()} == {NodeState.ACTIVE}, within_s=10
    )
    calls = [asyncio.create_task(trunk.invite()) for _ in range(AT_ONCE)]
    edge.nodes[0].process.kill()
    for _ in range(AFTER):
        calls.append(asyncio.create_task(trunk.invite()))
        await asyncio.sleep(APART_S)
    made = await asyncio.gather(*calls)
    waits = [call.answer.after_s for call in made if call.answer and call.status == 200]
    return {
        "calls": len(made),
        "answered": len(waits),
        "invite_to_200_s": percentiles(waits),
    }
