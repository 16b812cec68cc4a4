"""Whatever is typed, a call ends in time and nobody is rung who is not on the list."""

import asyncio
import random
from dataclasses import replace

import pytest

from receptionist.calls.events import Disposition, ToolFinished
from receptionist.calls.session import CallSession
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.transfers import Transfers
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import Script, simulate
from tests.receptionist.handoff.telephones import PlayedLine

pytestmark = pytest.mark.integration

RECEPTION, BOOKINGS = "+441632960100", "+441632960110"
ENDS = {Disposition.COMPLETED, Disposition.SILENT_CALLER, Disposition.MAX_DURATION}


@pytest.mark.parametrize("seed", range(4))
def test_any_keys_at_any_pace(demo: TenantSnapshot, seed: int) -> None:
    chance = random.Random(seed)

    async def type_anything(session: CallSession, _caller: CallerAudio) -> None:
        conversation, keypad = session.conversation, Keypad(500)
        gathering = asyncio.create_task(keypad.gather(session.keys))
        await conversation.when(
            lambda: any("press star" in turn.text for turn in conversation.transcript.turns)
        )
        try:
            while True:
                for _ in range(chance.choice([1, 1, 1, 2, 11])):
                    keypad.press(chance.choice("0123456789*#1299"))
                    await asyncio.sleep(chance.choice([0.05, 0.4]))
                await asyncio.sleep(chance.choice([0.1, 1.0, 4.0]))
        finally:
            gathering.cancel()

    phone = demo.config.phone.model_copy(update={"menu": {"1": "bookings", "9": "message"}})
    snapshot = replace(demo, config=demo.config.model_copy(update={"phone": phone}))
    line = PlayedLine({})
    script = Script(
        channel="sip",
        replies=["I see."] * 60,
        patience=Patience(reask_after_ms=2000, max_call_s=90),
    )
    transfers = Transfers(line, HourlyCount())
    outcome = simulate(snapshot, script, type_anything, line=transfers)
    assert outcome.disposition in ENDS
    assert outcome.duration_s < 110
    assert set(line.rung) <= {RECEPTION, BOOKINGS}
    assert {run.name for run in outcome.all(ToolFinished)} <= {"transfer_call", "take_message"}
    assert line.left_open == []
