"""Packets that are almost right do the edge and its nodes no harm.

`RECEPTIONIST_FUZZ_PACKETS=36000` sends as many as the figures in docs/edge.md are of.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from eval.telephony_edge import (
    TRUNK_ADDRESS,
    running_edge,
    until,
)
from eval.telephony_mutations import Mutations
from eval.telephony_phone import RawPhone

pytestmark = pytest.mark.integration

PACKETS = int(os.environ.get("RECEPTIONIST_FUZZ_PACKETS", "2000"))
BATCH = 20
MAD_ADDRESS = "127.0.0.3"
LONGEST_SETUP_S = 0.1
FORGOTTEN_S = 75.0
"""A call nobody confirmed ends after 32 s, one without media after 30 s more."""

TRUNKS = [
    {"name": "carrier", "addresses": [f"{TRUNK_ADDRESS}/32"]},
    {"name": "mad", "addresses": [f"{MAD_ADDRESS}/32"], "calls_per_s": 4},
]


async def test_after_thousands_of_spoiled_packets_the_next_call_is_answered(
    tmp_path: Path,
) -> None:
    async with (
        running_edge(tmp_path, changes={"trunks": TRUNKS}) as edge,
        await RawPhone.at(edge.sip, address=MAD_ADDRESS) as mad,
        await RawPhone.at(edge.sip, address="127.0.0.4") as stranger,
        await RawPhone.at(edge.sip, address=TRUNK_ADDRESS) as trunk,
    ):
        node = edge.nodes[0]
        before = node.open_files
        await send(mad, stranger)
        call = await trunk.invite()
        assert call.status == 200
        assert call.answer is not None
        assert call.answer.after_s <= LONGEST_SETUP_S
        assert (await trunk.bye(call)).status == 200
        assert len(mad.unasked) > PACKETS / 20
        assert len(edge.processes.said("kamailio").splitlines()) < 100 + PACKETS / 50
        await until(lambda: node.open_files <= before, within_s=FORGOTTEN_S)
        files = f"{before} files open before, {node.open_files} after"
        answered = f"the next call answered in {call.answer.after_s * 1000:.1f} ms"
        sys.stdout.write(f"{PACKETS} packets; {answered}; {files}\n")


async def send(*phones: RawPhone) -> None:
    streams = [
        Mutations(phone, seed).packets(PACKETS // len(phones)) for seed, phone in enumerate(phones)
    ]
    for number, packets in enumerate(zip(*streams, strict=True)):
        for phone, packet in zip(phones, packets, strict=True):
            phone.send(packet)
        if number % BATCH == 0:
            await asyncio.sleep(0.01)
