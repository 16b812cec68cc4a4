"""What a benchmark reads off a process, and how it says it."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


def memory_mb(pid: int | None = None) -> float:
    """Returns the resident memory of a process (by default this one), in megabytes."""
    for line in Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def open_files(pid: int | None = None) -> int:
    """Returns the number of open file descriptors of a process."""
    return len(os.listdir(f"/proc/{pid or os.getpid()}/fd"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Percentiles of a figure over its runs."""

    n: int
    p50: float
    p90: float
    p95: float
    max: float


def spread(values: Sequence[float]) -> Spread:
    """Returns the percentiles of `values`."""
    ordered = np.asarray(values, float)
    p50, p90, p95 = np.percentile(ordered, [50, 90, 95])
    return Spread(
        n=len(values),
        p50=round(float(p50), 1),
        p90=round(float(p90), 1),
        p95=round(float(p95), 1),
        max=round(float(ordered.max()), 1),
    )


@dataclass(frozen=True, slots=True)
class Share:
    """A part of `of` cases, with the Wilson interval that holds it with 95 % probability."""

    percent: float
    from_percent: float
    to_percent: float
    count: int
    of: int


def share(count: int, of: int) -> Share:
    """Returns `count` of `of` with its interval."""
    if of == 0:
        return Share(0.0, 0.0, 100.0, 0, 0)
    z, part = 1.96, count / of
    middle = part + z * z / (2 * of)
    half = z * math.sqrt(part * (1 - part) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return Share(
        round(100 * part, 1), round(100 * max(0.0, low), 1), round(100 * high, 1), count, of
    )
