"""`receptionist serve`: one page to call on, until Ctrl-C."""

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from receptionist.app import create_app
from receptionist.commands.fleet import serve_fleet
from receptionist.commands.stopping import Stopping, stopping
from receptionist.control import answerable, status_of
from receptionist.errors import AddressError
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.telephony.sip.serving import answering, is_possible
from receptionist.web_server import WebServer, web_config

BACKLOG = 128


def serve(
    tenant: Annotated[
        Path | None,
        typer.Option(help="Bundle of the tenant; default: RECEPTIONIST_TENANT_DIR, then the demo."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to serve on; 0 picks a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that answer, one for each core.")
    ] = None,
    fleet: Annotated[
        int, typer.Option(hidden=True, help="The process that looks after this one.")
    ] = 0,
) -> None:
    """Serves the page to call on; Ctrl-C says goodbye on the calls that run and ends."""
    given = {"tenant_dir": tenant, "host": host, "port": port, "workers": workers}
    settings = Settings.read().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    console = Console(stderr=True)
    if settings.workers > 1:
        _run(serve_fleet(settings, console))
        return
    with listening(settings.host, settings.port) as listener:
        _run(_serve(settings, listener, console, fleet))


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    """Listens on the address before anything is loaded: a taken port is told at once.

    Raises:
        AddressError: it cannot be listened on.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise AddressError(_refusal(host, port, error)) from error
    with listener:
        yield listener


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program. "
            "Stop it, or choose another port with RECEPTIONIST_PORT or --port."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} may not be used by this user. "
            "Choose one above 1023 with RECEPTIONIST_PORT or --port."
        )
    return f"Cannot listen on {host!r} ({error}). Correct RECEPTIONIST_HOST or --host."


def _run(serving: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ImportError:  # Windows
        asyncio.run(serving)
    else:
        uvloop.run(serving)


async def _serve(settings: Settings, listener: socket.socket, console: Console, fleet: int) -> None:
    began_s = time.monotonic()
    with_sip = is_possible(settings, lambda why: console.print(why, highlight=False))
    with _progress(console) as progress:
        supervisor = await Supervisor.start(settings, progress)
    server = WebServer(web_config(create_app(supervisor)))
    async with answering(supervisor, wanted=with_sip) as sip, asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve([listener]), name="server")
        page, uri = _url(listener), sip.uri if sip else ""
        runner = sip.callbacks if sip else None
        dials = runner is not None
        status = partial(status_of, supervisor, sip, page=page, fleet=fleet, dials=dials)
        async with answerable(settings.data_dir, status, runner and runner.dial):
            with stopping() as told:
                console.print(
                    f"Ready after {time.monotonic() - began_s:.1f} s. Call on [bold]{page}[/]"
                    f"{f'; telephones dial [bold]{uri}[/]' if uri else ''}; Ctrl-C ends.",
                    highlight=False,
                    soft_wrap=True,
                )
                await _first(serving, told.drain)
                await _end(supervisor, told, console)
        server.should_exit = True


async def _end(supervisor: Supervisor, told: Stopping, console: Console) -> None:
    """Lets calls go on for a while, unless told otherwise, then says goodbye on those left."""
    if supervisor.active and not told.stop.is_set():
        minutes = supervisor.settings.drain_minutes
        console.print(
            f"No new calls; {len(supervisor.active)} go on for up to {minutes:g} minutes."
            " Ctrl-C says goodbye now."
        )
        draining = asyncio.create_task(supervisor.drain(minutes * 60), name="drain")
        await _first(draining, told.stop)
        draining.cancel()
    if supervisor.active:
        console.print(f"Saying goodbye on {len(supervisor.active)} calls.")
    await supervisor.close()


async def _first(done: asyncio.Task[None], told: asyncio.Event) -> None:
    """Returns when the one is done, or the process was told."""
    waiting = asyncio.create_task(told.wait(), name="told")
    try:
        await asyncio.wait({done, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


@contextmanager
def _progress(console: Console) -> Generator[Callable[[str], None]]:
    """Yields what shows a step: in one line that changes, or line by line in a log."""
    if console.is_terminal:
        with console.status("starting") as status:
            yield status.update
    else:
        yield console.print


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
