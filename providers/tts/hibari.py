"""`hibari`: very fast English voices, one of them inside the package (Apache-2.0)."""

import re
from importlib.metadata import version
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from providers.contracts import Capabilities, LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts import pcm
from providers.tts.engine import LocalTTSEngine
from providers.tts.sentences import PieceSizes
from providers.tts.settings import VoiceSettings
from providers.tts.sharing import Shared
from providers.tts.speaker import Voice

_BUNDLED_VOICE = "heart"
# A fixed noise seed: the same text always sounds the same, so evaluations can be repeated.
_SEED = 7
# A number nobody follows as a number; beyond 36 digits the package has no word for it and fails.
_LONG_NUMBER = re.compile(r"\d{10,}")

_models: "Shared[_Model]" = Shared()


class _Model:
    """The untyped package behind a typed function."""

    def __init__(self, voice: str, path: str) -> None:
        from hibari import Hibari

        self._hibari: Any = Hibari(voice=voice, model=path, threads=1)
        self._hibari.phonemize("Hello.")  # the lexicons are read on first use
        self.rate_hz = int(self._hibari.sample_rate)
        self.version = version("hibari-tts")

    def synthesize(self, text: str, speed: float) -> NDArray[np.float32]:
        return self._hibari(text, speed=speed, seed=_SEED)


class HibariVoice:
    """One Hibari voice; see `Voice`."""

    language = "en"
    # About 150 times faster than speech: whole sentences keep their melody.
    sizes = PieceSizes(first=240, most=240)

    def __init__(self, model: _Model, voice: str, speed: float) -> None:
        self.name = f"hibari:{model.version}:{voice}:{speed}"
        self.rate_hz = model.rate_hz
        self.model = model
        self._speed = speed

    def synthesize(self, text: str) -> NDArray[np.int16]:
        """Returns one piece as speech."""
        spelled = _LONG_NUMBER.sub(lambda number: " ".join(number[0]), text)
        return pcm.from_float(self.model.synthesize(spelled, self._speed))


class HibariTTS(LocalTTSEngine):
    """English speech at 24 kHz on one thread.

    `hibari:default` is the voice of the package; `hibari:NAME` another one that is already in
    the package's cache folder.
    """

    capabilities = Capabilities(
        languages=frozenset({"en"}), rates_hz=(24000,), streaming=True, p50_ms=15, p99_ms=45
    )
    rate_hz = 24000

    def __init__(self, spec: ProviderSpec, context: LoadContext, voice: HibariVoice) -> None:
        super().__init__(spec, context)
        self._voice = voice

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the voice.

        Raises:
            ProviderError: the voice is unknown or not on this machine.
        """
        speed = VoiceSettings.of(spec).speed
        name = _BUNDLED_VOICE if spec.model in ("", "default") else spec.model
        path = _voice_file(name, spec.id)
        model = _models.get(path, lambda: _Model(name, path))
        return cls(spec, context, HibariVoice(model, name, speed))

    def voice(self, language: str) -> Voice:
        """Returns the voice; it speaks English only."""
        return self._voice


def _voice_file(name: str, provider: str) -> str:
    from hibari.voices import voice_path

    try:
        # Never downloads: a call centre's machine may have no network, and says so at start.
        return str(voice_path(name, download_missing=False))
    except ValueError as error:
        raise ProviderError(f"{error}.", provider=provider, fix="Use `hibari:default`.") from error
    except FileNotFoundError as error:
        raise ProviderError(
            f"voice {name!r} is not on this machine.",
            provider=provider,
            fix=f"Put its model at {str(error)!r} or use `hibari:default`.",
        ) from error
