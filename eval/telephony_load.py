"""How soon callers are answered, and what fifty calls at a time cost and sound like."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.telephony_calls import Placed, kept_up, placed
from eval.telephony_node import node
from eval.telephony_phone import RawPhone
from eval.telephony_stream import pulses

CALLS = 50
APART_S = 0.06
TRIALS = 40
SETTLED_S = 2.0
PERCENTILES = (50, 99, 99.9)


def percentiles(values: Sequence[float] | np.ndarray[Any, Any]) -> dict[str, float]:
    """Returns the percentiles of a figure, and the worst."""
    found = np.percentile(np.asarray(values, float), PERCENTILES)
    named = zip(PERCENTILES, found, strict=True)
    return {f"p{percent:g}": round(float(value), 2) for percent, value in named} | {
        "max": round(float(np.max(values)), 2)
    }


async def answer_times() -> dict[str, Any]:
    """Milliseconds from an INVITE to its 200: while calls pile up, and as others hang up."""
    async with node() as running:
        async with kept_up(running.address, CALLS, apart_s=APART_S) as calls:
            piled = [call.after_s * 1000 for call in calls]
        async with (
            await RawPhone.at(running.address) as leaving,
            await RawPhone.at(running.address) as coming,
        ):
            chance = random.Random(1)
            one = [await _as_others_leave(leaving, coming, 1, chance) for _ in range(TRIALS)]
            five = [await _as_others_leave(leaving, coming, 5, chance) for _ in range(TRIALS // 4)]
    return {
        "invite_to_200_ms": percentiles(piled),
        "as_another_hangs_up_ms": percentiles(one),
        "as_five_hang_up_at_once_ms": percentiles(five),
    }


async def _as_others_leave(
    leaving: RawPhone, coming: RawPhone, count: int, chance: random.Random
) -> float:
    calls = [await placed(leaving) for _ in range(count)]
    # Threads of calls wake every 20 ms: at any point of that.
    await asyncio.sleep(0.1 + chance.random() * 0.02)
    ends = [asyncio.create_task(call.end()) for call in calls]
    await asyncio.sleep(0)
    late = await placed(coming)
    await asyncio.gather(*ends)
    await late.end()
    return late.after_s * 1000


async def fifty_calls(seconds: float = 30.0) -> dict[str, Any]:
    """What calls that return what they hear take of a core, and how even their audio is."""
    async with node() as running, kept_up(running.address, CALLS, sound=pulses) as calls:
        await asyncio.sleep(SETTLED_S)
        before, began_s = await running.health(), time.monotonic()
        for call in calls:
            call.stream.forget()
        await asyncio.sleep(seconds)
        after, took_s = await running.health(), time.monotonic() - began_s
        return {
            "calls": after["calls"],
            "cpu_percent_of_a_core_each": round(
                (after["cpu_s"] - before["cpu_s"]) / took_s / CALLS * 100, 3
            ),
            "memory_mb": after["memory_mb"],
            "loop_late_p99_ms": round(after["loop_late_p99_ms"], 1),
            **heard(calls),
        }


def heard(calls: Sequence[Placed]) -> dict[str, Any]:
    """Returns how the audio of calls came back since `forget`."""
    streams = [call.stream for call in calls]
    return {
        "packets": sum(len(stream.arrivals_s) for stream in streams),
        "lost": sum(stream.lost for stream in streams),
        "gap_ms": percentiles(np.concatenate([stream.gaps_ms for stream in streams])),
        "round_trip_ms": percentiles([ms for stream in streams for ms in stream.round_trips_ms]),
        "caller_late_ms": percentiles(
            np.concatenate([np.asarray(stream.late_s) for stream in streams]) * 1000
        ),
    }
