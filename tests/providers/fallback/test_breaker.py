"""When an engine is given work, and when it is left alone."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.clock import run_virtual
from providers.fakes import FakeLLM
from providers.fallback.breaker import FIRST_WAIT_S, LONGEST_WAIT_S, Breaker, State
from providers.fallback.health import Infirmary
from providers.spec import ProviderSpec

pytestmark = pytest.mark.unit


def test_an_engine_that_fails_is_left_alone_until_its_wait_is_over() -> None:
    breaker = Breaker()
    breaker.failed(100.0)
    assert not breaker.begin()
    assert not breaker.ripen(100.0 + FIRST_WAIT_S - 0.001)
    assert breaker.ripen(100.0 + FIRST_WAIT_S)
    assert breaker.state is State.HALF_OPEN


def test_half_open_admits_one_piece_of_work_at_a_time() -> None:
    breaker = Breaker()
    breaker.failed(0.0)
    breaker.ripen(FIRST_WAIT_S)
    assert breaker.begin()
    assert not breaker.begin()
    breaker.abandoned()
    assert breaker.begin()
    breaker.worked()
    assert breaker.state is State.CLOSED


def test_each_failure_in_a_row_doubles_the_wait_up_to_its_bound() -> None:
    breaker, now_s, waits_s = Breaker(), 0.0, list[float]()
    for _ in range(8):
        breaker.failed(now_s)
        waits_s.append(breaker.due_s - now_s)
        now_s = breaker.due_s
    assert waits_s == [5, 10, 20, 40, 80, 120, 120, 120]
    breaker.ripen(now_s)
    breaker.worked()
    breaker.failed(now_s)
    assert breaker.due_s - now_s == FIRST_WAIT_S


def test_ten_calls_that_fail_together_count_once() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(1.0)
    assert breaker.due_s == 1.0 + FIRST_WAIT_S


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "worked", "failed", "abandoned", "ripen"]),
        st.integers(min_value=0, max_value=200),
    ),
    max_size=60,
)


@given(ACTS)
def test_whatever_happens_an_open_breaker_admits_nothing_and_waits_within_bounds(
    acts: list[tuple[str, int]],
) -> None:
    breaker, now_s, failed_s, running = Breaker(), 0, 0, 0
    for act, later_s in acts:
        now_s += later_s
        before = breaker.state
        if act == "begin":
            admitted = breaker.begin()
            assert admitted == (
                before is State.CLOSED or (before is State.HALF_OPEN and not running)
            )
            running = int(admitted) if before is State.HALF_OPEN and admitted else running
        elif act == "failed":
            if before is not State.OPEN or now_s >= breaker.due_s:
                failed_s, running = now_s, 0
            breaker.failed(now_s)
            assert breaker.state is State.OPEN
            assert FIRST_WAIT_S <= breaker.due_s - failed_s <= LONGEST_WAIT_S
        elif act == "ripen":
            ripe = before is State.OPEN and now_s >= breaker.due_s
            assert breaker.ripen(now_s) == ripe
        else:
            getattr(breaker, act)()
            running = 0 if before is not State.OPEN else running
            assert (breaker.state is State.OPEN) == (before is State.OPEN)


class Patient(FakeLLM):
    """Answers probes from the third one on."""

    def __init__(self) -> None:
        super().__init__(ProviderSpec(id="fake:a"))
        self.probes = 0
        self.well = asyncio.Event()

    async def probe(self) -> None:
        self.probes += 1
        if self.probes < 3:
            raise ConnectionError("gone")
        self.well.set()


def test_an_engine_is_probed_without_a_caller_and_one_record_serves_all_calls() -> None:
    async def run() -> None:
        patient, infirmary = Patient(), Infirmary()
        health = infirmary.of(patient)
        assert infirmary.of(patient) is health
        began_s = asyncio.get_running_loop().time()
        health.failed()
        await patient.well.wait()
        assert patient.probes == 3
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(5 + 10 + 20, abs=0.2)
        await asyncio.sleep(0)
        assert health.breaker.state is State.HALF_OPEN
        health.failed()
        await infirmary.close()

    run_virtual(run())
