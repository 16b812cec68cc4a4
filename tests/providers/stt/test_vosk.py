"""Vosk with a real model: no Korean voice is at hand, so it makes Korean words of English ones."""

import asyncio

import pytest

from providers.contracts import LoadContext, STTOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.stt.vosk import VoskSTT
from tests.providers.stt.spoken import RATE_HZ, listening, say, silence

pytestmark = pytest.mark.integration

SPEECH = say("Good morning, I would like to speak to somebody in the accounting department.")
KOREAN = STTOptions(language="ko", rate_hz=RATE_HZ)


@pytest.fixture(scope="module")
def vosk(context: LoadContext) -> VoskSTT:
    spec = ProviderSpec(id="vosk:vosk-ko", settings={"language": "ko"})
    return VoskSTT.load(spec, context)


def is_korean(text: str) -> bool:
    return any("가" <= letter <= "힣" for letter in text)


async def test_words_appear_while_the_caller_speaks_and_the_final_covers_them_all(
    vosk: VoskSTT,
) -> None:
    half = len(SPEECH) // 4 * 2
    async with listening(vosk.service(KOREAN)) as ears:
        await ears.voice_starts()
        await ears.play(silence(0.2) + SPEECH[:half])
        interim = await ears.interim()
        await ears.play(SPEECH[half:] + silence(0.2))
        await ears.voice_stops()
        final = await ears.final()
    assert is_korean(interim.text)
    assert is_korean(final.text)
    assert len(final.text) > len(interim.text)
    assert final.finalized


async def test_an_utterance_leaves_nothing_behind_for_the_next(vosk: VoskSTT) -> None:
    async with listening(vosk.service(KOREAN)) as ears:
        first = await ears.utterance(SPEECH)
        nothing = await ears.utterance(silence(1.0))
        again = await ears.utterance(SPEECH)
    assert nothing.text.strip() == ""
    # It adapts to the speaker from one utterance to the next: the same words, perhaps better heard.
    assert len(again.text.split()) == len(first.text.split())


async def test_calls_share_the_model_and_not_the_words(vosk: VoskSTT) -> None:
    async def call(audio: bytes) -> str:
        async with listening(vosk.service(KOREAN)) as ears:
            return (await ears.utterance(audio)).text.strip()

    words, nothing = await asyncio.gather(call(SPEECH), call(silence(1)))
    assert is_korean(words)
    assert nothing == ""


async def test_a_call_that_ends_in_mid_sentence_leaves_the_engine_usable(vosk: VoskSTT) -> None:
    async with listening(vosk.service(KOREAN)) as ears:
        await ears.voice_starts()
        await ears.play(SPEECH)
        await ears.interim()
    async with listening(vosk.service(KOREAN)) as ears:
        assert is_korean((await ears.utterance(SPEECH)).text)


def test_a_language_the_model_does_not_know_is_refused(vosk: VoskSTT) -> None:
    with pytest.raises(ProviderError, match=r"'it'.*another model"):
        vosk.service(STTOptions(language="it", rate_hz=RATE_HZ))


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (ProviderSpec(id="vosk:"), r"names no model.*set `path`"),
        (
            ProviderSpec(id="vosk:", settings={"path": "/nowhere/vosk"}),
            r"no Vosk model in '/nowhere/vosk'.*alphacephei",
        ),
        (ProviderSpec(id="vosk:no-such-model"), r"no such model"),
        (ProviderSpec(id="vosk:vosk-ko", settings={"pth": "x"}), r"Known settings: path, language"),
    ],
)
def test_what_is_missing_is_said_with_its_remedy(
    context: LoadContext, spec: ProviderSpec, problem: str
) -> None:
    with pytest.raises(ProviderError, match=problem):
        VoskSTT.load(spec, context)
