"""What a benchmark says of telephony is what happened on the wire."""

import argparse
import asyncio
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.telephony import PARTS, add_arguments
from eval.telephony_audio import FRAME_SAMPLES, linear, mulaw
from eval.telephony_calls import placed
from eval.telephony_faults import drain, flushes, stalls
from eval.telephony_load import percentiles
from eval.telephony_mutations import LONGEST, Mutations
from eval.telephony_node import node
from eval.telephony_phone import RawPhone
from eval.telephony_soak import soak
from eval.telephony_stream import LOUD, Stream, levels, pulses
from eval.telephony_text import media_of, parsed, uri_of

pytestmark = pytest.mark.integration


async def heard_for(stream: Stream, packets: int) -> None:
    """Waits for so many packets, some seconds at most."""
    for _ in range(1000):
        if len(stream.arrivals_s) >= packets:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(stream.arrivals_s)} packets came")


async def test_an_echo_comes_back_without_a_loss_every_20_ms() -> None:
    async with node() as running, await RawPhone.at(running.address) as phone:
        call = await placed(phone, sound=pulses)
        await heard_for(call.stream, 200)
        assert 19 < float(np.mean(call.stream.gaps_ms)) < 21
        assert call.stream.lost == 0
        assert call.stream.round_trips_ms
        assert 20 < min(call.stream.round_trips_ms) < 900
        assert (await running.health())["calls"] == 1
        await call.end()


async def test_packets_that_are_missing_are_lost_and_a_counter_that_begins_anew_is_not() -> None:
    stream = Stream()
    stream.numbers.extend([65533, 65534, 65535, 0, 1, 4, 5])
    assert stream.lost == 2
    stream.close()


async def test_an_echo_belongs_to_the_pulse_before_it() -> None:
    stream = Stream()
    stream.pulses_s.extend([10.0, 11.0, 12.0])
    stream.echoes_s.extend([10.06, 11.08, 12.95])  # the last is none
    assert stream.round_trips_ms == pytest.approx([60, 80])
    stream.close()


async def test_each_minute_of_a_soak_is_told_and_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = await soak(3, 2, log, minute_s=1.5)
    minutes = [json.loads(line) for line in log.read_text().splitlines()]
    assert told["minutes"] == minutes
    assert [line["minute"] for line in minutes] == [1, 2, 3]
    assert sum(line["placed_again"] for line in minutes) == 1
    assert all(line["calls"] == 2 for line in minutes)
    assert told["lost"] == 0
    assert told["packets"] > 200


async def test_a_stalled_process_leaves_no_silence() -> None:
    told = await stalls(1)
    assert told["frames"] > 50
    assert told["silent_frames"] == told["lost"] == 0


async def test_what_is_interrupted_is_over_at_once() -> None:
    told = await flushes(3)
    assert -25 < told["still_heard_ms"]["p50"] < 100


async def test_calls_go_on_while_a_process_drains() -> None:
    told = await drain(4)
    assert told == {"calls": 4, "go_on": 4, "another_is_told": 486, "drained": True}


@given(st.lists(st.integers(-32000, 32000), min_size=FRAME_SAMPLES, max_size=FRAME_SAMPLES))
def test_mu_law_is_near_what_was_said(said: list[int]) -> None:
    heard = linear(mulaw(np.array(said, float)))
    assert (np.abs(heard - said) <= np.maximum(8, np.abs(said) / 16)).all()


def test_silence_is_not_loud_and_a_pulse_is() -> None:
    assert [level > LOUD for level in levels([pulses(0), pulses(49)])] == [False, True]


@given(st.text(max_size=400))
def test_no_answer_hurts(text: str) -> None:
    """Nor does what stands in its body and headers."""
    answer, _ = parsed(f"SIP/2.0 200 {text}")
    assert answer.status == 200
    media_of(text)
    assert uri_of(f"<{text.replace('>', '').replace('<', '') or 'x'}>")


async def test_as_many_packets_are_spoiled_as_are_asked_for() -> None:
    async with await RawPhone.at(("127.0.0.1", 9)) as phone:
        packets = [*Mutations(phone, 1).packets(300)]
    assert len(packets) == 300
    assert 0 < max(map(len, packets)) <= LONGEST


def test_the_worst_is_told_beside_the_percentiles() -> None:
    values = [*range(1, 101)]
    random.Random(1).shuffle(values)
    assert percentiles(values) == {"p50": 50.5, "p99": 99.01, "p99.9": 99.9, "max": 100}


def test_everything_is_measured_unless_parts_are_asked_for() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = parser.parse_args([])
    assert (asked.part, asked.short_calls, asked.packets, asked.soak_minutes) == (
        None,
        2000,
        5000,
        0,
    )
    assert parser.parse_args(["--part", "drain"]).part == ["drain"]
    assert {"answer_times", "fifty_calls", "garbage", "fail_over", "questions"} <= set(PARTS)
