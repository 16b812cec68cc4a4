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

# What can be mended while the process runs is worth another try: records wait for it.
_START_IT = "Start the server, or mend host and port in RECEPTIONIST_DATABASE_URL."
_AWAY = _Fault(f"cannot be reached. {_START_IT}", True)
_STRANGER = _Fault(
    "does not accept this user or password. Mend them in RECEPTIONIST_DATABASE_URL.", True
)
_NO_SUCH = _Fault("does not exist on its server. Create it (createdb), or name another.", True)
_CROWDED = _Fault(
    "has no connection left. Raise max_connections of the server, or run fewer workers.", True
)
_BUSY = _Fault("is busy with others at the same rows.", True)
_SLOW = _Fault("takes too long to answer. Look at the load and the disk of its server.", True)
_STANDBY = _Fault(
    "only reads, as a standby server does. Name the server that writes in "
    "RECEPTIONIST_DATABASE_URL.",
    True,
)
_FORBIDDEN = _Fault(
    "does not let this user do that. Make the user the owner of the database.", True
)
_EXHAUSTED = _Fault("has run out of memory on its server.", True)

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


_BY_SQLSTATE: Mapping[str, _Fault] = {
    "08": _AWAY,
    "23": _REFUSED,
    "25006": _STANDBY,
    "28": _STRANGER,
    "3D": _NO_SUCH,
    "40": _BUSY,
    "42501": _FORBIDDEN,
    "53100": _FULL,
    "53200": _EXHAUSTED,
    "53300": _CROWDED,
    "55P03": _LOCKED,
    "57014": _SLOW,
    "57P": _AWAY,
}
"""Codes and their classes (PostgreSQL manual, appendix A)."""

_CONNECTION = (OperationalError, InterfaceError, PoolTimeoutError, OSError)


def explain(error: Exception, name: str, *, server: bool = False) -> StorageError:
    """Returns the product's error for a failure of the database called `name`.

    What is not recognised is retryable when it is about the connection, and not when it is about
    what was asked.

    Args:
        error: The failure.
        name: Of the database.
        server: It is reached over a connection, so no file of ours is to blame.
    """
    fault = _of_server(error) if server else _of_file(error)
    fault = fault or _Fault(f"refuses: {_root(error)}", isinstance(error, _CONNECTION))
    explained = StorageError(f"The database {name!r} {fault.says}")
    explained.retryable = fault.retryable
    return explained


def _of_file(error: Exception) -> _Fault | None:
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0)
    # Extended codes continue the primary one: SQLITE_BUSY_SNAPSHOT, SQLITE_READONLY_DIRECTORY.
    code = str(getattr(_root(error), "sqlite_errorname", ""))
    return next((fault for start, fault in _BY_SQLITE_NAME.items() if code.startswith(start)), None)


def _of_server(error: Exception) -> _Fault | None:
    if isinstance(error, PoolTimeoutError | TimeoutError):
        return _SLOW
    if isinstance(error, OSError):  # also a host whose name is not known, and a certificate
        return _Fault(f"cannot be reached ({error.strerror or error}). {_START_IT}", True)
    code = str(getattr(_root(error), "sqlstate", None) or "")
    found = next((fault for start, fault in _BY_SQLSTATE.items() if code.startswith(start)), None)
    if found is None and isinstance(error, DBAPIError) and error.connection_invalidated:
        return _AWAY
    return found


def _root(error: Exception) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error
