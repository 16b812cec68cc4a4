from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.settings import Settings
from receptionist.workers.process import environment

pytestmark = pytest.mark.unit


def rtp(told: dict[str, str]) -> tuple[int, int]:
    first, last = told["RECEPTIONIST_RTP_PORTS"].split("-")
    return int(first), int(last)


def test_every_slot_has_ports_of_its_own() -> None:
    settings = Settings(port=8000, sip_port=5060, rtp_ports="30000-39999")
    told = [dict(environment(settings, slot, 4)) for slot in range(4)]
    assert [one["RECEPTIONIST_PORT"] for one in told] == ["8000", "8001", "8002", "8003"]
    assert [one["RECEPTIONIST_SIP_PORT"] for one in told] == ["5060", "5061", "5062", "5063"]
    assert [rtp(one) for one in told] == [
        (30000, 32499),
        (32500, 34999),
        (35000, 37499),
        (37500, 39999),
    ]


@given(
    first=st.integers(1024, 40000),
    width=st.integers(400, 20000),
    slots=st.integers(2, 64).map(lambda count: count * 2),
)
def test_ports_of_audio_never_overlap(first: int, width: int, slots: int) -> None:
    settings = Settings(rtp_ports=f"{first}-{first + width}")
    shares = [rtp(dict(environment(settings, slot, slots))) for slot in range(slots)]
    assert shares[0][0] == first
    assert shares[-1][1] <= first + width
    for (_, last), (following, _) in pairwise(shares):
        assert last + 1 == following


def test_a_worker_starts_no_workers_and_takes_its_share_of_memory() -> None:
    told = environment(Settings(workers=4), 0, 8)
    assert told["RECEPTIONIST_WORKERS"] == "1"
    alone = environment(Settings(), 0, 2)
    share, whole = (int(one["RECEPTIONIST_MAX_MEMORY_MB"]) for one in (told, alone))
    assert share == pytest.approx(whole / 4, rel=0.01)
