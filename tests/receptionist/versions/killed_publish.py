"""A program that publishes and is killed (`kill -9`) at every step, then looks at what is left.

Run with the folder of the data and that of what was judged before; it prints how many steps there
were. Each publish is a process of its own, which kills itself at one step of what it writes.
"""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.versions.checks import FilesCheck
from receptionist.versions.files import hash_of_manifest, manifest_of
from receptionist.versions.folders import read_folder
from receptionist.versions.models import LabelMoveRow, VersionFileRow, VersionRow
from receptionist.versions.publishing import Versions
from receptionist.versions.records import Label
from receptionist.versions.repository import TenantRepositories
from tests.receptionist.versions.mill import MILL, doubting

WRITES_FILES = frozenset({"os.rename", "os.mkdir", "shutil.rmtree"})


class Killer:
    """Kills this process at a step of what is written."""

    def __init__(self, at: int, folder: Path) -> None:
        self._left = at
        self._folder = str(folder)

    def watch(self, database: Database) -> None:
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._step)
        event.listen(engine.pool, "checkin", self._step)
        sys.addaudithook(self._audit)

    def _statement(self, connection: Any, *_: Any) -> None:
        if connection.get_execution_options().get("writes"):
            self._step()

    def _audit(self, name: str, arguments: Any) -> None:
        if name in WRITES_FILES and self._folder in str(arguments[0]):
            self._step()

    def _step(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def publish(data: Path, index: Path, killed_at: int) -> None:
    settings = Settings(index_cache_dir=index, documents_cache_dir=index)
    async with await Database.open("", data) as database:
        Killer(killed_at, data / "versions").watch(database)
        check = FilesCheck("mill", data, doubting(settings).check)
        await Versions(database, "mill", check).publish(author="ann", message="First.")


async def look(data: Path) -> None:
    """Fails unless there is one whole version that is live, or nothing of one."""
    async with await Database.open("", data) as database, database.read() as session:
        tenant = TenantRepositories.of(session, "mill")
        assert await tenant.contents(await tenant.drafts.manifest()) == MILL
        rows = [
            await session.scalar(select(func.count()).select_from(row))
            for row in (VersionRow, VersionFileRow, LabelMoveRow)
        ]
        based_on = (await tenant.drafts.tenant()).based_on
        number = await tenant.versions.named(Label.LIVE)
        if number is None:
            assert (rows, based_on) == ([0, 0, 0], None)
        else:
            assert (rows, based_on, number) == ([1, len(MILL), 1], 1, 1)
            assert await tenant.contents(await tenant.versions.manifest(1)) == MILL
    for folder in (data / "versions" / "mill").glob("[!.]*"):
        assert hash_of_manifest(manifest_of(read_folder(folder))) == folder.name


def in_a_process(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Returns what ended a process that did `work`: 0, or the signal that killed it."""
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(work())
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, "a process failed"
    return 0


def main(data: Path, index: Path) -> None:
    step = 0
    ended = signal.SIGKILL
    while ended:
        step += 1
        ended = in_a_process(partial(publish, data, index, step))
        assert ended in (0, signal.SIGKILL)
        assert in_a_process(partial(look, data)) == 0
    sys.stdout.write(f"{step}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
