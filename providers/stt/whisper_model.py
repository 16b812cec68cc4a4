"""Whisper on CTranslate2: samples in, text and how sure it is out."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import soxr
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

RATE_HZ = 16000
FRAME_SAMPLES = 160
WINDOW_FRAMES = 3000
"""The 30 s window Whisper was trained on."""

SHORT_FRAMES = 1200
"""The least the encoder is given. Its time is proportional to the window and CTranslate2 takes
shorter ones: 12 s keeps the word error rate of the full window, 8 s doubles it, 3 s loops."""

MARGIN_FRAMES = 300
"""Silence after the speech; the model learned to stop in it."""

MAX_ZLIB_RATIO = 2.2
"""Text that compresses better repeats itself (OpenAI's own limit is 2.4)."""

MAX_NO_SPEECH = 0.4
MIN_SCORE = -1.0
"""Both worse: a hallucination. Measured with this model over 8 kHz mu-law: 57 utterances in two
languages, clean and in noise, stay below 0.36; silence, hum, noise, knocks, beeps and coughs are
above 0.41 and below -1.1, with and without hints."""

MAX_PROMPT_TOKENS = 100
"""About 30 names. Measured on 32 requests for unusual names: 18 right instead of 6 and the word
error rate 8 % instead of 18 %, for 20 to 60 ms more."""

BEAMS = 5
"""For words that are acted upon; interim ones are decoded greedily. Over 8 kHz mu-law, 12 to 24
callers' sentences a language without hints: words wrong in Italian 7.6 -> 2.5 %, French 17.1 ->
7.9 %, Spanish 3.7 -> 2.2 %, German (a lent voice) 26.6 -> 25.0 %, English the same; for up to 80 ms
more on one core."""

MIN_OTHER = 0.6
MAX_OWN = 0.2
"""Probabilities of another language and of the call's own, from which an utterance is written in
the other. Measured over 8 kHz mu-law: whole sentences in six languages keep both, none of 60
English ones full of foreign names does (docs/decisions/0018)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said.

    Attributes:
        text: The words, "" when there are none.
        language: The other language they are in; None is the one asked for.
    """

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one decode gave.

    Attributes:
        text: The transcript.
        no_speech: Probability that there is no speech.
        score: Mean log probability of a token.
        complete: False when the decoder ran into its token limit.
    """

    text: str
    no_speech: float
    score: float
    complete: bool

    @property
    def hallucinated(self) -> bool:
        """Whether the model itself hears no speech and does not believe its own words."""
        return self.no_speech > MAX_NO_SPEECH and self.score < MIN_SCORE

    @property
    def looping(self) -> bool:
        """Whether the text repeats itself, as a window cut too short makes it do."""
        raw = self.text.encode()
        return not self.complete or len(raw) / len(zlib.compress(raw)) > MAX_ZLIB_RATIO


class WhisperModel:
    """A converted Whisper model in memory, for `threads` decodes at a time."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        # Two threads make one decode 15 % faster, but then the final waits for a running interim.
        self._model: Any = ctranslate2.models.Whisper(
            str(folder),
            device="cpu",
            compute_type="int8",
            inter_threads=threads,
            intra_threads=1,
        )
        self._vocabulary: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features: Any = FeatureExtractor()

    @property
    def languages(self) -> frozenset[str]:
        """What it understands, ISO 639-1 (two languages have three letters)."""
        if not self._model.is_multilingual:
            return frozenset({"en"})
        vocabulary: dict[str, int] = self._vocabulary.get_vocab()
        found = (re.fullmatch(r"<\|([a-z]{2,3})\|>", token) for token in vocabulary)
        return frozenset(match[1] for match in found if match)

    def prompt(self, language: str, hints: Sequence[str]) -> list[int]:
        """Returns the tokens that make the model write `language` and expect `hints`."""
        multilingual: bool = self._model.is_multilingual
        tokenizer: Any = Tokenizer(
            self._vocabulary, multilingual, task="transcribe", language=language
        )
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if not hints:
            return start
        expected: list[int] = tokenizer.encode(" " + ", ".join(hints) + ".")
        return [tokenizer.sot_prev, *expected[:MAX_PROMPT_TOKENS], *start]

    def transcribe(self, pcm: bytes, rate_hz: int, prompt: list[int]) -> str:
        """Returns the text of up to 30 s of speech, "" when there is none."""
        return self.listen(pcm, rate_hz, prompt, {}).text

    def listen(
        self,
        pcm: bytes,
        rate_hz: int,
        prompt: list[int],
        others: Mapping[str, list[int]],
        own: str = "",
        *,
        beams: int = BEAMS,
    ) -> Transcript:
        """Transcribes up to 30 s of speech in the language it is in.

        Args:
            pcm: The speech.
            rate_hz: Its rate.
            prompt: For the language it is expected to be in.
            others: Prompts for those it may be in instead; finding out costs one decoder step.
            own: The language it is expected to be in.
            beams: Readings followed side by side.
        """
        samples = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768.0
        if rate_hz != RATE_HZ:
            samples = soxr.resample(samples, rate_hz, RATE_HZ).astype(np.float32, copy=False)
        features: NDArray[np.float32] = self._features(samples, padding=0)
        length = features.shape[-1]
        window = min(WINDOW_FRAMES, max(SHORT_FRAMES, length + MARGIN_FRAMES))
        encoded = self._encode(features, window + window % 2)
        language = self._other_language(encoded, others, own)
        prompt = others[language] if language else prompt
        heard = self._decode(encoded, length, prompt, beams)
        if heard.looping and window < WINDOW_FRAMES:
            heard = self._decode(self._encode(features, WINDOW_FRAMES), length, prompt, beams)
        if heard.hallucinated or not heard.text:
            return Transcript(text="")
        return Transcript(text=heard.text, language=language)

    def _encode(self, features: NDArray[np.float32], window: int) -> Any:
        length = features.shape[-1]
        if length < window:
            features = np.pad(
                features, ((0, 0), (0, window - length)), constant_values=features.min()
            )
        return self._model.encode(
            ctranslate2.StorageView.from_array(np.ascontiguousarray(features[None, :, :window]))
        )

    def _other_language(
        self, encoded: Any, others: Mapping[str, list[int]], own: str
    ) -> str | None:
        """Returns the language of `others` the speech is in; None when it is not sure."""
        if not others:
            return None
        detected: list[tuple[str, float]] = self._model.detect_language(encoded)[0]
        found = {token.strip("<|>"): probability for token, probability in detected}
        best = max(others, key=lambda language: found.get(language, 0.0))
        sure = found.get(best, 0.0) >= MIN_OTHER and found.get(own, 0.0) <= MAX_OWN
        return best if sure else None

    def _decode(self, encoded: Any, length: int, prompt: list[int], beams: int) -> Heard:
        limit = min(224, 24 + 9 * length * FRAME_SAMPLES // RATE_HZ)
        result: Any = self._model.generate(
            encoded,
            [prompt],
            beam_size=beams,
            max_length=len(prompt) + limit,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens: list[int] = result.sequences_ids[0]
        return Heard(
            text=self._vocabulary.decode(tokens, skip_special_tokens=True).strip(),
            no_speech=result.no_speech_prob,
            score=result.scores[0],
            complete=len(tokens) < limit,
        )
