"""Keeps a policy that was read and checked, so that a process starts without doing it again.

An entry is named by the hash of all files it was made from and of the code that made it, so that
it is never out of date. It is read with nothing but classes of this package: a file that somebody
else has put there can be wrong, but it cannot run anything.
"""

import hashlib
import io
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from loguru import logger

from guardrails.policy.models import Policy

_PACKAGE = Path(__file__).parents[1]
_CODE = ("policy", "patterns", "text")
_PREFIX = "policy-"
_KEPT = 4
_DAMAGED = (
    *(OSError, EOFError, MemoryError, pickle.UnpicklingError),
    *(TypeError, ValueError, LookupError, AttributeError, ImportError),
)
_BUILTINS = frozenset({"frozenset", "set"})


def compiled(folder: Path, rules: Path, compile_policy: Callable[[], Policy]) -> Policy:
    """Returns the policy kept in `folder`, or compiles and keeps it.

    What is damaged or cannot be written is logged, and the policy is compiled; whatever
    `compile_policy` raises is raised.

    Args:
        folder: Of what is kept; it may not exist yet.
        rules: The files of the policy.
        compile_policy: Reads and checks them.
    """
    entry = folder / f"{_PREFIX}{_name(rules)}"
    if entry.exists():
        try:
            return _read(entry)
        except _DAMAGED as error:
            logger.warning(f"the kept policy {entry} is damaged and is made again: {error!r}")
    policy = compile_policy()
    try:
        _write(entry, policy)
    except OSError as error:
        logger.warning(f"the policy cannot be kept in {folder}: {error}")
    return policy


class _Reader(pickle.Unpickler):
    """Reads classes of this package and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        ours = module.startswith("guardrails.") and "." not in name
        if ours or (module == "builtins" and name in _BUILTINS):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a policy")


def _read(entry: Path) -> Policy:
    policy = _Reader(io.BytesIO(entry.read_bytes())).load()
    if not isinstance(policy, Policy):
        raise pickle.UnpicklingError("holds no policy")
    entry.touch()
    return policy


def _write(entry: Path, policy: Policy) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(prefix=".new-", dir=entry.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            pickle.dump(policy, file, protocol=5)
        Path(new).replace(entry)
    finally:
        Path(new).unlink(missing_ok=True)
    kept = sorted(entry.parent.glob(f"{_PREFIX}*"), key=lambda path: -path.stat().st_mtime)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)


def _hashed(files: Iterable[Path]) -> bytes:
    digest = hashlib.sha256(sys.version.encode())
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\n{path.parent.name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.digest()


def _code() -> Iterator[Path]:
    for name in _CODE:
        yield from sorted((_PACKAGE / name).glob("*.py"))
    yield _PACKAGE / "verdict.py"


# As imported: a process whose code is replaced while it runs goes on with its own entries.
_CODE_HASH = _hashed(_code())


def _name(rules: Path) -> str:
    return hashlib.sha256(_CODE_HASH + _hashed(sorted(rules.rglob("*.yaml")))).hexdigest()
