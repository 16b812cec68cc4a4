"""A call has no thread but those it needs: every other call waits for them when it ends."""

import asyncio
from pathlib import Path

import pytest

from eval.telephony_calls import placed
from eval.telephony_phone import RawPhone
from eval.telephony_stream import pulses
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.on_the_line import invited, until

pytestmark = pytest.mark.integration


def threads() -> list[str]:
    """Returns the names of the threads of this process."""
    return [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]


async def test_what_a_caller_says_is_heard_and_played_by_nobody(endpoint: BaresipEndpoint) -> None:
    async with await RawPhone.at(("127.0.0.1", endpoint.options.listening.port)) as phone:
        placing = asyncio.create_task(placed(phone, sound=pulses))
        call = await invited(endpoint)
        await call.answer()
        caller = await placing
        heard = bytearray()

        def spoke() -> bool:
            heard.extend(call.read())
            return max(heard, default=0) > 0 and len(heard) > call.rate_hz

        await until(spoke)
        assert "aumem_src" in threads()
        assert "aumem_play" not in threads()
        await caller.end()
        await until(call.closed.is_set)
        assert "aumem_src" not in threads()
