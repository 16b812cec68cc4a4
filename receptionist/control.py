"""How the processes of one machine are asked how they are: over a socket only their user reaches.

There is one socket for each process, in a folder beside the data; it speaks HTTP.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2 as httpx
import uvicorn
from fastapi import FastAPI
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field

from receptionist.admission import resident_mb
from receptionist.supervisor import Supervisor
from receptionist.web_server import WebServer

FOLDER = "run"
_LONGEST_PATH = 100
"""Bytes a Unix socket may have in its name, with some to spare (108 on Linux, 104 on macOS)."""
_ASK_S = 2.0


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class LiveCall(_Told):
    """A call that runs."""

    call_id: str
    channel: str
    language: str
    duration_s: float
    turns: int = Field(description="Finished turns of both sides.")


class ProcessStatus(_Told):
    """How a process is."""

    pid: int
    fleet: int = Field(description="The process that looks after it; 0 is none.")
    page: str
    sip: str = Field(description="What a telephone dials; empty is no SIP.")
    draining: bool = Field(description="It takes no new calls.")
    max_calls: int
    lag_ms: float = Field(description="What nine of ten ticks of its loop stayed under.")
    memory_mb: float
    open_files: int
    calls: Sequence[LiveCall]


def status_of(supervisor: Supervisor, *, page: str, sip: str, fleet: int) -> ProcessStatus:
    """Returns how this process is."""
    return ProcessStatus(
        pid=os.getpid(),
        fleet=fleet,
        page=page,
        sip=sip,
        draining=supervisor.closing,
        max_calls=supervisor.settings.max_calls,
        lag_ms=round(supervisor.lag.p90_ms, 1),
        memory_mb=round(resident_mb(), 1),
        open_files=_open_files(),
        calls=[
            LiveCall(
                call_id=call_id,
                channel=session.plan.channel,
                language=session.plan.language,
                duration_s=round(session.conversation.timeline.now_s, 1),
                turns=len(session.conversation.transcript.turns),
            )
            for call_id, session in supervisor.active.items()
        ],
    )


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:  # not Linux
        return 0


@asynccontextmanager
async def answerable(data_dir: Path, status: Callable[[], ProcessStatus]) -> AsyncGenerator[None]:
    """Tells others how this process is as long as the block lasts, where there are such sockets."""
    folder = data_dir / FOLDER
    path = folder / f"{os.getpid()}.sock"
    if os.name == "nt" or len(os.fsencode(path)) > _LONGEST_PATH:
        logger.warning(f"`receptionist sip` does not find this process: {path} is no socket's name")
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path.unlink(missing_ok=True)  # of another process that had this number, and died
    server = WebServer(uvicorn.Config(_app(status), log_config=None))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve([listener]), name="control")
            try:
                yield
            finally:
                server.should_exit = True
                await serving
                path.unlink(missing_ok=True)


def asked(data_dir: Path) -> Sequence[ProcessStatus]:
    """Returns how every process is that answers; the sockets of those that died are removed."""
    found: list[ProcessStatus] = []
    for path in sorted((data_dir / FOLDER).glob("*.sock")):
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(uds=str(path)), timeout=_ASK_S
            ) as client:
                answer = client.get("http://process/status").raise_for_status()
        except httpx.ConnectError:
            with suppress(OSError):
                path.unlink()
        except httpx.HTTPError as error:
            logger.warning(f"the process of {path.name} does not answer: {error!r}")
        else:
            found.append(ProcessStatus.model_validate_json(answer.content))
    return found


def _app(status: Callable[[], ProcessStatus]) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/status")
    async def tell() -> ProcessStatus:
        """Says how the process is."""
        return status()

    return app
