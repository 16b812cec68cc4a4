"""Loads the engines of a slot as one: the preferred, those that take over, and the last resort."""

import asyncio
from collections.abc import Mapping, Sequence

from loguru import logger

from providers.contracts import Engine
from providers.errors import ProviderError
from providers.fallback.brain import BrainChain
from providers.fallback.ears import EarsChain
from providers.fallback.health import Infirmary
from providers.fallback.voice import VoiceChain
from providers.resources import ProcessResources
from providers.spec import ProviderSpec, Slot

LAST_RESORT: Mapping[Slot, ProviderSpec] = {
    Slot.STT: ProviderSpec(id="whisper:base"),
    Slot.LLM: ProviderSpec(id="concierge:default"),
    Slot.TTS: ProviderSpec(id="espeak:default"),
}
"""Engines that need neither a network nor a key."""

_CHAINS = {Slot.STT: EarsChain, Slot.LLM: BrainChain, Slot.TTS: VoiceChain}


class Chains:
    """The chains of a process; what is known of an engine's health is shared by all of them.

    Args:
        resources: Loads the engines.
    """

    def __init__(self, resources: ProcessResources) -> None:
        self._resources = resources
        self._infirmary = Infirmary()

    async def load(self, slot: Slot, specs: Sequence[ProviderSpec]) -> Engine:
        """Returns one engine for all of `specs`; those that cannot be loaded are left out.

        The last resort is added: for brains always, for speech when no other engine is local.

        Raises:
            ProviderError: none of them can be loaded; it is the first one's.
        """
        if slot is Slot.LLM:
            specs = with_concierge(specs)
        engines, errors = await self._load_each(slot, specs)
        if not any(engine.capabilities.local for engine in engines):
            more, more_errors = await self._load_each(slot, [LAST_RESORT[slot]])
            engines, errors = engines + more, errors + more_errors
        if not engines:
            raise errors[0]
        for error in errors:
            logger.warning(f"{slot.value} does without {error.provider}: {error}")
        if len(engines) == 1:
            return engines[0]
        return _CHAINS[slot]([self._infirmary.of(engine) for engine in engines])

    async def close(self) -> None:
        """Stops looking after engines; they belong to the resources."""
        await self._infirmary.close()

    async def _load_each(
        self, slot: Slot, specs: Sequence[ProviderSpec]
    ) -> tuple[list[Engine], list[ProviderError]]:
        loads = [self._resources.load(slot, spec) for spec in specs]
        outcomes = await asyncio.gather(*loads, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, ProviderError):
                raise outcome
        engines = [outcome for outcome in outcomes if isinstance(outcome, Engine)]
        errors = [outcome for outcome in outcomes if isinstance(outcome, ProviderError)]
        return engines, errors


def with_concierge(specs: Sequence[ProviderSpec]) -> tuple[ProviderSpec, ...]:
    """Returns `specs` with the concierge at their end, unless it is among them."""
    last = LAST_RESORT[Slot.LLM]
    has_one = any(spec.scheme == last.scheme for spec in specs)
    return tuple(specs) if has_one else (*specs, last)


def for_language(
    specs: Mapping[str, Sequence[ProviderSpec]], language: str
) -> tuple[ProviderSpec, ...]:
    """Returns the engines of `language`, then those of any other (`*`), each once."""
    once: dict[str, ProviderSpec] = {}
    for spec in (*specs.get(language, ()), *specs.get("*", ())):
        once.setdefault(spec.key, spec)
    return tuple(once.values())
