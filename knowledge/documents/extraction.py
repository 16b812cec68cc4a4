"""Reads the documents of a tenant safely, and each only once: what was read is kept on the disk."""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from knowledge.documents.document import DocumentError, Extract, Limits, too_large
from knowledge.documents.task import VERSION, Answer, Task

Read = Extract | DocumentError

_PACKAGES = Path(__file__).parents[2]
_TIME_IS_UP = {-getattr(signal, name, 0) for name in ("SIGXCPU", "SIGALRM")} - {0}
_TOO_SLOW = "takes too long to read; save it anew, or split it"
_TOO_LARGE = "takes too much memory to read; save it anew, or split it"


def extract(files: Sequence[Path], limits: Limits, cache: Path | None) -> list[Read]:
    """Returns what each of `files` says, or what is wrong with it. Blocking: use a thread.

    Args:
        files: Their names end in what they are.
        limits: For each file.
        cache: Folder in which what was read is kept by the hash of the file; None keeps nothing.
    """
    known: dict[Path, Read] = {}
    keys: dict[Path, Path] = {}
    for path in files:
        try:
            size = path.stat().st_size
            if size > limits.file_bytes:
                known[path] = DocumentError(too_large(size, limits))
            elif cache is not None:
                keys[path] = _key(cache, path, limits)
                if (kept := _kept(keys[path])) is not None:
                    known[path] = kept
        except OSError as error:
            known[path] = DocumentError(f"cannot be read: {error.strerror}")
    for path, found in _read([path for path in files if path not in known], limits):
        known[path] = found
        if path in keys and isinstance(found, Extract):
            _keep(keys[path], found)
    return [known[path] for path in files]


def _read(files: Sequence[Path], limits: Limits) -> Iterator[tuple[Path, Read]]:
    """Yields what each file says; the reader is started anew after a file that ended it."""
    left = list(files)
    while left:
        task = Task.of(left, limits).model_dump_json().encode()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "knowledge.documents.worker"],
            input=task,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(os.environ),
            check=False,
        )
        lines = [line for line in done.stdout.splitlines(keepends=True) if line.endswith(b"\n")]
        answered = [Answer.model_validate_json(line) for line in lines[: len(left)]]
        for path, answer in zip(left, answered, strict=False):
            yield path, answer.extract or DocumentError(answer.problem, line=answer.line)
        left = left[len(answered) :]
        if left:
            late = done.returncode in _TIME_IS_UP
            yield left.pop(0), DocumentError(_TOO_SLOW if late else _TOO_LARGE)


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(_PACKAGES), outer.get("PYTHONPATH", ""))))
    return {**outer, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}


def _key(cache: Path, path: Path, limits: Limits) -> Path:
    """Returns where what `path` says is kept: its name tells the content and how it is read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(f"{path.suffix.lower()} {VERSION} {limits}".encode())
    return cache / f"{digest.hexdigest()}.json"


def _kept(file: Path) -> Extract | None:
    try:
        return Extract.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(file: Path, found: Extract) -> None:
    """Writes what was read; a cache that cannot be written costs time and nothing else."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            part.write(found.model_dump_json().encode())
        Path(part.name).replace(file)
    except OSError:
        return
