"""Whisper on speech over a telephone line."""

import asyncio

import pytest

from eval.speech import CallerVoices
from providers.contracts import LoadContext, STTOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.stt.whisper import WhisperSTT
from tests.providers.stt.spoken import RATE_HZ, listening, noise, say, silence, word_error_rate

pytestmark = pytest.mark.integration

SENTENCES = [
    "Good morning, I would like to speak to somebody in the accounting department.",
    "What time do you open on Saturday?",
    "I have a question about my last invoice.",
    "Is there somewhere I can park near your office?",
    "I would like to leave a message for Doctor Carter.",
    "My number is five five five one two three four.",
    "No thank you, that is all, goodbye.",
    "Are you open on Christmas day?",
    "Yes.",
    "I need to change my appointment from Tuesday to Friday morning.",
]

ITALIAN = [
    "Avete un parcheggio vicino all'ufficio?",
    "A che ora aprite il sabato mattina?",
    "Vorrei spostare il mio appuntamento a venerdì pomeriggio.",
]

ENGLISH = STTOptions(language="en", rate_hz=RATE_HZ)


async def test_callers_are_understood_over_a_telephone_line(whisper: WhisperSTT) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        finals = [await ears.utterance(say(sentence)) for sentence in SENTENCES]
    assert word_error_rate(SENTENCES, [final.text for final in finals]) <= 0.05
    assert all(final.finalized for final in finals)


async def test_italian_is_understood_as_italian(whisper: WhisperSTT, voices: CallerVoices) -> None:
    said = [voices.say("kokoro:if_sara", sentence, language="it") for sentence in ITALIAN]
    async with listening(whisper.service(STTOptions(language="it", rate_hz=RATE_HZ))) as ears:
        heard = [(await ears.utterance(speech)).text for speech in said]
    assert word_error_rate(ITALIAN, heard) <= 0.2


@pytest.mark.parametrize("voice", CallerVoices.ENGLISH)
async def test_different_voices_are_understood(
    whisper: WhisperSTT, voices: CallerVoices, voice: str
) -> None:
    sentences = [SENTENCES[0], SENTENCES[3]]
    said = [voices.say(voice, sentence) for sentence in sentences]
    async with listening(whisper.service(ENGLISH)) as ears:
        heard = [(await ears.utterance(speech)).text for speech in said]
    assert word_error_rate(sentences, heard) <= 0.05


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000, 48000])
async def test_every_rate_of_a_call_is_understood(whisper: WhisperSTT, rate_hz: int) -> None:
    text = SENTENCES[1]
    service = whisper.service(STTOptions(language="en", rate_hz=rate_hz))
    async with listening(service, rate_hz=rate_hz) as ears:
        final = await ears.utterance(say(text, rate_hz))
    assert word_error_rate([text], [final.text]) == 0


async def test_words_appear_while_the_caller_still_speaks(whisper: WhisperSTT) -> None:
    speech = say(SENTENCES[0])
    async with listening(whisper.service(ENGLISH)) as ears:
        await ears.play(silence(0.6) + speech[: 2 * int(0.2 * RATE_HZ)])
        await ears.voice_starts()
        await ears.play(speech[2 * int(0.2 * RATE_HZ) : 2 * 2 * RATE_HZ])
        interim = await ears.interim()
        assert "good morning" in interim.text.lower()
        await ears.play(speech[2 * 2 * RATE_HZ :] + silence(0.2))
        await ears.voice_stops()
        final = await ears.final()
        await ears.play(silence(1.0))
    assert word_error_rate([SENTENCES[0]], [final.text]) <= 0.1
    assert ears.frames[-1] is final


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(2.0), id="silence"),
        pytest.param(noise(2.0, 0.001), id="faint noise"),
        pytest.param(noise(2.0, 0.01), id="noise"),
        pytest.param(silence(0.8) + noise(0.15, 0.1) + silence(0.8), id="knock"),
    ],
)
async def test_what_is_no_speech_gives_no_words(whisper: WhisperSTT, sound: bytes) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        final = await ears.utterance(sound)
    assert final.text.strip() == ""
    assert final.finalized


async def test_two_calls_at_once_each_get_their_own_words(whisper: WhisperSTT) -> None:
    async def call(text: str) -> str:
        async with listening(whisper.service(ENGLISH)) as ears:
            return (await ears.utterance(say(text))).text

    texts = [SENTENCES[0], SENTENCES[9]]
    heard = await asyncio.gather(*(call(text) for text in texts))
    assert max(word_error_rate([a], [b]) for a, b in zip(texts, heard, strict=True)) <= 0.1


async def test_a_turn_of_forty_seconds_loses_no_word(whisper: WhisperSTT) -> None:
    pause = silence(0.35)
    turn, said = b"", list[str]()
    while len(turn) < 2 * 40 * RATE_HZ:
        sentence = SENTENCES[len(said) % len(SENTENCES)]
        turn += say(sentence) + pause
        said.append(sentence)
    async with listening(whisper.service(ENGLISH)) as ears:
        final = await ears.utterance(turn)
    assert word_error_rate([" ".join(said)], [final.text]) <= 0.05


async def test_a_stretch_after_a_pause_covers_only_the_new_words(whisper: WhisperSTT) -> None:
    async with listening(whisper.service(ENGLISH)) as ears:
        first = await ears.utterance(say("I would like to leave a message"))
        second = await ears.utterance(say("for Doctor Carter please"))
    assert word_error_rate(["I would like to leave a message"], [first.text]) == 0
    assert "message" not in second.text
    assert "Carter" in second.text


async def test_names_the_tenant_expects_are_spelled_his_way_and_yes_stays_yes(
    whisper: WhisperSTT,
) -> None:
    names = ("Xanthippe Gruber", "Tobias Lindqvist", "Yasu Tanaka", "Accounting")
    options = STTOptions(language="en", rate_hz=RATE_HZ, hints=names)
    async with listening(whisper.service(options)) as ears:
        name = await ears.utterance(say("Can I speak to Tobias Lindqvist please?"))
        yes = await ears.utterance(say("Yes."))
    assert "Tobias Lindqvist" in name.text
    assert word_error_rate(["Yes"], [yes.text]) == 0


def test_a_language_it_does_not_know_is_refused(whisper: WhisperSTT) -> None:
    with pytest.raises(ProviderError, match=r"'xx'.*another engine"):
        whisper.service(STTOptions(language="xx", rate_hz=RATE_HZ))


def test_a_folder_without_a_model_is_named(context: LoadContext) -> None:
    spec = ProviderSpec(id="whisper:base", settings={"path": "/nowhere/whisper"})
    with pytest.raises(ProviderError, match=r"/nowhere/whisper.*Set `path`"):
        WhisperSTT.load(spec, context)
