"""Lets two calls hear each other."""

import asyncio

import numpy as np
import soxr

from receptionist.telephony.sip.contract import SipCall

TICK_S = 0.02
MOST_QUEUED_MS = 100
"""What waits longer is dropped: after a stall two people would talk past each other for good."""

LEAD_MS = 40
"""A tick of this process that comes late by less is not heard."""


async def bridge(one: SipCall, other: SipCall) -> None:
    """Carries the audio of each to the other; returns when one of them has hung up."""
    ways = (_Way(one, other), _Way(other, one))
    for call in (one, other):  # what was said before is nobody's any more
        call.read()
        call.flush()
        call.write(bytes(call.rate_hz * LEAD_MS // 1000 * 2))
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    while not (one.closed.is_set() or other.closed.is_set()):
        for way in ways:
            way.carry()
        due_s = max(due_s + TICK_S, loop.time())
        await asyncio.sleep(due_s - loop.time())


class _Way:
    """One direction."""

    def __init__(self, source: SipCall, target: SipCall) -> None:
        self._source = source
        self._target = target
        rates = (source.rate_hz, target.rate_hz)
        self._resample = (
            None
            if source.rate_hz == target.rate_hz
            else soxr.ResampleStream(*rates, 1, dtype="int16", quality="LQ")
        )

    def carry(self) -> None:
        pcm = self._source.read()
        if self._resample is not None and pcm:
            pcm = self._resample.resample_chunk(np.frombuffer(pcm, np.int16)).tobytes()
        room_ms = MOST_QUEUED_MS - self._target.queued_ms
        room_bytes = max(0, room_ms) * self._target.rate_hz // 1000 * 2
        if pcm and room_bytes:
            self._target.write(pcm[-room_bytes:])
