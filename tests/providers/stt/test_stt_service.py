"""What a call's recogniser sends on, and when; the recogniser itself is scripted."""

import asyncio
from collections.abc import Sequence

import pytest
from pipecat.frames.frames import ErrorFrame, InterimTranscriptionFrame, TranscriptionFrame
from pipecat.utils.errors import ErrorCategory

from eval.clock import run_virtual
from providers.stt.service import RecognitionError
from tests.providers.stt.scripted import Script, service_of, speak, tone
from tests.providers.stt.spoken import Ears, listening, silence

pytestmark = pytest.mark.unit


def texts(ears: Ears) -> Sequence[tuple[str, bool]]:
    return [
        (frame.text, frame.finalized)
        for frame in ears.frames
        if isinstance(frame, TranscriptionFrame)
    ]


def test_half_a_second_before_the_late_vad_start_is_heard_and_no_more() -> None:
    script = Script("hello")

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.play(tone(1, 3.0) + tone(2, 0.5))
            await speak(ears, 3)
            assert (await ears.final()).text == "hello"

    run_virtual(main())
    assert script.utterances == [tone(2, 0.5) + tone(3, 1.0)]


def test_the_final_transcript_follows_the_audio_before_the_stop_and_is_finalized() -> None:
    async def main() -> None:
        async with listening(service_of(Script("one", "two"))) as ears:
            await speak(ears)
            await ears.final()
            await ears.play(silence(1))
            await speak(ears)
            await ears.final()
            assert texts(ears) == [("one", True), ("two", True)]

    run_virtual(main())


def test_speech_right_after_a_stop_shares_only_a_breath_with_the_stretch_before() -> None:
    script = Script("one", "two")

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await speak(ears, 1)
            await ears.play(tone(2, 0.1))
            await speak(ears, 3)
            await ears.final()
            await ears.final()

    run_virtual(main())
    assert script.utterances[1] == tone(1, 0.1) + tone(2, 0.1) + tone(3, 1.0)


def test_a_final_that_comes_after_the_caller_went_on_does_not_end_the_turn() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        script = Script("I would like", "to speak to Maria", gate=gate)
        async with listening(service_of(script)) as ears:
            await speak(ears)
            await script.finishing.wait()
            await ears.voice_starts()
            gate.set()
            first = await ears.final()
            assert (first.text, first.finalized) == ("I would like", False)
            await ears.voice_stops()
            await ears.final()
            assert texts(ears)[1] == ("to speak to Maria", True)

    run_virtual(main())


def test_interim_transcripts_come_while_the_caller_speaks_and_never_after_the_final() -> None:
    async def main() -> None:
        script = Script("done", partials=True)
        async with listening(service_of(script)) as ears:
            await ears.voice_starts()
            await ears.play(tone(1, 0.5))
            assert (await ears.interim()).text.endswith(" s")
            await ears.play(tone(1, 0.5))
            await ears.voice_stops()
            await ears.final()
            await ears.play(tone(1, 1.0))
        kinds = [type(frame) for frame in ears.frames]
        assert kinds[-1] is TranscriptionFrame
        assert set(kinds[:-1]) == {InterimTranscriptionFrame}

    run_virtual(main())


def test_silence_is_never_given_to_the_recogniser() -> None:
    script = Script(partials=True)

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.play(silence(20))
            await ears.voice_stops()
            await ears.play(silence(1))
        assert ears.frames == []

    run_virtual(main())
    assert script.partial_calls == 0
    assert script.utterances == []


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (RecognitionError("quota used up", ErrorCategory.QUOTA), ErrorCategory.QUOTA),
        (RuntimeError("decoder broke"), ErrorCategory.SERVER),
    ],
)
def test_a_failed_decode_is_reported_once_and_the_call_goes_on(
    error: Exception, category: ErrorCategory
) -> None:
    async def main() -> None:
        async with listening(service_of(Script(error, "second try"))) as ears:
            await speak(ears)
            blank = await ears.final()
            await ears.play(silence(0.5))
            await speak(ears)
            assert (await ears.final()).text == "second try"
            assert [frame.category for frame in ears.errors] == [category]
            assert (blank.text.strip(), blank.finalized) == ("", True)

    run_virtual(main())


def test_interims_that_fail_are_reported_once_per_utterance_and_the_final_still_comes() -> None:
    script = Script("all of it", partials=True, partial_error=RuntimeError("no"))

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.voice_starts()
            await ears.play(tone(1, 1.0))
            assert isinstance(await ears.next(), ErrorFrame)
            await ears.play(tone(1, 2.0))
            await ears.voice_stops()
            assert (await ears.final()).text == "all of it"
            assert len(ears.errors) == 1

    run_virtual(main())
    assert script.partial_calls == 1


def test_a_call_that_ends_in_mid_decode_leaves_no_task_and_no_audio() -> None:
    async def main() -> None:
        script = Script("never", gate=asyncio.Event())
        async with listening(service_of(script)) as ears:
            await speak(ears)
            await script.finishing.wait()
            await speak(ears)
        assert ears.frames == []
        assert script.heard == b""
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())
