"""What tests do with calls of the stack."""

import asyncio
from collections.abc import Callable
from typing import cast

from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.contract import SipCall
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.phone import Phone


async def invited(endpoint: BaresipEndpoint) -> BaresipCall:
    async with asyncio.timeout(5):
        return cast("BaresipCall", await anext(endpoint.incoming))


async def answered(endpoint: BaresipEndpoint, phone: Phone, user: str = "demo") -> BaresipCall:
    await phone.call(endpoint.options.listening.uri(user))
    call = await invited(endpoint)
    await call.answer()
    await phone.connected()
    return call


async def listened(call: SipCall, seconds: float, say: bytes = b"") -> bytes:
    """Returns what was heard in `seconds`; says `say` meanwhile, a little ahead."""
    heard = bytearray()
    until_s = asyncio.get_running_loop().time() + seconds
    at, step = 0, call.rate_hz // 50 * 2
    while asyncio.get_running_loop().time() < until_s:
        heard += call.read()
        while at < len(say) and call.queued_ms < 200:
            call.write(say[at : at + step])
            at += step
        await asyncio.sleep(0.02)
    return bytes(heard)


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something is true."""
    for _ in range(250):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{holds} does not come true")
