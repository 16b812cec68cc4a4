"""`piper`: neural voices for many languages, one file each.

The engine (piper-tts) and the espeak-ng data inside it are GPL-3.0-or-later and run in this
process: whoever ships a bundle with this engine ships it under those terms. Voices have licences
of their own; en_US-joe-medium is CC0.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from providers.contracts import Capabilities, LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts import pcm
from providers.tts.engine import LocalTTSEngine
from providers.tts.sentences import PieceSizes
from providers.tts.sessions import open_session
from providers.tts.settings import VoiceSettings
from providers.tts.sharing import Shared
from providers.tts.speaker import Voice

if TYPE_CHECKING:
    from piper.config import PiperConfig

_STORED = {"en_US-joe-medium": "piper-joe"}
_DEFAULT = "en_US-joe-medium"

_models: "Shared[_Model]" = Shared()


class PiperSettings(VoiceSettings):
    """Settings of a Piper voice.

    Attributes:
        path: A voice file (.onnx) with its .onnx.json beside it, instead of a stored voice.
        variation: How much a text sounds different each time; 0 gives the same samples every time.
    """

    path: Path | None = None
    variation: Annotated[float, Field(ge=0, le=2)] = 1.0


class _Model:
    """A voice file behind a typed function."""

    def __init__(self, path: Path, provider: str, threads: int) -> None:
        from piper import PiperVoice

        config = _read_config(path, provider)
        self._voice = PiperVoice(
            session=open_session(path, provider=provider, threads=threads), config=config
        )
        self.version = f"{path.resolve()}-{path.stat().st_size}-{path.stat().st_mtime_ns}"
        self.rate_hz = config.sample_rate
        self.language = config.espeak_voice.partition("-")[0]

    def synthesize(self, text: str, speed: float, variation: float) -> NDArray[np.int16]:
        from piper.config import SynthesisConfig

        # "[[" would make Piper read what follows as phonemes.
        plain = text.replace("[[", "[")
        own = self._voice.config
        config = SynthesisConfig(
            length_scale=1 / speed,
            noise_scale=own.noise_scale * variation,
            noise_w_scale=own.noise_w_scale * variation,
        )
        chunks = [part.audio_float_array for part in self._voice.synthesize(plain, config)]
        return pcm.from_float(np.concatenate(chunks)) if chunks else np.zeros(0, np.int16)


class PiperVoiceFile:
    """One Piper voice; see `Voice`."""

    # A sentence of 13 words takes 0.15 s: whole sentences are early enough.
    sizes = PieceSizes(first=120, most=240)

    def __init__(self, model: _Model, settings: PiperSettings) -> None:
        self.name = f"piper:{model.version}:{settings.speed}:{settings.variation}"
        self.language = model.language
        self.rate_hz = model.rate_hz
        self.model = model
        self._settings = settings

    def synthesize(self, text: str) -> NDArray[np.int16]:
        """Returns one piece as speech."""
        return self.model.synthesize(text, self._settings.speed, self._settings.variation)


class PiperTTS(LocalTTSEngine):
    """Speech with one Piper voice: `piper:en_US-joe-medium`, or any voice by `path`."""

    capabilities = Capabilities(streaming=True, p50_ms=75, p99_ms=150)

    def __init__(self, spec: ProviderSpec, context: LoadContext, voice: PiperVoiceFile) -> None:
        super().__init__(spec, context)
        self._voice = voice
        self.rate_hz = voice.rate_hz
        self.capabilities = Capabilities(
            languages=frozenset({voice.language}),
            rates_hz=(voice.rate_hz,),
            streaming=True,
            p50_ms=PiperTTS.capabilities.p50_ms,
            p99_ms=PiperTTS.capabilities.p99_ms,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the voice.

        Raises:
            ProviderError: the voice is not installed or its files are no Piper voice.
        """
        settings = PiperSettings.of(spec)
        path = settings.path or _stored_voice(spec, context)
        model = _models.get(
            (path.resolve(), context.threads), lambda: _Model(path, spec.id, context.threads)
        )
        return cls(spec, context, PiperVoiceFile(model, settings))

    def voice(self, language: str) -> Voice:
        """Returns the voice; it speaks one language only."""
        return self._voice


def _stored_voice(spec: ProviderSpec, context: LoadContext) -> Path:
    name = spec.model or _DEFAULT
    if name not in _STORED:
        raise ProviderError(
            f"there is no stored voice {name!r}.",
            provider=spec.id,
            fix=f"Use {', '.join(_STORED)} or set `path` to a voice file.",
        )
    return context.models.folder(_STORED[name]) / f"{name}.onnx"


def _read_config(path: Path, provider: str) -> "PiperConfig":
    from piper.config import PiperConfig

    beside = Path(f"{path}.json")
    try:
        return PiperConfig.from_dict(json.loads(beside.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProviderError(
            f"the voice's description {str(beside)!r} cannot be used: {error!r}.",
            provider=provider,
            fix="Put the voice's .onnx.json beside its .onnx.",
        ) from error
