"""What went wrong in the database or on the disk, said so that a person can mend it."""

import errno
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from receptionist.errors import StorageError


class _Fault(NamedTuple):
    says: str
    retryable: bool


_LOCKED = _Fault("is locked by another program. Close the program that holds it open.", True)
_READ_ONLY = _Fault(
    "cannot be written. Give this user write access, or name another folder in "
    "RECEPTIONIST_DATA_DIR.",
    True,
)
_FULL = _Fault("does not fit on the disk any more. Free some space.", True)
_DAMAGED = _Fault(
    "is not a usable SQLite database. Move the file away, or put a backup in its place.", False
)
_REFUSED = _Fault("refused a record that breaks its rules.", False)

_BY_SQLITE_NAME: Mapping[str, _Fault] = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_CANTOPEN": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_FULL": _FULL,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_CONSTRAINT": _REFUSED,
}

_BY_ERRNO: Mapping[int, _Fault] = {
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
    errno.ENOTDIR: _READ_ONLY,
    errno.EEXIST: _READ_ONLY,
    errno.ENOENT: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}


_CONNECTION = (OperationalError, InterfaceError, PoolTimeoutError, OSError)


def explain(error: Exception, name: str) -> StorageError:
    """Returns the product's error for a failure of the database called `name`.

    What is not recognised is retryable when it is about the connection, and not when it is about
    what was asked.
    """
    fault = _fault(error) or _Fault(f"refuses: {_root(error)}", isinstance(error, _CONNECTION))
    explained = StorageError(f"The database {name!r} {fault.says}")
    explained.retryable = fault.retryable
    return explained


def _fault(error: Exception) -> _Fault | None:
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0)
    # Extended codes continue the primary one: SQLITE_BUSY_SNAPSHOT, SQLITE_READONLY_DIRECTORY.
    code = str(getattr(_root(error), "sqlite_errorname", ""))
    return next((fault for start, fault in _BY_SQLITE_NAME.items() if code.startswith(start)), None)


def _root(error: Exception) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error
