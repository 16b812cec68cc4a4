"""Callers for whom there is no line: what they get is what the tenant wants for them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from receptionist.supervisor import Supervisor
from receptionist.telephony.sip.calls import SipCalls
from receptionist.telephony.sip.contract import EndpointOptions
from receptionist.telephony.sip.endpoint import opened
from receptionist.telephony.sip.listening import Listening
from receptionist.telephony.sip.refusal import Told
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.phone import Sound, free_port, needs_pjsua, plugged
from tests.receptionist.telephony.sip.wire import Dialog, Wire, wired

pytestmark = [pytest.mark.integration, needs_pjsua]

OVERFLOW = "+441632960199"
EXCHANGE = "127.0.0.1:5999"


@asynccontextmanager
async def full(
    folder: Path, phone: Mapping[str, Any], outbound: str = ""
) -> AsyncGenerator[tuple[Supervisor, Wire, SipCalls]]:
    """Yields a process whose only line is taken, and a caller on the wire."""
    listening = Listening(port=free_port(), rtp_first=34000, rtp_last=34998)
    options = EndpointOptions(listening=listening, max_calls=20, outbound=outbound)
    async with (
        scripted(folder, max_calls=1, phone=phone, sip_outbound=outbound) as supervisor,
        opened(options) as endpoint,
        asyncio.TaskGroup() as group,
    ):
        calls = SipCalls(supervisor, endpoint)
        running = group.create_task(calls.run())
        async with wired(listening.port) as wire:
            dialog = Dialog(wire=wire)
            assert (await dialog.invite()).status == 200
            dialog.acknowledge()
            yield supervisor, wire, calls
            dialog.again()
            wire.send(dialog.request("BYE"))
            await wire.final()
        running.cancel()


async def test_he_is_sent_to_the_number_that_takes_over(tmp_path: Path) -> None:
    async with full(tmp_path, {"overflow": OVERFLOW}, EXCHANGE) as (supervisor, wire, _):
        reply = await Dialog(wire=wire).invite()
        assert reply.status == 302
        assert reply.headers["contact"] == f"<sip:{OVERFLOW}@{EXCHANGE}>"
        supervisor.closing = True  # another process takes him, not another number
        assert (await Dialog(wire=wire).invite()).status == 503
        supervisor.closing = False


async def test_he_is_to_try_again_where_no_exchange_knows_that_number(tmp_path: Path) -> None:
    async with full(tmp_path, {"overflow": OVERFLOW}) as (_, wire, _calls):
        reply = await Dialog(wire=wire).invite()
    assert reply.status == 503
    assert int(reply.headers["retry-after"]) > 0
    assert "contact" not in reply.headers


async def test_he_is_told_in_words_and_takes_no_line(tmp_path: Path) -> None:
    async with full(tmp_path, {"busy": "message"}) as (supervisor, wire, calls):
        text = supervisor.snapshot.texts["en"].session["busy"][0]
        async with plugged(tmp_path) as phone:
            await phone.call(f"sip:demo@127.0.0.1:{wire.target[1]}")
            await phone.over()
        assert len(supervisor.active) == 1
        await until(lambda: len(calls) == 1)
    # A scripted voice takes 5 ms for a character.
    assert Sound.recorded(phone.recording).active_s == pytest.approx(len(text) * 0.005, abs=0.2)


def test_what_he_is_told_cannot_be_more_than_headers() -> None:
    told = Told(5, "sip:%2B44@x>\r\nEvil: 1")
    assert told.headers() == b"Retry-After: 5\r\nContact: <sip:%%2B44@xEvil:1>\r\n"
    assert Told().headers() == b""
