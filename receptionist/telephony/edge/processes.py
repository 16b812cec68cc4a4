"""Kamailio and rtpengine as two processes of this one, from a rendered folder."""

import asyncio
import os
import shutil
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from configparser import ConfigParser
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from loguru import logger

from receptionist.telephony.edge.control import Control, EdgeError

START_S = 15.0
END_S = 5.0
POLL_S = 0.05
SHARED_MB, PRIVATE_MB = 64, 8
"""Memory of Kamailio: transactions, registrations and tables together, and each worker's own."""

PACKAGES: Mapping[str, str] = {"kamailio": "kamailio", "rtpengine": "rtpengine-daemon"}


class EdgeProcesses:
    """A running edge: enter it to start it, leave it to end it.

    Kamailio ends its whole process group when it goes, so each of the two has one of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.control = Control(folder)
        self._running: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        """Starts both and waits until calls can come.

        Raises:
            EdgeError: One is not installed, or ends, or does not answer within a while.
        """
        try:
            (self.folder / "run" / "control").unlink(missing_ok=True)
            # Kamailio asks once whether rtpengine is there, and then not for a while.
            await self._start("rtpengine", _rtpengine(self.folder))
            await self._until(partial(_media_answers, _media_control(self.folder)))
            await self._start("kamailio", _kamailio(self.folder))
            await self._until(self._answers)
        except TimeoutError as error:
            await self.end()
            raise EdgeError(f"The edge does not answer; see {self.folder / 'run'}") from error
        except BaseException:
            await self.end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """Ends both, the one that takes calls first."""
        for name in reversed(list(self._running)):
            process = self._running.pop(name)
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), END_S)
            except TimeoutError:
                logger.warning("{} had to be killed", name)
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def wait(self) -> None:
        """Waits until one of the two ends by itself, which neither should.

        Raises:
            EdgeError: Always, then.
        """
        ends = [asyncio.create_task(process.wait()) for process in self._running.values()]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
        self._check()

    def pid(self, name: str) -> int:
        """Returns the process id of `kamailio` or `rtpengine`."""
        return self._running[name].pid

    def said(self, name: str) -> str:
        """Returns what one of the two has logged."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    async def _start(self, name: str, command: Sequence[str]) -> None:
        where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
        found = shutil.which(command[0], path=where)
        if found is None:
            raise EdgeError(f"{name} is not installed: apt-get install {PACKAGES[name]}")
        with self._log(name).open("wb") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                found, *command[1:], stdout=log, stderr=log, start_new_session=True
            )

    async def _until(self, there: Callable[[], bool]) -> None:
        async with asyncio.timeout(START_S):
            while not there():
                self._check()
                await asyncio.sleep(POLL_S)

    def _log(self, name: str) -> Path:
        return self.folder / "run" / f"{name}.log"

    def _answers(self) -> bool:
        if not (self.folder / "run" / "control").exists():
            return False
        try:
            self.control.call("core.uptime")
        except EdgeError:
            return False
        return True

    def _check(self) -> None:
        for name, process in self._running.items():
            if process.returncode is not None:
                last = "\n".join(self.said(name).splitlines()[-5:])
                raise EdgeError(f"{name} ended with {process.returncode}:\n{last}")


def _media_control(folder: Path) -> tuple[str, int]:
    config = ConfigParser(interpolation=None)
    config.read(folder / "rtpengine.conf", encoding="utf-8")
    host, _, port = config["rtpengine"]["listen-ng"].rpartition(":")
    return host, int(port)


def _media_answers(control: tuple[str, int]) -> bool:
    """Returns whether rtpengine answers a ping (its NG protocol: a cookie, then bencode)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(POLL_S)
        try:
            line.connect(control)
            line.send(b"edge d7:command4:pinge")
            return b"pong" in line.recv(1024)
        except OSError:
            return False


def _kamailio(folder: Path) -> Sequence[str]:
    run = str(folder / "run")
    memory = ["-m", str(SHARED_MB), "-M", str(PRIVATE_MB)]
    return ["kamailio", "-f", str(folder / "kamailio.cfg"), "-DD", "-E", "-Y", run, *memory]


def _rtpengine(folder: Path) -> Sequence[str]:
    config = str(folder / "rtpengine.conf")
    return ["rtpengine", "--config-file", config, "--foreground", "--log-stderr"]
