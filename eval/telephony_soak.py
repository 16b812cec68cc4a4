"""Ten calls for an hour: whether anything grows, and whether the audio stays even.

python -m eval.telephony_soak [--minutes 60] [--calls 10] [--log FILE]

Every call is ended and placed again after some minutes, one after the other. Each minute a line
says how the process is and how its audio was.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer

from eval.telephony_calls import Placed, placed
from eval.telephony_node import Node, node
from eval.telephony_phone import RawPhone
from eval.telephony_stream import pulses

MINUTE_S = 60.0
CALL_MINUTES = 4
"""How long each call lasts."""
FIRST_RTP_PORT = 24_000
LATE_MS = 40.0


async def soak(
    minutes: int, count: int, log: Path | None = None, *, minute_s: float = MINUTE_S
) -> dict[str, Any]:
    """Keeps calls up, and returns what each minute was like."""
    told = list[dict[str, Any]]()
    async with (
        node(first_rtp_port=FIRST_RTP_PORT) as running,
        await RawPhone.at(running.address) as phone,
    ):
        calls = [await placed(phone, sound=pulses, seed=number) for number in range(count)]
        await asyncio.sleep(1)
        before = await running.health()
        for minute in range(minutes):
            for call in calls:
                call.stream.forget()
            began_s = time.monotonic()
            renewed = await _renew(phone, calls, minute, minute_s)
            await asyncio.sleep(max(0.0, began_s + minute_s - time.monotonic()))
            line = await _minute(running, [c for c in calls if c not in renewed], before)
            before = line.pop("health")
            told.append({"minute": minute + 1, "placed_again": len(renewed), **line})
            if log:
                with log.open("a") as file:
                    file.write(json.dumps(told[-1]) + "\n")
        for call in calls:
            await call.end()
    return {"minutes": told, **_whole(told)}


async def _renew(
    phone: RawPhone, calls: list[Placed], minute: int, minute_s: float
) -> Sequence[Placed]:
    """Places the calls again whose time is over, spread over a minute; returns the new ones."""
    due = [at for at in range(len(calls)) if minute and at % CALL_MINUTES == minute % CALL_MINUTES]
    for at in due:
        await calls[at].end()
        calls[at] = await placed(phone, sound=pulses, seed=minute * len(calls) + at)
        await asyncio.sleep(minute_s / (len(due) + 1))
    return [calls[at] for at in due]


async def _minute(running: Node, calls: Sequence[Placed], before: dict[str, Any]) -> dict[str, Any]:
    """Returns how the last minute was; calls that began in it are left out of the audio."""
    health = await running.health()
    gaps = np.concatenate([call.stream.gaps_ms for call in calls])
    trips = [ms for call in calls for ms in call.stream.round_trips_ms]
    late = np.concatenate([np.asarray(call.stream.late_s) for call in calls]) * 1000
    return {
        "calls": health["calls"],
        "memory_mb": health["memory_mb"],
        "files": health["files"],
        "cpu_s": round(health["cpu_s"] - before["cpu_s"], 2),
        "packets": int(gaps.size),
        "gap_p50_ms": round(float(np.percentile(gaps, 50)), 2),
        "gap_p99_ms": round(float(np.percentile(gaps, 99)), 2),
        "gap_max_ms": round(float(gaps.max()), 1),
        "gaps_over_40_ms": int((gaps > LATE_MS).sum()),
        "jitter_ms": round(float(np.mean([call.stream.jitter_ms for call in calls])), 2),
        "lost": sum(call.stream.lost for call in calls),
        "lost_there": health["lost"],
        "filled_ms": health["filled_ms"],
        "round_trip_p50_ms": round(float(np.median(trips)), 1) if trips else None,
        "loop_late_p99_ms": round(health["loop_late_p99_ms"], 1),
        "loop_late_max_ms": round(health["loop_late_max_ms"], 1),
        "caller_late_p99_ms": round(float(np.percentile(late, 99)), 1),
        "load_average": round(os.getloadavg()[0], 1),
        "health": health,
    }


def _whole(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns how the whole time was."""

    def each(name: str) -> list[float]:
        return [line[name] for line in told]

    quarter = max(1, len(told) // 4)
    return {
        "memory_mb": {"first_quarter": round(float(np.median(each("memory_mb")[:quarter])), 1),
                      "last_quarter": round(float(np.median(each("memory_mb")[-quarter:])), 1)},
        "files": {"least": min(each("files")), "most": max(each("files"))},
        "packets": sum(each("packets")),
        "gap_p99_ms": {"median": round(float(np.median(each("gap_p99_ms"))), 2),
                       "worst_minute": max(each("gap_p99_ms"))},
        "gap_max_ms": max(each("gap_max_ms")),
        "gaps_over_40_ms": sum(each("gaps_over_40_ms")),
        "lost": sum(each("lost")),
        "load_average": {"least": min(each("load_average")), "most": max(each("load_average"))},
    }  # fmt: skip


def main() -> None:
    """Keeps calls up and prints what the time was like."""
    parser = argparse.ArgumentParser(prog="python -m eval.telephony_soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--log", type=Path, help="a line is added for each minute")
    asked = parser.parse_args()
    typer.echo(json.dumps(asyncio.run(soak(asked.minutes, asked.calls, asked.log)), indent=2))


if __name__ == "__main__":
    main()
