"""A telephone's audio, written down packet by packet: G.711 and pressed keys over RTP."""

import asyncio
import math
import secrets
import socket
import time
from struct import pack
from typing import Self

import numpy as np

FRAME_S = 0.02
FRAME_SAMPLES = 160
RATE_HZ = 8000


class Ear:
    """A telephone's audio: sends a tone and notes what comes back."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind((address, 0))
        self._line.setblocking(False)
        self.port: int = self._line.getsockname()[1]
        self._heard = bytearray()
        self.packets = 0

    async def talk(self, to: tuple[str, int], *, seconds: float, tone_hz: float) -> None:
        """Speaks a tone for a while, listening meanwhile."""
        source, stamp = secrets.randbits(32), secrets.randbits(24)
        begun = time.monotonic()
        for number in range(round(seconds / FRAME_S)):
            samples = np.arange(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES)
            wave = 8000 * np.sin(2 * math.pi * tone_hz * samples / RATE_HZ)
            head = pack("!BBHII", 0x80, 0, number, stamp + number * FRAME_SAMPLES, source)
            self._line.sendto(head + mulaw(wave), to)
            self._listen()
            await asyncio.sleep(max(0.0, begun + (number + 1) * FRAME_S - time.monotonic()))
        self._listen()

    async def press(self, key: str, to: tuple[str, int]) -> None:
        """Presses a key for 100 ms (RFC 4733)."""
        source, stamp = secrets.randbits(32), secrets.randbits(24)
        for number in range(8):
            ended = 0x80 if number >= 5 else 0
            marker = 0x80 if number == 0 else 0
            head = pack("!BBHII", 0x80, marker | 101, number, stamp, source)
            lasted = min(number + 1, 6) * FRAME_SAMPLES
            event = pack("!BBH", "0123456789*#".index(key), ended | 10, lasted)
            self._line.sendto(head + event, to)
            await asyncio.sleep(FRAME_S)

    def hears(self, tone_hz: float) -> bool:
        """Returns whether the tone was the loudest of what was heard in the end."""
        self._listen()
        heard = linear(bytes(self._heard))[-RATE_HZ // 2 :]
        if len(heard) < RATE_HZ // 4:
            return False
        loudest = np.abs(np.fft.rfft(heard))
        found = float(np.argmax(loudest[1:]) + 1) * RATE_HZ / len(heard)
        return abs(found - tone_hz) < 15 and float(np.abs(heard).max()) > 2000

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def _listen(self) -> None:
        while True:
            try:
                packet = self._line.recv(2048)
            except BlockingIOError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.packets += 1
                self._heard += packet[12:]


def mulaw(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bytes:
    """Returns G.711 mu-law of samples (ITU-T G.711)."""
    magnitude = np.minimum(np.abs(samples).astype(np.int32), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def linear(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Returns the samples of G.711 mu-law."""
    coded = ~np.frombuffer(data, np.uint8).astype(np.int32) & 0xFF
    magnitude = (((coded & 0x0F) << 3) + 132 << ((coded >> 4) & 7)) - 132
    return np.where(coded & 0x80, -magnitude, magnitude).astype(np.int32)
