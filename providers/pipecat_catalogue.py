"""Every STT, LLM and TTS service that pipecat ships, from pipecat's own machine-readable list."""

import importlib
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from typing import Any

from loguru import logger
from pipecat.cli.registry.service_loader import ServiceLoader, extract_package_extra
from pipecat.cli.registry.service_metadata import ServiceDefinition

from providers import installation
from providers.errors import ProviderError
from providers.spec import ProviderSpec, Slot

SLOTS = (Slot.STT, Slot.LLM, Slot.TTS)
_IMPORT = re.compile(r"from (?P<module>\S+) import (?P<names>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipecatServiceInfo:
    """A service as a person sees it.

    Attributes:
        slot: Where it is used.
        name: What is written after `pipecat:`.
        label: What its vendor calls it.
        extra: The extras of pipecat it belongs to, such as `deepgram,sagemaker`; "" is none.
        installed: It can be used now.
        install: The command that installs it.
    """

    slot: Slot
    name: str
    label: str
    extra: str
    installed: bool
    install: str


def catalogue() -> list[PipecatServiceInfo]:
    """Returns all services. Imports the modules of every vendor, which takes seconds."""
    return [_info(slot, definition) for slot in SLOTS for definition in definitions(slot)]


def definitions(slot: Slot) -> list[ServiceDefinition]:
    """Returns pipecat's list of services for `slot`."""
    match slot:
        case Slot.STT:
            return ServiceLoader.get_all_services_by_type("stt")
        case Slot.LLM:
            return ServiceLoader.get_all_services_by_type("llm")
        case Slot.TTS:
            return ServiceLoader.get_all_services_by_type("tts")
        case _:
            return []


def find(slot: Slot, spec: ProviderSpec) -> ServiceDefinition:
    """Returns the service that `spec` names, with or without `_stt`, `_llm` or `_tts`.

    Raises:
        ProviderError: pipecat has no such service.
    """
    wanted = service_name(spec).replace("-", "_")
    known = {_short(slot, definition): definition for definition in definitions(slot)}
    found = known.get(wanted.removesuffix(f"_{slot.value}"))
    if found is None:
        near = get_close_matches(wanted, known, n=3, cutoff=0.5) or sorted(known)
        raise ProviderError(
            f"pipecat has no {slot.value} service {wanted!r}.",
            provider=spec.id,
            fix=f"Use one of {', '.join(near)}.",
        )
    return found


def service_name(spec: ProviderSpec) -> str:
    """Returns `together` of `pipecat:together/meta-llama/Llama-3`."""
    return spec.model.partition("/")[0]


def model_or_voice(spec: ProviderSpec) -> str:
    """Returns `meta-llama/Llama-3` of `pipecat:together/meta-llama/Llama-3`; "" when none."""
    return spec.model.partition("/")[2]


def service_class(definition: ServiceDefinition, spec: ProviderSpec) -> type[Any]:
    """Imports the class of a service.

    Raises:
        ProviderError: a package it needs is missing; `fix` installs exactly that.
    """
    try:
        return _import(definition)
    except ImportError as error:
        raise missing_extra(definition, spec, error) from error


def missing_extra(
    definition: ServiceDefinition, spec: ProviderSpec, error: ImportError
) -> ProviderError:
    """Returns the error for a service whose packages are not all installed."""
    return ProviderError(
        f"{definition.label} is not installed ({error}).",
        provider=spec.id,
        fix=f"Run `{install_command(definition)}`.",
    )


def install_command(definition: ServiceDefinition) -> str:
    """Returns the command that installs the packages of a service at pipecat's version."""
    return installation.install_command(f"{definition.package}=={version('pipecat-ai')}")


def _info(slot: Slot, definition: ServiceDefinition) -> PipecatServiceInfo:
    try:
        _import(definition)
        installed = True
    except ImportError:
        installed = False
    return PipecatServiceInfo(
        slot=slot,
        name=_short(slot, definition),
        label=definition.label,
        extra=",".join(extract_package_extra(definition.package)),
        installed=installed,
        install=install_command(definition),
    )


def _short(slot: Slot, definition: ServiceDefinition) -> str:
    return definition.value.removesuffix(f"_{slot.value}")


def _import(definition: ServiceDefinition) -> type[Any]:
    [name] = definition.class_name or [""]
    for line in ServiceLoader.get_service_import(definition.value):
        found = _IMPORT.fullmatch(line)
        if found and name in found["names"].split(", "):
            with _quiet():
                return getattr(importlib.import_module(found["module"]), name)
    raise ImportError(f"pipecat's list gives no module for {definition.value!r}")


@contextmanager
def _quiet() -> Generator[None]:
    """Silences what the vendors' modules log about missing packages: our error says it."""
    logger.disable("pipecat")
    try:
        yield
    finally:
        logger.enable("pipecat")
