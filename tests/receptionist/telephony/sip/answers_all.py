"""A stack in this process that answers everybody, and a caller of it who writes his packets."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from eval.telephony_stream import Stream, recorded
from receptionist.telephony.sip.contract import CallGoneError, EndpointOptions, SipCall
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.phone import free_port, tone
from tests.receptionist.telephony.sip.wire import SDP, Dialog, Reply, Wire, wired


@asynccontextmanager
async def answering(
    max_calls: int = 40,
) -> AsyncGenerator[tuple[BaresipEndpoint, Wire, list[SipCall]]]:
    """Yields both, and the calls that came, in their order."""
    port = free_port()
    listening = Listening(port=port, rtp_first=32000, rtp_last=32998)
    calls: list[SipCall] = []
    async with (
        opened(EndpointOptions(listening=listening, max_calls=max_calls)) as endpoint,
        wired(port) as wire,
        asyncio.TaskGroup() as group,
    ):

        async def take(call: SipCall) -> None:
            calls.append(call)
            try:
                await call.answer()
            except CallGoneError:
                return

        async def take_all() -> None:
            async for call in endpoint.incoming:
                group.create_task(take(call))

        taking = group.create_task(take_all())
        try:
            yield endpoint, wire, calls
        finally:
            taking.cancel()
            for call in calls:
                await call.hang_up()


async def is_answered(wire: Wire) -> bool:
    """Returns whether a proper call is answered, and ends it."""
    dialog = Dialog(wire=wire)
    while not wire.replies.empty():
        wire.replies.get_nowait()
    wire.send(dialog.request("INVITE", SDP))
    reply = await final_of(dialog)
    dialog.answered(reply)
    dialog.acknowledge()
    dialog.again()
    if reply.status == 200:
        wire.send(dialog.request("BYE"))
        await final_of(dialog)
    return reply.status == 200


async def final_of(dialog: Dialog) -> Reply:
    """Returns the next final response within a call; those of others are lost."""
    async with asyncio.timeout(5):
        while (reply := await dialog.wire.final()).headers.get("call-id") != dialog.call_id:
            pass
    return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """A caller who says a tone.

    Attributes:
        media: Where he is heard.
    """

    call: SipCall
    dialog: Dialog
    stream: Stream
    media: tuple[str, int]


@asynccontextmanager
async def speaking(wire: Wire, calls: list[SipCall], hz: float = 440) -> AsyncGenerator[Speaking]:
    """Yields a caller, who falls silent with the block and does not hang up."""
    stream, dialog = Stream(recorded(tone(hz, 60)), keeps=True), Dialog(wire=wire)
    before = len(calls)
    try:
        answer = await dialog.invite(SDP.replace("40404", str(stream.port)))
        dialog.acknowledge()
        port = re.search(r"^m=audio (\d+)", answer.body, re.MULTILINE)
        assert port
        media = ("127.0.0.1", int(port[1]))
        stream.start(media)
        await until(lambda: len(calls) > before and bool(calls[before].rate_hz))
        yield Speaking(call=calls[before], dialog=dialog, stream=stream, media=media)
    finally:
        stream.close()


def files() -> int:
    """Returns how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))
