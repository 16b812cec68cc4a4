"""How the web application is served."""

from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from receptionist.telephony.media_stream.wire import MOST_BYTES

LAST_REQUESTS_S = 2
"""Requests under way when the server stops get this long; calls have said goodbye by then."""


def web_config(app: FastAPI) -> uvicorn.Config:
    """Returns how `app` is served."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_REQUESTS_S,
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,  # audio does not become smaller
    )


class WebServer(uvicorn.Server):
    """Leaves signals to the process: calls say goodbye before it stops."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Captures none."""
        yield
