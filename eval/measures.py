"""What a benchmark reads off a process, and how it says it."""

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
