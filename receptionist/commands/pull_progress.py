"""How far a pull of model weights is: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from providers.models.store import PullProgress

_LINE_EVERY_PERCENT = 25


@contextmanager
def shown_on(console: Console) -> Generator[PullProgress]:
    """Shows a pull on `console` for as long as the block lasts."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=console) as progress:
        yield _Bars(progress)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._said_percent: dict[str, int] = {}

    def waiting(self) -> None:
        self._console.print("Another pull is running; waiting for it to end.")

    def advanced(self, model: str, done_bytes: int, total_bytes: int) -> None:
        percent = 100 * done_bytes // max(1, total_bytes)
        step = percent - percent % _LINE_EVERY_PERCENT
        if step > self._said_percent.get(model, -1):
            self._said_percent[model] = step
            line = f"{model}: {percent} % of {_size(total_bytes)}"
            self._console.print(line, soft_wrap=True)


def _size(total_bytes: int) -> str:
    if total_bytes < 1000:
        return f"{total_bytes} bytes"
    if total_bytes < 100_000:
        return f"{total_bytes / 1000:.1f} kB"
    return f"{total_bytes / 1_000_000:.1f} MB"


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def waiting(self) -> None:
        self._progress.console.print("Another pull is running; waiting for it to end.")

    def advanced(self, model: str, done_bytes: int, total_bytes: int) -> None:
        if model not in self._tasks:
            self._tasks[model] = self._progress.add_task(model, total=total_bytes)
        self._progress.update(self._tasks[model], completed=done_bytes, total=total_bytes)
