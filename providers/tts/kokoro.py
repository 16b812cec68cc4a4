"""`kokoro`: voices in six languages from one model (Kokoro 82M, int8, Apache-2.0).

The model learned five of them: English, Spanish, French, Italian and Portuguese. German has no
voice of its own; another language's voice says German sounds, with that language's accent:
`kokoro:de_if_sara` is German by the Italian voice `if_sara`.

Texts become phonemes through espeak-ng (GPL-3.0-or-later, brought by phonemizer and
espeakng-loader): whoever ships a bundle with this engine ships that part under those terms.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

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

_RATE_HZ = 24000
_STYLE_SHAPE = (510, 1, 256)
"""One style per number of phonemes."""

# The first letter of a voice's name is its language, as espeak-ng and as ISO 639-1 call it.
_ESPEAK = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "i": "it", "p": "pt-br"}
_ISO = {"a": "en", "b": "en", "e": "es", "f": "fr", "i": "it", "p": "pt"}
_BORROWED = {"de": "de"}
"""Languages without a voice of their own, and as espeak-ng calls them."""
_DEFAULTS = (
    "af_heart", "ef_dora", "ff_siwis", "if_sara", "pf_dora", "de_if_sara"
)  # fmt: skip
_NEAREST = {"de": (("ʏ", "y"), ("ɔø", "ɔɪ"), ("ɜ", "ɛɾ"))}
"""Sounds the model has no sign for, or says in a way that is not understood, and what to say."""

_models: "Shared[_Model]" = Shared()


class _Model:
    """The network and its phonemiser behind typed functions."""

    def __init__(self, path: Path, provider: str, threads: int) -> None:
        from kokoro_onnx.session import embedded_vocab, input_dtypes
        from kokoro_onnx.tokenizer import Tokenizer

        self._session = open_session(path, provider=provider, threads=threads)
        self._dtypes: dict[str, Any] = input_dtypes(self._session)
        self._tokens_input = "input_ids" if "input_ids" in self._dtypes else "tokens"
        vocabulary: dict[str, int] = embedded_vocab(self._session)
        self._tokenizer: Any = Tokenizer(vocab=vocabulary)  # its own when the model has none
        self._phonemisers: dict[str, Any] = {}
        self._phonemising = Lock()  # espeak-ng keeps its state in globals
        self.version = f"{path.stat().st_size}-{path.stat().st_mtime_ns}"

    def phonemes(self, text: str, language: str) -> str:
        from phonemizer.backend import EspeakBackend

        with self._phonemising:
            if language not in self._phonemisers:
                # Flags such as "(en)" around foreign words would be read out.
                self._phonemisers[language] = EspeakBackend(
                    language,
                    preserve_punctuation=True,
                    with_stress=True,
                    language_switch="remove-flags",
                )
            said: str = " ".join(self._phonemisers[language].phonemize([text])).strip()
        for sound, nearest in _NEAREST.get(language, ()):
            said = said.replace(sound, nearest)
        return said

    def synthesize(
        self, text: str, language: str, styles: NDArray[np.float32], speed: float
    ) -> NDArray[np.float32]:
        from kokoro_onnx.chunker import split_phonemes

        parts: list[NDArray[np.float32]] = [
            self._infer(self._tokenizer.tokenize(batch), styles, speed)
            for batch in split_phonemes(self.phonemes(text, language))
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _infer(
        self, tokens: list[int], styles: NDArray[np.float32], speed: float
    ) -> NDArray[np.float32]:
        if not tokens:
            return np.zeros(0, np.float32)
        outputs = self._session.run(
            None,
            {
                self._tokens_input: np.array([[0, *tokens, 0]], self._dtypes[self._tokens_input]),
                "style": styles[min(len(tokens), len(styles)) - 1],
                "speed": np.array([speed], self._dtypes["speed"]),
            },
        )
        return np.asarray(outputs[0], np.float32).ravel()


class KokoroVoice:
    """One Kokoro voice; see `Voice`."""

    # It takes a third of the time it speaks for: the first piece is a few words.
    sizes = PieceSizes(first=30, most=130)
    rate_hz = _RATE_HZ

    def __init__(self, model: _Model, name: str, styles: NDArray[np.float32], speed: float) -> None:
        self.name = f"kokoro:{model.version}:{name}:{speed}"
        self.language, self._espeak_language, _ = _taken_apart(name)
        self.model = model
        self._styles = styles
        self._speed = speed

    def synthesize(self, text: str) -> NDArray[np.int16]:
        """Returns one piece as speech."""
        return pcm.from_float(
            self.model.synthesize(text, self._espeak_language, self._styles, self._speed)
        )


class KokoroTTS(LocalTTSEngine):
    """Speech at 24 kHz with one voice (`kokoro:if_sara`) or one per language (`kokoro:default`)."""

    capabilities = Capabilities(
        languages=frozenset({*_ISO.values(), *_BORROWED}),
        rates_hz=(_RATE_HZ,),
        streaming=True,
        p50_ms=650,
        p99_ms=1200,
    )
    rate_hz = _RATE_HZ

    def __init__(
        self, spec: ProviderSpec, context: LoadContext, voices: dict[str, KokoroVoice]
    ) -> None:
        super().__init__(spec, context)
        self._voices = voices
        self.capabilities = Capabilities(
            languages=frozenset(voices),
            rates_hz=(_RATE_HZ,),
            streaming=True,
            p50_ms=KokoroTTS.capabilities.p50_ms,
            p99_ms=KokoroTTS.capabilities.p99_ms,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the model and the styles of its voices.

        Raises:
            ProviderError: the model is not installed or has no such voice.
        """
        settings = VoiceSettings.of(spec)
        path = context.models.folder("kokoro") / "kokoro-int8.onnx"
        folder = context.models.folder("kokoro-voices")
        names = _voice_names(spec)
        styles = [_read_styles(folder / f"{_taken_apart(name)[2]}.bin", spec.id) for name in names]
        model = _models.get(
            (path.resolve(), context.threads), lambda: _Model(path, spec.id, context.threads)
        )
        voices = [
            KokoroVoice(model, name, style, settings.speed)
            for name, style in zip(names, styles, strict=True)
        ]
        return cls(spec, context, {voice.language: voice for voice in voices})

    def voice(self, language: str) -> Voice:
        """Returns the voice that speaks `language`."""
        return self._voices[language]


