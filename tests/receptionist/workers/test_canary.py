import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.workers.canary import CanaryError, Response, call

pytestmark = pytest.mark.integration


class Phone(asyncio.DatagramProtocol):
    """A SIP peer that answers every INVITE by a script, one status for each that comes."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self._requests: asyncio.Queue[str] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        lines = data.decode().split("\r\n")
        self._requests.put_nowait(lines[0].split()[0])
        status = self._statuses.pop(0) if lines[0].startswith("INVITE") and self._statuses else 0
        if status and self._transport:
            kept = [line for line in lines if line.startswith(("Via", "From", "Call-ID", "CSeq"))]
            to = next(line for line in lines if line.startswith("To:"))
            head = [f"SIP/2.0 {status} Whatever", *kept, f"{to};tag=there", "Content-Length: 0"]
            self._transport.sendto("\r\n".join((*head, "", "")).encode(), addr)

    async def requests(self, count: int) -> list[str]:
        """Returns the methods of the first requests that came."""
        async with asyncio.timeout(2):
            return [await self._requests.get() for _ in range(count)]


@asynccontextmanager
async def listening(phone: Phone) -> AsyncGenerator[tuple[Phone, int]]:
    """Yields the peer and its port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: phone, local_addr=("127.0.0.1", 0))
    try:
        yield phone, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def calling(phone: Phone, timeout_s: float = 2.0) -> float:
    async with listening(phone) as (_, port):
        return await call("127.0.0.1", port, timeout_s=timeout_s)


async def test_a_process_that_answers_is_well_and_is_hung_up_on() -> None:
    async with listening(Phone(200)) as (phone, port):
        assert 0 < await call("127.0.0.1", port) < 2
        assert await phone.requests(3) == ["INVITE", "ACK", "BYE"]


async def test_a_process_with_its_hands_full_is_well() -> None:
    async with listening(Phone(503)) as (phone, port):
        assert await call("127.0.0.1", port) == 0
        assert await phone.requests(2) == ["INVITE", "ACK"]


async def test_an_invitation_that_is_lost_is_sent_again() -> None:
    async with listening(Phone(0, 200)) as (phone, port):
        assert await call("127.0.0.1", port) > 0.4
        assert await phone.requests(2) == ["INVITE", "INVITE"]


async def test_a_process_that_refuses_is_unwell() -> None:
    with pytest.raises(CanaryError, match="refused the call with 500"):
        await calling(Phone(500))


async def test_a_process_that_says_nothing_is_unwell() -> None:
    with pytest.raises(CanaryError, match=r"did not answer within 0\.2 s"):
        await calling(Phone(), timeout_s=0.2)


async def test_ringing_is_no_answer() -> None:
    with pytest.raises(CanaryError, match="did not answer"):
        await calling(Phone(180), timeout_s=0.2)


@given(st.binary(max_size=400))
def test_whatever_comes_is_read(datagram: bytes) -> None:
    assert 0 <= Response(datagram).status <= 999
