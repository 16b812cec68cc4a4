"""The ears and the voice of each language a process speaks."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from providers.contracts import LLMEngine, STTEngine, TTSEngine, TurnEngine, VADEngine
from providers.resources import ProcessResources
from providers.spec import Slot
from receptionist.calls.pipeline import CallEngines
from receptionist.chains import Chains, for_language
from receptionist.tenants.config import Engines


class SpeechEngines:
    """Loads what calls hear and speak with: at the start, or when a call needs a language.

    Args:
        resources: Loads engines that have no chain.
        chains: Loads the others.
        engines: What the tenant asked for.

    Attributes:
        ears: The recogniser of each language loaded.
        voices: The voice of each language loaded.
    """

    def __init__(self, resources: ProcessResources, chains: Chains, engines: Engines) -> None:
        self.ears: dict[str, STTEngine] = {}
        self.voices: dict[str, TTSEngine] = {}
        self._resources = resources
        self._chains = chains
        self._engines = engines
        self._vad: VADEngine | None = None
        self._turn: TurnEngine | None = None
        self._loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self, languages: Sequence[str]) -> None:
        """Loads what calls in `languages` need; nothing when there are none.

        Raises:
            ProviderError: something cannot be loaded.
        """
        if not languages:
            return
        vad, turn, *_ = await asyncio.gather(
            self._resources.load(Slot.VAD, self._engines.vad),
            self._resources.load(Slot.TURN, self._engines.turn),
            *(self._load_language(language) for language in languages),
        )
        assert isinstance(vad, VADEngine)
        assert isinstance(turn, TurnEngine)
        self._vad, self._turn = vad, turn

    async def of(self, language: str, brain: LLMEngine) -> CallEngines:
        """Returns the engines of a spoken call in `language`; loads it off the loop if need be.

        Raises:
            ProviderError: its ears or its voice cannot be loaded.
        """
        async with self._loading[language]:
            if language not in self.voices:
                await self._load_language(language)
        return self.loaded(language, brain)

    def loaded(self, language: str, brain: LLMEngine) -> CallEngines:
        """Returns the engines of a spoken call in `language`, which is loaded."""
        assert self._vad
        assert self._turn
        return CallEngines(
            stt=self.ears[language],
            tts=self.voices[language],
            llm=brain,
            vad=self._vad,
            turn=self._turn,
        )

    async def _load_language(self, language: str) -> None:
        ears, voice = await asyncio.gather(
            self._chains.load(Slot.STT, for_language(self._engines.stt, language)),
            self._chains.load(Slot.TTS, for_language(self._engines.tts, language)),
        )
        assert isinstance(ears, STTEngine)
        assert isinstance(voice, TTSEngine)
        self.ears[language], self.voices[language] = ears, voice
