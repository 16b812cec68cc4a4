"""The audio of one call as a telephone has it, with the time at which each packet came."""

import asyncio
import random
import secrets
import socket
import struct
import time
from array import array
from collections.abc import Callable
from typing import Self

import numpy as np

from eval.telephony_audio import FRAME_S, FRAME_SAMPLES, RATE_HZ, linear, mulaw

STAMPED = 35
"""SO_TIMESTAMPNS, and the message it makes: seconds and nanoseconds."""
SILENCE = b"\xff" * FRAME_SAMPLES
PULSE_EVERY = 50
LOUD = 1500
"""Level of a frame that is no silence."""
_PULSE = mulaw(12_000 * np.sin(2 * np.pi * 1000 / RATE_HZ * np.arange(FRAME_SAMPLES)))

Sound = Callable[[int], bytes]
"""Returns the mu-law of a packet by its number."""


def silence(_number: int) -> bytes:
    """Says nothing."""
    return SILENCE


def pulses(number: int) -> bytes:
    """Says a packet of 1 kHz each second."""
    return _PULSE if number % PULSE_EVERY == PULSE_EVERY - 1 else SILENCE


def recorded(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Sound:
    """Returns what says a recording of 8 kHz, and then nothing."""
    coded = mulaw(samples.astype(np.float64))

    def say(number: int) -> bytes:
        part = coded[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
        return part.ljust(FRAME_SAMPLES, b"\xff")

    return say


class Stream:
    """Sends a sound in packets of 20 ms, and notes what comes back.

    Args:
        sound: What is sent.
        loss: Share of the packets that never leave.
        keeps: What is heard is kept, with the time of each packet.

    Attributes:
        port: Where it hears.
        arrivals_s: When each packet came, in seconds since 1970.
        numbers: Its sequence number.
        heard: Its sound, when that is kept.
        pulses_s: When each pulse was sent.
        late_s: How late this side was with each packet.
    """

    def __init__(
        self, sound: Sound = silence, *, loss: float = 0.0, keeps: bool = False, seed: int = 1
    ) -> None:
        self._sound, self._loss, self._keeps = sound, loss, keeps
        self._random = random.Random(seed)
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self._line.setblocking(False)
        self._line.setsockopt(socket.SOL_SOCKET, STAMPED, 1)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.port: int = self._line.getsockname()[1]
        self.arrivals_s = array("d")
        self.numbers = array("l")
        self.heard: list[bytes] = []
        self.pulses_s = array("d")
        self.echoes_s = array("d")
        self.late_s = array("d")
        self._sending: asyncio.Task[None] | None = None
        asyncio.get_running_loop().add_reader(self._line, self._listen)

    def start(self, to: tuple[str, int]) -> Self:
        """Speaks to where a session description says."""
        self._sending = asyncio.get_running_loop().create_task(self._send(to))
        return self

    def close(self) -> None:
        """Falls silent."""
        if self._line.fileno() < 0:
            return
        if self._sending:
            self._sending.cancel()
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    def forget(self) -> None:
        """Begins the notes anew."""
        for notes in (self.arrivals_s, self.numbers, self.pulses_s, self.echoes_s, self.late_s):
            del notes[:]
        self.heard.clear()

    @property
    def gaps_ms(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Between each packet and the next."""
        return np.diff(np.asarray(self.arrivals_s)) * 1000

    @property
    def lost(self) -> int:
        """Packets of the other side that never came."""
        steps = np.diff(np.asarray(self.numbers)) & 0xFFFF
        return int((steps[(steps > 1) & (steps < 1000)] - 1).sum())

    @property
    def jitter_ms(self) -> float:
        """Mean deviation of the gaps from 20 ms."""
        gaps = self.gaps_ms
        return float(np.abs(gaps - FRAME_S * 1000).mean()) if gaps.size else 0.0

    @property
    def round_trips_ms(self) -> list[float]:
        """From each pulse to its echo."""
        sent = np.asarray(self.pulses_s)
        trips = list[float]()
        for at_s in self.echoes_s:
            before = sent[sent < at_s]
            if before.size and at_s - before[-1] < PULSE_EVERY * FRAME_S * 0.9:
                trips.append((at_s - float(before[-1])) * 1000)
        return trips

    async def _send(self, to: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        source, stamp = secrets.randbits(32), secrets.randbits(24)
        due_s, number = loop.time() + self._random.random() * FRAME_S, 0
        wall_s = _wall_minus_loop()
        while True:
            await asyncio.sleep(due_s - loop.time())
            self.late_s.append(loop.time() - due_s)
            said = self._sound(number)
            if self._random.random() >= self._loss:
                head = struct.pack(
                    "!BBHII", 0x80, 0, number & 0xFFFF,
                    (stamp + number * FRAME_SAMPLES) & 0xFFFFFFFF, source,
                )  # fmt: skip
                if said is _PULSE:
                    self.pulses_s.append(loop.time() + wall_s)
                self._line.sendto(head + said, to)
            number += 1
            due_s += FRAME_S

    def _listen(self) -> None:
        while True:
            try:
                packet, notes, _, _ = self._line.recvmsg(2048, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(packet) <= 12 or packet[1] & 0x7F:
                continue
            seconds, nanoseconds = struct.unpack("qq", notes[0][2])
            at_s = seconds + nanoseconds / 1e9
            self.arrivals_s.append(at_s)
            self.numbers.append(int.from_bytes(packet[2:4]))
            if self._keeps:
                self.heard.append(packet[12:])
            elif self.pulses_s and _loud(packet[12:]) and not _soon(self.echoes_s, at_s):
                self.echoes_s.append(at_s)


def levels(frames: list[bytes]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Returns how loud each packet is."""
    return np.array([np.sqrt(np.mean(linear(each).astype(float) ** 2)) for each in frames])


def _loud(coded: bytes) -> bool:
    return coded != SILENCE and bool(levels([coded])[0] > LOUD)


def _soon(times: "array[float]", at_s: float) -> bool:
    return bool(times) and at_s - times[-1] < PULSE_EVERY * FRAME_S / 2


def _wall_minus_loop() -> float:
    return time.time() - asyncio.get_running_loop().time()
