"""A worker that is a process of its own: how it is started, and how it is told from an ill one."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2 as httpx

from receptionist.admission import memory_share_mb
from receptionist.settings import Settings
from receptionist.workers.canary import CanaryError, call

READY_S = 120.0
"""A process that has not answered by then will not; on a slow disk models take a minute to load."""
_ASK_S = 2.0
_LOOK_S = 0.3
FILES_BESIDE_CALLS = 64
"""Connections, databases and caches that a healthy process opens after it has begun."""
FILES_PER_CALL = 24
"""Twice what a call with a second leg has open."""


def environment(settings: Settings, slot: int, slots: int) -> Mapping[str, str]:
    """Returns what tells the worker of `slot` its ports, in the words of `Settings`.

    Each slot has ports of its own: the first has those of the settings, the next the one after it,
    and the ports of audio are dealt out evenly.
    """
    first, last = (int(port) for port in settings.rtp_ports.split("-"))
    share = (last - first + 1) // slots & ~1
    start = first + slot * share
    memory = settings.max_memory_mb or round(memory_share_mb(slots // 2))
    told = {
        "host": settings.host,
        "port": settings.port + slot,
        "sip_port": settings.sip_port + slot,
        "rtp_ports": f"{start}-{start + share - 1}",
        "max_memory_mb": memory,
        "workers": 1,
        **({"tenant_dir": settings.tenant_dir} if settings.tenant_dir else {}),
    }
    return {f"RECEPTIONIST_{name.upper()}": str(value) for name, value in told.items()}


class ServingWorker:
    """One process of `receptionist serve`.

    Args:
        process: That runs it.
        settings: Of the fleet.
        slot: Which ports it has.
    """

    def __init__(self, process: asyncio.subprocess.Process, settings: Settings, slot: int) -> None:
        self._process = process
        self._settings = settings
        self._port = settings.port + slot
        self._sip_port = settings.sip_port + slot
        self._usual_files = 0

    @classmethod
    async def launch(cls, settings: Settings, slot: int, slots: int) -> "ServingWorker":
        """Starts it; in a group of its own, so that Ctrl-C reaches it only through the fleet."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "receptionist",
            "serve",
            f"--fleet={os.getpid()}",
            env={**os.environ, **environment(settings, slot, slots)},
            start_new_session=True,
        )
        return cls(process, settings, slot)

    async def ready(self) -> None:
        """Returns when it answers, has ended, or has taken too long."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + READY_S
        while self._process.returncode is None and loop.time() < until_s:
            if not await self._unhealthy():
                break
            await asyncio.sleep(_LOOK_S)
        self._usual_files = self._open_files()

    async def ended(self) -> int:
        """Returns its exit code when it has ended."""
        return await self._process.wait()

    async def problem(self) -> str:
        """Returns what is wrong with it; "" when it is well."""
        return self._leaking() or await self._unhealthy() or await self._unanswered()

    def drain(self) -> None:
        """Tells it to take no new calls, and to end after those it has."""
        self._tell(signal.SIGTERM)

    def stop(self) -> None:
        """Tells it to say goodbye now, and to end."""
        self._tell(signal.SIGINT)

    def kill(self) -> None:
        """Ends it, whatever it does."""
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            self._process.send_signal(number)

    def _leaking(self) -> str:
        files = self._open_files()
        most = self._usual_files + FILES_BESIDE_CALLS + FILES_PER_CALL * self._settings.max_calls
        return f"it has {files} files open, {most} at most are expected" if files > most else ""

    def _open_files(self) -> int:
        try:
            return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))
        except OSError:  # not Linux, or it has ended
            return 0

    async def _unhealthy(self) -> str:
        try:
            async with httpx.AsyncClient(timeout=_ASK_S, trust_env=False) as client:
                answer = await client.get(f"http://{self._settings.host}:{self._port}/health")
        except httpx.HTTPError as error:
            return f"its page does not answer: {error!r}"
        return "" if answer.is_success else f"its page answers {answer.status_code}"

    async def _unanswered(self) -> str:
        if not self._settings.sip:
            return ""
        try:
            await call(self._settings.sip_host, self._sip_port)
        except (CanaryError, OSError) as error:
            return f"its telephone does not answer: {error}"
        return ""
