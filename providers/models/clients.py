"""The registries' ordinary clients, used to fetch an archive and nothing else."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from providers.models.archives import SourceError

BytesSoFar = Callable[[int], None]

OLDEST_NODE = 20
_POLL_S = 0.2
_STALLED_S = 300.0  # pip and npm give up on a dead connection long before


def pip_download(requirement: str, work: Path, progress: BytesSoFar) -> Path:
    """Returns the wheel of `requirement`, fetched into `work`.

    Only wheels are accepted: to look into a source archive pip would have to run its code.

    Raises:
        SourceError: there is no pip, or it could not fetch the wheel.
    """
    target = _emptied(work / "wheel")
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet", "--no-input"]
    command = [*find_pip(), "download", *options, "--dest", str(target), requirement]
    _run(command, work, progress)
    return _only_file(target, "*.whl", requirement)


def npm_pack(package: str, work: Path, progress: BytesSoFar) -> Path:
    """Returns the tarball of `package`, fetched into `work`.

    Raises:
        SourceError: there is no npm, or it could not fetch the tarball.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError(
            "npm is not installed",
            fix=f"Install Node {OLDEST_NODE} or later with npm, then pull again.",
        )
    target = _emptied(work / "tarball")
    options = ["--ignore-scripts", "--pack-destination", str(target), "--cache", str(work / "npm")]
    try:
        _run([npm, "pack", package, *options], work, progress)
    except SourceError as error:
        version = node_version()
        if version is not None and version < OLDEST_NODE:
            fix = f"Install Node {OLDEST_NODE} or later; this is Node {version}."
            raise SourceError(str(error), fix=fix) from error
        raise
    return _only_file(target, "*.tgz", package)


def find_pip() -> list[str]:
    """Returns the command of a pip: ours, that of our base interpreter, one on PATH, or uv's.

    Raises:
        SourceError: there is none; `fix` says what to install.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    bundled = _bundled_pip()
    if bundled is not None:
        return [sys.executable, str(bundled / "pip")]
    if found := shutil.which("uv"):
        return [found, "tool", "run", "pip"]
    raise SourceError(
        "pip is not installed",
        fix=f"Run `{sys.executable} -m ensurepip`, or install pip, then pull again.",
    )


def node_version() -> int | None:
    """Returns the major version of Node, or None when there is none."""
    node = shutil.which("node")
    if node is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else None


def _bundled_pip() -> Path | None:
    """Returns the pip wheel that comes with Python; Python runs it without installing it."""
    spec = importlib.util.find_spec("ensurepip")
    if spec is None or spec.origin is None:
        return None
    wheels = sorted((Path(spec.origin).parent / "_bundled").glob("pip-*.whl"))
    return wheels[-1] if wheels else None


def _run(command: Sequence[str], work: Path, progress: BytesSoFar) -> None:
    temporary = _emptied(work / "temporary")
    log = work / "client.log"
    # Both clients write below TMPDIR while they fetch, which is how progress can be seen.
    environment = os.environ | {
        "TMPDIR": str(temporary),
        "NO_COLOR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }
    with log.open("wb") as output:
        process = _start(command, work, environment, output)
        try:
            code = _wait(process, work, progress)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code != 0:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = next((line for line in said if "rror" in line), said[-1] if said else "no output")
        raise SourceError(f"`{Path(command[0]).name}` ended with {code}: {reason.strip()}")


def _start(
    command: Sequence[str], work: Path, environment: Mapping[str, str], output: IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=work,
        )
    except OSError as error:
        raise SourceError(f"`{command[0]}` cannot be started: {error.strerror}") from error


def _wait(process: subprocess.Popen[bytes], work: Path, progress: BytesSoFar) -> int:
    grown, since = 0, time.monotonic()
    while True:
        try:
            return process.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        size = _bytes_below(work)
        if size != grown:
            grown, since = size, now
            progress(size)
        elif now - since > _STALLED_S:
            raise SourceError(f"nothing arrived for {_STALLED_S:.0f} s") from None


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # the client moved it in the meantime
            continue
    return total


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _only_file(folder: Path, pattern: str, wanted: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceError(f"{wanted!r} gave {len(found)} archives instead of one")
    return found[0]
