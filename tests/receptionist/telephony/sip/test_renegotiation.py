"""A telephone that changes its codec in the middle of a call goes on hearing and being heard."""

from pathlib import Path

import numpy as np
import pytest

from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.on_the_line import answered, listened
from tests.receptionist.telephony.sip.phone import Sound, needs_pjsua, plugged, tone, write

pytestmark = [pytest.mark.integration, needs_pjsua]


@pytest.mark.parametrize(
    ("first", "then", "rate_hz"),
    [("PCMU", "PCMA", 8000), ("G722", "PCMU", 16000), ("PCMA", "G722", 8000)],
)
async def test_both_sides_hear_each_other_after_a_re_invite_to_another_codec(
    endpoint: BaresipEndpoint, tmp_path: Path, first: str, then: str, rate_hz: int
) -> None:
    says = write(tmp_path / "says.wav", tone(440, 60))
    async with plugged(tmp_path, says=says, codec=first) as phone:
        call = await answered(endpoint, phone)
        await listened(call, 0.6, tone(1000, 0.4, rate_hz).tobytes())
        await phone.do("resume", codec=then)
        await phone.told("media", codec=then)
        await listened(call, 0.5)
        heard = await listened(call, 1.5, tone(700, 1, rate_hz).tobytes())
        await call.hang_up()
        await phone.over()
    assert call.rate_hz == rate_hz
    here = Sound.of(np.frombuffer(heard, np.int16), rate_hz)
    assert here.peak_hz == pytest.approx(440, abs=2)
    assert here.holes == 0
    assert len(heard) / 2 / rate_hz == pytest.approx(1.5, abs=0.15)
    there = Sound.recorded(phone.recording)
    assert there.peak_hz == pytest.approx(700, abs=3)
    assert there.active_s == pytest.approx(1.4, abs=0.15)
