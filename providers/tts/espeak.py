"""`espeak`: a robotic voice for a hundred languages, the last resort (espeak-ng, GPL-3.0-or-later).

It runs in this process: whoever ships a bundle with this engine ships that part under its terms.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from providers.contracts import Capabilities, LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts.engine import LocalTTSEngine
from providers.tts.espeak_library import EspeakLibrary, EspeakLibraryError, espeak_library
from providers.tts.sentences import PieceSizes
from providers.tts.settings import VoiceSettings
from providers.tts.speaker import Voice

# At its own pace, 175, Whisper misses 37 % of English and 45 % of Italian words on a telephone
# line; at 140 34 % and 20 %.
_WORDS_PER_MINUTE = 140
# ISO 639-1 codes that espeak-ng files under another name or whose plain name is not the
# variety most callers speak.
_NAMES = {"en": "en-us", "no": "nb", "zh": "cmn", "pt": "pt-br"}


class EspeakVoice:
    """espeak-ng speaking one language; see `Voice`."""

    # Two hundred times faster than speech.
    sizes = PieceSizes(first=240, most=240)

    def __init__(self, library: EspeakLibrary, language: str, voice: str, speed: float) -> None:
        self.name = f"espeak:{voice}:{speed}"
        self.language = language
        self.rate_hz = library.rate_hz
        self._library = library
        self._voice = voice
        self._words_per_minute = round(_WORDS_PER_MINUTE * speed)

    def synthesize(self, text: str) -> NDArray[np.int16]:
        """Returns one piece as speech."""
        return self._library.synthesize(
            text, language=self._voice, words_per_minute=self._words_per_minute
        )


class EspeakTTS(LocalTTSEngine):
    """Any language: `espeak:default` by the call's language, `espeak:en-us-nyc` by name."""

    capabilities = Capabilities(rates_hz=(22050,), streaming=True, p50_ms=5, p99_ms=10)
    rate_hz = 22050

    def __init__(
        self, spec: ProviderSpec, context: LoadContext, library: EspeakLibrary, speed: float
    ) -> None:
        super().__init__(spec, context)
        self._library = library
        self._speed = speed
        self.rate_hz = library.rate_hz

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Starts the library.

        Raises:
            ProviderError: the library is missing, or the voice that `spec` names.
        """
        speed = VoiceSettings.of(spec).speed
        try:
            library = espeak_library()
        except EspeakLibraryError as error:
            raise ProviderError(
                f"{error}.", provider=spec.id, fix="Install espeakng-loader again."
            ) from error
        engine = cls(spec, context, library, speed)
        if spec.model not in ("", "default"):
            engine.voice("en")
        return engine

    def voice(self, language: str) -> Voice:
        """Returns the voice for `language`.

        Raises:
            ProviderError: espeak-ng does not speak it.
        """
        named = self.spec.model not in ("", "default")
        name = self.spec.model if named else _NAMES.get(language, language)
        if not self._library.speaks(name):
            raise ProviderError(
                f"espeak-ng has no voice {name!r}.",
                provider=self.spec.id,
                fix="Use a voice that `espeak-ng --voices` lists under File, such as `en-us`.",
            )
        return EspeakVoice(self._library, language, name, self._speed)
