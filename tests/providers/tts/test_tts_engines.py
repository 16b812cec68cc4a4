"""The embedded voices, loaded and listened to."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import median

import jiwer
import numpy as np
import pytest

from providers.contracts import LoadContext, TTSEngine, TTSOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts.cache import PhraseCache
from providers.tts.engine import LocalTTSEngine
from providers.tts.espeak import EspeakTTS
from providers.tts.hibari import HibariTTS, HibariVoice
from providers.tts.kokoro import KokoroTTS, KokoroVoice
from providers.tts.piper import PiperTTS, PiperVoiceFile
from tests.providers.tts.phone_line import Dial, Understand

pytestmark = pytest.mark.integration

ENGLISH = "Good morning, you have reached Rossi and Partners, how can I help you?"
ITALIAN = "Buongiorno, siamo aperti il sabato dalle dieci all'una, come posso aiutarla?"
FRENCH = "Bonjour, notre bureau est ouvert le samedi, comment puis-je vous aider ?"
GERMAN = "Guten Tag, unser Büro ist am Samstag geöffnet, wie kann ich Ihnen helfen?"
LONG = (
    "We are open on Saturday. The first consultation costs sixty euros and lasts thirty minutes. "
    "Would you like me to book an appointment for you?"
)
RENDITIONS = {"piper": 3, "espeak": 3}
"""These never say a text twice alike."""
CLASSES: dict[str, type[LocalTTSEngine]] = {
    "hibari": HibariTTS,
    "piper": PiperTTS,
    "kokoro": KokoroTTS,
    "espeak": EspeakTTS,
}


def load(context: LoadContext, spec_id: str, **settings: object) -> LocalTTSEngine:
    spec = ProviderSpec(id=spec_id, settings=settings)
    return CLASSES[spec.scheme].load(spec, context)


async def spoken(engine: TTSEngine, dial: Dial, text: str, language: str, rate_hz: int) -> bytes:
    async with dial(engine.service(TTSOptions(language=language, rate_hz=rate_hz))) as line:
        sound = await line.say(text)
        assert line.errors == []
        return sound


def words(text: str) -> str:
    plain = "".join(c if c.isalnum() or c.isspace() else " " for c in text.casefold())
    return " ".join(plain.split())


@pytest.mark.parametrize(
    ("spec_id", "language", "text", "worst"),
    [
        ("hibari:default", "en", ENGLISH, 0.1),
        ("piper:en_US-joe-medium", "en", ENGLISH, 0.1),
        ("kokoro:af_heart", "en", ENGLISH, 0.1),
        ("kokoro:if_sara", "it", ITALIAN, 0.25),
        ("kokoro:default", "fr", FRENCH, 0.25),
        ("kokoro:de_if_sara", "de", GERMAN, 0.25),
        ("espeak:default", "en", ENGLISH, 0.5),
        ("espeak:default", "it", ITALIAN, 0.5),
    ],
)
async def test_voice_is_understood_on_a_telephone(
    context: LoadContext,
    dial: Dial,
    understand: Understand,
    spec_id: str,
    language: str,
    text: str,
    worst: float,
) -> None:
    engine = load(replace(context, phrases=PhraseCache(None, 0)), spec_id)
    engine.warm_up()
    errors: list[float] = []
    for _ in range(RENDITIONS.get(engine.spec.scheme, 1)):
        sound = await spoken(engine, dial, text, language, 8000)
        samples = np.frombuffer(sound, "<i2").astype(np.float64)
        assert 3.0 < len(samples) / 8000 < 7.0
        assert 500 < np.sqrt(np.mean(samples**2)) < 12000
        onset_s = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 0.05)[0] / 8000
        assert onset_s < 0.1
        heard = await asyncio.to_thread(understand, sound, 8000, language)
        errors.append(jiwer.wer(words(text), words(heard)))
    await engine.close()
    assert median(errors) <= worst


@pytest.mark.parametrize("spec_id", ["hibari:default", "piper:en_US-joe-medium", "kokoro:af_heart"])
async def test_first_words_are_heard_before_the_last_are_made(
    context: LoadContext, spec_id: str
) -> None:
    engine = load(context, spec_id)
    loop = asyncio.get_running_loop()
    speaking = engine.speaker(TTSOptions(language="en", rate_hz=engine.rate_hz)).say(LONG)
    times = [loop.time(), *[loop.time() async for _ in speaking]]
    await engine.close()
    assert len(times) >= 4
    assert times[1] - times[0] < (times[-1] - times[0]) * 0.6


async def test_greeting_prepared_before_the_call_needs_no_synthesis(
    context: LoadContext, dial: Dial
) -> None:
    engine = load(context, "hibari:default")
    options = TTSOptions(language="en", rate_hz=24000)
    await engine.prepare([ENGLISH, LONG], options)
    await engine.close()  # whatever is not in the cache can no longer be made
    async with dial(engine.service(options)) as line:
        first = await line.say(LONG)
        assert await line.say(LONG) == first
        assert await line.say(ENGLISH)
        assert line.errors == []


async def test_same_text_sounds_the_same_after_a_restart(context: LoadContext, dial: Dial) -> None:
    sounds = []
    for _ in range(2):
        engine = load(replace(context, phrases=PhraseCache(None, 0)), "hibari:default")
        sounds.append(await spoken(engine, dial, ENGLISH, "en", 16000))
        await engine.close()
    assert sounds[0] == sounds[1]


async def test_two_calls_speak_with_one_voice_at_once(
    context: LoadContext, dial: Dial, understand: Understand
) -> None:
    engine = load(context, "piper:en_US-joe-medium")
    other = "The first consultation costs sixty euros."
    texts = [ENGLISH, other]
    sounds = await asyncio.gather(*(spoken(engine, dial, text, "en", 16000) for text in texts))
    await engine.close()
    for text, sound in zip(texts, sounds, strict=True):
        heard = words(await asyncio.to_thread(understand, sound, 16000, "en"))
        assert jiwer.wer(words(text).replace("sixty", "60"), heard.replace("sixty", "60")) <= 0.15


async def test_engines_with_one_model_share_it(context: LoadContext) -> None:
    for specs in [
        ("kokoro:af_heart", "kokoro:if_sara"),
        ("piper:en_US-joe-medium", "piper:"),
        ("hibari:default", "hibari:"),
    ]:
        engines = [load(context, specs[0]), load(context, specs[1], speed=1.2)]
        language = sorted(engines[1].capabilities.languages)[-1]
        first, second = engines[0].voice("en"), engines[1].voice(language)
        assert isinstance(first, HibariVoice | KokoroVoice | PiperVoiceFile)
        assert isinstance(second, HibariVoice | KokoroVoice | PiperVoiceFile)
        assert first.model is second.model
        assert first.name != second.name


async def test_every_language_of_kokoro_is_spoken_by_one_model(context: LoadContext) -> None:
    names = {
        "it": "if_sara",
        "es": "ef_dora",
        "fr": "ff_siwis",
        "pt": "pf_dora",
        "de": "de_if_sara",
    }
    voices = [load(context, f"kokoro:{name}").voice(code) for code, name in names.items()]
    models = {id(voice.model) for voice in voices if isinstance(voice, KokoroVoice)}
    assert len(models) == 1
    assert len({voice.name for voice in voices}) == len(names)


async def test_kokoro_and_espeak_speak_at_once_in_one_process(
    context: LoadContext, dial: Dial, understand: Understand
) -> None:
    kokoro, espeak = load(context, "kokoro:if_sara"), load(context, "espeak:default")

    async def by_espeak() -> list[bytes]:
        return [
            await spoken(espeak, dial, f"{ENGLISH} Number {number}.", "en", 16000)
            for number in range(12)
        ]

    neural, robots = await asyncio.gather(spoken(kokoro, dial, ITALIAN, "it", 16000), by_espeak())
    await kokoro.close()
    await espeak.close()
    heard = words(await asyncio.to_thread(understand, neural, 16000, "it"))
    assert jiwer.wer(words(ITALIAN), heard) <= 0.25
    lengths = [len(robot) / 32000 for robot in robots]
    assert 4.5 < min(lengths) <= max(lengths) < 7.5
    heard = words(await asyncio.to_thread(understand, robots[-1], 16000, "en"))
    assert jiwer.wer(words(ENGLISH), heard) <= 0.6


@pytest.mark.parametrize("language", ["de", "pl", "zh", "no", "ar", "ja", "pt", "ru"])
async def test_espeak_is_the_last_resort_for_any_language(
    context: LoadContext, language: str
) -> None:
    engine = load(context, "espeak:default")
    texts = {"zh": "你好。", "ar": "مرحبا", "ja": "こんにちは。", "ru": "Добрый день."}
    voice = engine.voice(language)
    samples = voice.synthesize(texts.get(language, "Radio, telefon, Anna, 1234."))
    await engine.close()
    assert len(samples) > voice.rate_hz * 0.3
    assert np.abs(samples.astype(int)).max() > 2000


@pytest.mark.parametrize("spec_id", ["hibari:default", "piper:", "kokoro:af_heart", "espeak:"])
async def test_speed_changes_the_pace(context: LoadContext, spec_id: str) -> None:
    lengths = []
    for speed in (0.8, 1.0, 1.4):
        engine = load(context, spec_id, speed=speed)
        lengths.append(len(engine.voice("en").synthesize("One moment, please.")))
        await engine.close()
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[2] * 1.25


async def test_phonemes_written_by_a_caller_are_not_obeyed(context: LoadContext) -> None:
    engine = load(context, "piper:")
    plain = engine.voice("en").synthesize("My name is [[ t ]] Smith.")
    await engine.close()
    assert len(plain) > engine.rate_hz


@pytest.mark.parametrize("spec_id", ["hibari:default", "piper:", "kokoro:af_heart", "espeak:"])
async def test_awkward_texts_are_spoken(context: LoadContext, spec_id: str) -> None:
    engine = load(context, spec_id)
    speaker = engine.speaker(TTSOptions(language="en", rate_hz=8000))
    for text in ("1234567890" * 5, "ok 😀 <b>R&D</b>", "NUL \x00 byte", "{name} a@b.com 3,50 €"):
        assert sum([len(piece) async for piece in speaker.say(text)]) > 4000
    await engine.close()


async def test_foreign_words_bring_no_language_flags(context: LoadContext) -> None:
    engine = load(context, "kokoro:if_sara")
    voice = engine.voice("it")
    assert isinstance(voice, KokoroVoice)
    assert "(" not in voice.model.phonemes("Il weekend usiamo WhatsApp e Facebook.", "it")


@pytest.mark.parametrize(
    ("spec_id", "settings", "message"),
    [
        ("hibari:nobody", {}, "nobody"),
        ("hibari:emma", {}, "not on this machine"),
        ("hibari:default", {"sped": 1.0}, "sped"),
        ("hibari:default", {"speed": 9}, "speed"),
        ("piper:de_DE-thorsten-low", {}, "no stored voice"),
        ("piper:", {"path": "/nowhere/x.onnx"}, "x.onnx.json"),
        ("kokoro:zz_nobody", {}, "language"),
        ("kokoro:af_nobody", {}, "af_nobody"),
        ("espeak:klingonese", {}, "klingonese"),
    ],
)
def test_wrong_voice_is_one_clear_error_with_its_fix(
    context: LoadContext, spec_id: str, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ProviderError, match=message) as caught:
        load(context, spec_id, **settings)
    assert caught.value.fix
    assert not caught.value.retryable


def test_file_that_is_no_voice_is_one_clear_error(context: LoadContext, tmp_path: Path) -> None:
    folder = context.models.folder("piper-joe")
    shutil.copy(folder / "en_US-joe-medium.onnx.json", tmp_path / "x.onnx.json")
    (tmp_path / "x.onnx").write_bytes(b"not a model")
    with pytest.raises(ProviderError, match=r"x\.onnx"):
        load(context, "piper:", path=str(tmp_path / "x.onnx"))
    (tmp_path / "x.onnx.json").write_text("{}")
    with pytest.raises(ProviderError, match="json"):
        load(context, "piper:", path=str(tmp_path / "x.onnx"))


async def test_language_a_voice_does_not_speak_is_refused(context: LoadContext) -> None:
    engine = load(context, "hibari:default")
    with pytest.raises(ProviderError, match="'it'"):
        engine.service(TTSOptions(language="it", rate_hz=8000))
    await engine.close()
