"""Drives a PJSIP telephone, and judges what was recorded."""

import asyncio
import json
import socket
import sys
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

RATE_HZ = 8000
RECORDED_HZ = 16_000
FRAME_S = 0.02

needs_pjsua = pytest.mark.skipif(
    find_spec("pjsua2") is None, reason="pjsua2-python is not installed (make test installs it)"
)


def tone(hz: float, seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """Returns a tone of a quarter of full scale."""
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return (8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def write(path: Path, samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> Path:
    """Writes a sound file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def free_port() -> int:
    """Returns a port free for UDP and TCP a moment ago, with one a hundred above it."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
            tried.bind(("127.0.0.1", 0))
            port = int(tried.getsockname()[1])
        if port > 60_000 or port < 10_000 or 29_000 < port < 31_000:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a recording holds.

    Attributes:
        peak_hz: Loudest frequency.
        active_s: How long something was heard.
        holes: Silent frames of 20 ms between the first and the last sound.
        purity: Share of the energy at the loudest frequency.
    """

    peak_hz: float
    active_s: float
    holes: int
    purity: float

    @classmethod
    def of(cls, samples: NDArray[np.int16], rate_hz: int) -> "Sound":
        frame = int(rate_hz * FRAME_S)
        values = samples[: samples.size // frame * frame].astype(float)
        levels = np.sqrt((values.reshape(-1, frame) ** 2).mean(axis=1))
        active = np.flatnonzero(levels > 200)
        if not active.size:
            return cls(peak_hz=0.0, active_s=0.0, holes=0, purity=0.0)
        first, last = int(active[0]), int(active[-1])
        heard = values[first * frame : (last + 1) * frame]
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size))) ** 2
        frequencies = np.fft.rfftfreq(heard.size, 1 / rate_hz)
        peak = float(frequencies[int(spectrum.argmax())])
        near = np.abs(frequencies - peak) < 15
        return cls(
            peak_hz=peak,
            active_s=active.size * FRAME_S,
            holes=int((levels[first : last + 1] <= 200).sum()),
            purity=float(spectrum[near].sum() / spectrum.sum()),
        )

    @classmethod
    def recorded(cls, path: Path) -> "Sound":
        return cls.of(*samples_of(path))


def samples_of(path: Path) -> tuple[NDArray[np.int16], int]:
    """Returns the samples of a sound file, and their rate."""
    data = path.read_bytes()
    rate_hz = int.from_bytes(data[24:28], "little")
    return np.frombuffer(data[44 : 44 + (len(data) - 44) // 2 * 2], np.int16), rate_hz


@dataclass(slots=True, kw_only=True)
class Phone:
    """A telephone that runs."""

    uri: str
    recording: Path
    process: asyncio.subprocess.Process
    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def call(self, uri: str) -> None:
        """Dials."""
        await self.do("call", uri=uri)

    async def do(self, what: str, **how: Any) -> None:
        """Presses something."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": what, **how}).encode() + b"\n")
        await self.process.stdin.drain()

    async def told(self, event: str, within_s: float = 8.0, **what: Any) -> dict[str, Any]:
        """Waits for an event; those before it are kept in `seen`."""
        assert self.process.stdout
        try:
            async with asyncio.timeout(within_s):
                while line := await self.process.stdout.readline():
                    heard = json.loads(line)
                    self.seen.append(heard)
                    if heard["event"] == event and what.items() <= heard.items():
                        return heard
        except TimeoutError:
            pass
        raise AssertionError(f"no {event} {what} came; but {self.seen}")

    async def connected(self) -> None:
        """Waits until somebody has answered."""
        await self.told("state", state="CONFIRMED")

    async def has_recorded(self, seconds: float) -> None:
        """Waits until so much has been heard, silence included."""
        wanted = int(seconds * RECORDED_HZ * 2)
        for _ in range(int(seconds * 20) + 200):
            if self.recording.exists() and self.recording.stat().st_size >= wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.recording} does not grow; {self.seen}")

    async def over(self) -> dict[str, Any]:
        """Waits until the call has ended."""
        return await self.told("state", state="DISCONNECTED")


@asynccontextmanager
async def plugged(
    folder: Path,
    *,
    says: Path | None = None,
    codec: str = "PCMU",
    answers: int = 200,
    name: str = "phone",
) -> AsyncGenerator[Phone]:
    """Yields a telephone.

    Args:
        folder: For its recording.
        says: What it plays; None is silence.
        codec: The only one it knows.
        answers: Status it answers callers with; 180 leaves them ringing.
        name: Of its files.
    """
    port = free_port()
    says = says or write(folder / f"{name}-silence.wav", np.zeros(RATE_HZ * 60, np.int16))
    recording = folder / f"{name}-heard.wav"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("pjsua_phone.py")),
        *(str(port), codec, str(says), str(recording), str(answers)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    phone = Phone(uri=f"sip:phone@127.0.0.1:{port}", recording=recording, process=process)
    try:
        await phone.told("ready")
        yield phone
    finally:
        if process.returncode is None:
            await phone.do("quit")
            try:
                async with asyncio.timeout(3):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
