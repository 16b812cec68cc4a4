"""How the processes of one machine are asked how they are: over a socket only their user reaches.

There is one socket for each process, in a folder beside the data; it speaks HTTP.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx
import uvicorn
from fastapi import FastAPI
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field

from receptionist.admission import resident_mb
from receptionist.callbacks.records import AttemptRecord
from receptionist.calls.session import CallSession
from receptionist.errors import NotFoundError, ReceptionistError
from receptionist.problems import ProblemResponse, problem
from receptionist.supervisor import Supervisor
from receptionist.telephony.caller import CallerIdentity
from receptionist.telephony.sip.contract import CallStats
from receptionist.telephony.sip.serving import SipService
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
    caller: str = Field(default="", description="Last two digits; empty is unknown.")
    called: str = ""
    jitter_ms: float | None = Field(default=None, description="Of the caller's audio, over SIP.")
    loss: float | None = Field(default=None, description="Share of it that never came.")


class SipStatus(_Told):
    """How the SIP stack of a process is."""

    alive: bool = Field(description="Its thread answers.")
    calls: int = Field(description="Dialogs it has.")
    leaked: int = Field(description="Those of them that the process knows nothing of.")


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
    stack: SipStatus | None = Field(default=None, description="None is no SIP.")
    dials: bool = Field(default=False, description="It can dial callbacks.")


async def status_of(
    supervisor: Supervisor,
    service: SipService | None,
    *,
    page: str,
    fleet: int,
    dials: bool = False,
) -> ProcessStatus:
    """Returns how this process is."""
    stack, audio = await stack_of(service), service.calls.audio() if service else {}
    return ProcessStatus(
        pid=os.getpid(),
        fleet=fleet,
        page=page,
        sip=service.uri if service else "",
        draining=supervisor.closing,
        max_calls=supervisor.settings.max_calls,
        lag_ms=round(supervisor.lag.p90_ms, 1),
        memory_mb=round(resident_mb(), 1),
        open_files=_open_files(),
        dials=dials,
        calls=[
            _live(session, audio.get(call_id)) for call_id, session in supervisor.active.items()
        ],
        stack=stack,
    )


def _live(session: CallSession, audio: CallStats | None) -> LiveCall:
    plan, conversation = session.plan, session.conversation
    return LiveCall(
        call_id=plan.call_id,
        channel=plan.channel,
        language=plan.language,
        duration_s=round(conversation.timeline.now_s, 1),
        turns=len(conversation.transcript.turns),
        caller=_masked(plan.caller),
        called=plan.called,
        jitter_ms=audio and round(audio.jitter_ms, 1),
        loss=audio and round(audio.lost / max(1, audio.received + audio.lost), 4),
    )


def _masked(caller: CallerIdentity | None) -> str:
    """Returns enough of a number to tell calls apart, and too little to ring it."""
    return f"…{caller.number[-2:]}" if caller and len(caller.number) > len("…00") else ""


async def stack_of(sip: SipService | None) -> SipStatus | None:
    """Returns how the SIP stack is; None where there is none."""
    if sip is None:
        return None
    health = await sip.endpoint.health()
    return SipStatus(alive=health.alive, calls=health.calls, leaked=health.leaked)


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:  # not Linux
        return 0


Dial = Callable[[str], Awaitable[AttemptRecord]]
"""Begins to dial a callback, by its id."""


@asynccontextmanager
async def answerable(
    data_dir: Path, status: Callable[[], Awaitable[ProcessStatus]], dial: Dial | None = None
) -> AsyncGenerator[None]:
    """Does what others ask as long as the block lasts, where there are such sockets.

    Args:
        data_dir: Where the sockets are.
        status: Returns how this process is.
        dial: Dials callbacks; None where it cannot.
    """
    folder = data_dir / FOLDER
    path = folder / f"{os.getpid()}.sock"
    if os.name == "nt" or len(os.fsencode(path)) > _LONGEST_PATH:
        logger.warning(f"`receptionist sip` does not find this process: {path} is no socket's name")
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path.unlink(missing_ok=True)  # of another process that had this number, and died
    server = WebServer(uvicorn.Config(_app(status, dial), log_config=None))
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


def dialled(data_dir: Path, callback_id: str) -> AttemptRecord:
    """Has a process dial a callback; returns the try as soon as it has begun.

    Raises:
        NotFoundError: no process can dial.
        RefusedError: the one that can does not.
    """
    for one in asked(data_dir):
        if not one.dials:
            continue
        transport = httpx.HTTPTransport(uds=str(data_dir / FOLDER / f"{one.pid}.sock"))
        with httpx.Client(transport=transport, timeout=_ASK_S) as client:
            answer = client.post(f"http://process/callbacks/{quote(callback_id, safe='')}/dial")
        if answer.is_success:
            return AttemptRecord.model_validate_json(answer.content)
        raise RefusedError(str(answer.json().get("detail", answer.text)))
    raise NotFoundError(
        "No process that can dial runs on this machine: start one with RECEPTIONIST_SIP_OUTBOUND"
        " set."
    )


class RefusedError(ReceptionistError):
    """The process that was asked does not do it; the message says why."""

    code = "refused"
    http_status = 409


def _app(status: Callable[[], Awaitable[ProcessStatus]], dial: Dial | None) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.post("/callbacks/{callback_id}/dial", response_model=None)
    async def call_back(callback_id: str) -> AttemptRecord | ProblemResponse:
        """Begins to dial a callback."""
        if dial is None:
            return problem(404, "not_found", "This process dials nobody.")
        try:
            return await dial(callback_id)
        except ReceptionistError as error:
            return problem(error.http_status, error.code, str(error), retryable=error.retryable)

    @app.get("/status")
    async def tell() -> ProcessStatus:
        """Says how the process is."""
        return await status()

    return app
