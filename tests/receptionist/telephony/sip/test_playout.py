"""What belongs to audio that was queued ahead happens when the audio is heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from receptionist.telephony.sip.playout import Playout

pytestmark = pytest.mark.unit

RATE_HZ = 8000
FRAME = 160
DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


def chunk(value: int = 1, *, interruptible: bool = True) -> TTSAudioRawFrame:
    frame = TTSAudioRawFrame(value.to_bytes(2, "little") * FRAME, RATE_HZ, 1)
    frame.interruptible = interruptible
    return frame


def text(words: str) -> Frame:
    return TTSTextFrame(words, "sentence")


class Line:
    """A playout with a native queue that plays in real time."""

    def __init__(self) -> None:
        self.playout = Playout(RATE_HZ)
        self.queue = b""
        self.heard = b""
        self.released: list[Frame] = []

    def say(self, frame: OutputAudioRawFrame) -> None:
        self.queue += frame.audio
        self.playout.wrote(frame.audio)
        self.push(frame)

    def push(self, frame: Frame, direction: FrameDirection = DOWN) -> None:
        if not self.playout.waits(frame, direction):
            self.released.append(frame)

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.heard += self.queue[: FRAME * 2]
            self.queue = self.queue[FRAME * 2 :]
            due = self.playout.advance(0.02, len(self.queue) // 2)
            self.released += [held.frame for held in due]
            self.playout.passed()

    def cut(self) -> None:
        self.queue = self.playout.cut()


def test_a_frame_passes_when_the_audio_before_it_has_been_heard() -> None:
    line = Line()
    first, second, words = chunk(1), chunk(2), text("Hello.")
    line.say(first)
    line.say(second)
    line.push(words)
    assert line.released == []
    line.tick()
    assert line.released == [first]
    line.tick()
    assert line.released == [first, second, words]


def test_nothing_waits_where_nothing_is_being_played() -> None:
    line = Line()
    words = text("Hello.")
    line.push(words)
    assert line.released == [words]


def test_what_is_urgent_waits_for_no_audio() -> None:
    line = Line()
    line.say(chunk())
    urgent = InterruptionFrame()
    line.push(urgent)
    assert line.released == [urgent]


def test_the_assistant_speaks_from_the_first_to_the_last_sound_that_is_heard() -> None:
    line = Line()
    line.say(chunk())
    started, stopped = BotStartedSpeakingFrame(), BotStoppedSpeakingFrame()
    line.push(started, UP)
    line.say(chunk())
    line.push(stopped, UP)
    line.tick()
    assert started in line.released
    assert stopped not in line.released
    line.tick()
    assert stopped in line.released


def test_an_interruption_forgets_what_was_not_heard() -> None:
    line = Line()
    chunks = [chunk(number) for number in range(1, 11)]
    for one in chunks:
        line.say(one)
    line.tick(4)
    line.cut()
    line.tick(20)
    assert line.released == chunks[:4]
    assert line.queue == b""
    assert line.playout.ahead_ms == 0


def test_what_must_be_heard_is_queued_again_from_where_it_was_cut() -> None:
    line = Line()
    must = [chunk(number, interruptible=False) for number in (1, 2, 3)]
    may = [chunk(9)]
    words = text("This call is answered by a machine.")
    words.interruptible = False
    for one in must:
        line.say(one)
    line.push(words)
    for one in may:
        line.say(one)
    line.tick()
    line.cut()
    line.tick(10)
    assert line.released == [*must, words]
    assert line.heard == b"".join(one.audio for one in must)


@given(
    st.lists(
        st.one_of(st.integers(1, 4), st.sampled_from(["must", "may", "word", "cut"])), max_size=60
    )
)
def test_what_is_told_is_what_was_heard(moves: list[int | str]) -> None:
    line = Line()
    for number, move in enumerate(moves, 1):
        match move:
            case "cut":
                line.cut()
            case "word":
                line.push(text(str(number)))
            case "must" | "may":
                line.say(chunk(number, interruptible=move == "may"))
            case _:
                line.tick(int(move))
    line.tick(len(moves) + 1)
    told = b"".join(f.audio for f in line.released if isinstance(f, OutputAudioRawFrame))
    assert told == line.heard
    assert line.playout.ahead_ms == 0


def test_a_line_that_swallows_audio_plays_to_nobody_and_takes_the_time_it_takes() -> None:
    playout = Playout(RATE_HZ)
    for _ in range(50):  # a second
        frame = chunk()
        playout.wrote(frame.audio)
        playout.waits(frame, DOWN)
    released = 0
    for _ in range(25):
        released += len(playout.advance(0.02, 0))
        playout.passed()
    assert 20 <= released <= 27


def test_nothing_overtakes_what_is_being_passed_on() -> None:
    line = Line()
    line.say(chunk())
    line.tick(0)
    due = line.playout.advance(0.04, 0)
    assert len(due) == 1
    late = text("late")
    assert line.playout.waits(late, DOWN)
    line.playout.passed()
    assert [held.frame for held in line.playout.advance(0.02, 0)] == [late]