def _voice_names(spec: ProviderSpec) -> Sequence[str]:
    if spec.model in ("", "default"):
        return _DEFAULTS
    borrowed = spec.model[:2] in _BORROWED and spec.model[2:3] == "_"
    if spec.model[0] not in _ISO and not borrowed:
        raise ProviderError(
            f"voice {spec.model!r} speaks a language it cannot be given phonemes for.",
            provider=spec.id,
            fix=f"Use a voice whose name begins with one of {', '.join(_ISO)},"
            f" or lend it to another language: {_DEFAULTS[-1]!r}.",
        )
    return [spec.model]


def _taken_apart(name: str) -> tuple[str, str, str]:
    """Returns a voice's language, as ISO 639-1 and espeak-ng call it, and the name of its file."""
    language, _, voice = name.partition("_")
    if language in _BORROWED:
        return language, _BORROWED[language], voice
    return _ISO[name[0]], _ESPEAK[name[0]], name


def _read_styles(path: Path, provider: str) -> NDArray[np.float32]:
    try:
        return np.fromfile(path, np.float32).reshape(_STYLE_SHAPE)
    except FileNotFoundError as error:
        known = ", ".join(sorted(voice.stem for voice in path.parent.glob("*.bin")))
        raise ProviderError(
            f"there is no voice {path.stem!r}.", provider=provider, fix=f"Use one of {known}."
        ) from error
    except (OSError, ValueError) as error:
        raise ProviderError(
            f"voice file {path.name!r} cannot be read: {error}.",
            provider=provider,
            fix="Pull the models again.",
        ) from error
