"""Every STT, LLM and TTS service that pipecat ships, as engines: `pipecat:cartesia/voice-id`.

The name after `pipecat:` is the service's in pipecat's own list (`pipecat_catalogue`); what follows
the slash is its model, or its voice for speech. `pipecat_arguments` sorts the settings.
"""

import types
from typing import Any, ClassVar, Self

from openai import AsyncOpenAI
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.base_llm import BaseOpenAILLMService
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.services.tts_service import TTSService

from providers.contracts import (
    Capabilities,
    LLMEngine,
    LLMOptions,
    LoadContext,
    STTEngine,
    STTOptions,
    TTSEngine,
    TTSOptions,
)
from providers.llm.watched_completions import WatchedCompletions
from providers.pipecat_arguments import secret_names
from providers.pipecat_bridge import Bridge
from providers.spec import ProviderSpec, Slot
from providers.tts.caching import cached

_DEFAULT_RATE_HZ = 24_000
"""What remote voices are made at; all of them offer it but these."""
_ONLY_RATE_HZ = {"gradium_tts": 48_000, "hume_tts": 48_000}
_FIXED = {"openai_tts", "gemini_tts", *_ONLY_RATE_HZ}
"""Voices that come at one rate only; the call resamples them."""


class SharedCompletions(WatchedCompletions):
    """Put before an OpenAI-compatible service: all calls use the engine's one client."""

    clients: ClassVar[list[AsyncOpenAI]]

    def create_client(self, *args: Any, **kwargs: Any) -> AsyncOpenAI:
        """Returns the shared client, made as the service makes its own."""
        if not self.clients:
            client = super().create_client(*args, **kwargs)
            # Whoever waits on the phone is better served by the next engine than by a retry.
            client.max_retries = 0
            self.clients.append(client)
        return self.clients[0]


class PipecatSTT(STTEngine):
    """Speech recognition by a service that pipecat ships."""

    def __init__(self, spec: ProviderSpec, bridge: Bridge) -> None:
        super().__init__(spec)
        self._bridge = bridge
        self.capabilities = Capabilities(
            streaming=not issubclass(bridge.service, SegmentedSTTService),
            local=bridge.shape.is_local,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Finds the service and checks its settings."""
        return cls(spec, Bridge(Slot.STT, spec, context))

    def warm_up(self) -> None:
        """Tries the set-up out."""
        self._bridge.try_out()

    def service(self, options: STTOptions) -> STTService:
        """Returns the service of one call."""
        return self._bridge.build(
            rate_hz=options.rate_hz,
            **self._bridge.language(options.language),
            **self._bridge.hints(options.hints),
        )

    async def close(self) -> None:
        """Closes the HTTP session."""
        await self._bridge.close()


class PipecatLLM(LLMEngine):
    """A language model behind a service that pipecat ships."""

    def __init__(self, spec: ProviderSpec, bridge: Bridge) -> None:
        super().__init__(spec)
        self._bridge = bridge
        self._clients: list[AsyncOpenAI] = []
        if issubclass(bridge.service, BaseOpenAILLMService):
            bridge.built = type(
                f"Shared{bridge.service.__name__}",
                (SharedCompletions, bridge.service),
                {"clients": self._clients, "__module__": __name__},
            )
        self.capabilities = Capabilities(streaming=True, local=bridge.shape.is_local)

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Finds the service and checks its settings."""
        return cls(spec, Bridge(Slot.LLM, spec, context))

    def warm_up(self) -> None:
        """Tries the set-up out."""
        self._bridge.try_out()

    def service(self, options: LLMOptions) -> LLMService[Any]:
        """Returns the brain of one call."""
        return self._bridge.build(system_instruction=options.instructions or None)

    async def close(self) -> None:
        """Closes the connections."""
        for client in self._clients:
            await client.close()
        await self._bridge.close()


class PipecatTTS(TTSEngine):
    """Speech by a service that pipecat ships; whole phrases pass through the phrase cache."""

    def __init__(self, spec: ProviderSpec, bridge: Bridge, context: LoadContext) -> None:
        super().__init__(spec)
        self._bridge = bridge
        only_hz = _ONLY_RATE_HZ.get(bridge.definition.value, _DEFAULT_RATE_HZ)
        self._is_fixed = bridge.definition.value in _FIXED
        self.rate_hz = int(bridge.given.parameters.get("sample_rate") or only_hz)
        bridge.built = cached(bridge.service, context.phrases, _sound(bridge))
        self.capabilities = Capabilities(
            rates_hz=(self.rate_hz,) if self._is_fixed else (),
            streaming=not bridge.shape.is_local,
            word_times=_calls(bridge.service, "add_word_timestamps"),
            local=bridge.shape.is_local,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Finds the service and checks its settings."""
        return cls(spec, Bridge(Slot.TTS, spec, context), context)

    def warm_up(self) -> None:
        """Tries the set-up out."""
        self._bridge.try_out(rate_hz=self.rate_hz)

    def service(self, options: TTSOptions) -> TTSService:
        """Returns the service of one call."""
        rate_hz = self.rate_hz if self._is_fixed else options.rate_hz
        return self._bridge.build(rate_hz=rate_hz, **self._bridge.language(options.language))

    async def close(self) -> None:
        """Closes the HTTP session."""
        await self._bridge.close()


def _sound(bridge: Bridge) -> str:
    """Returns what decides the sound besides the service's `Settings`."""
    secret = secret_names(bridge.shape)
    told = {name: bridge.given.parameters[name] for name in sorted(bridge.given.parameters)}
    return f"{bridge.spec.id} { ({name: told[name] for name in told if name not in secret})!r}"


def _calls(service: type[Any], method: str) -> bool:
    """Says whether the service's own code calls `method`: pipecat declares no capabilities."""
    vendors = service.__mro__[: service.__mro__.index(TTSService)]
    return any(
        method in member.__code__.co_names
        for base in vendors
        for member in vars(base).values()
        if isinstance(member, types.FunctionType)
    )
