"""Turn taking without a clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.calls.turns import DeadAir, Endpointer, EndpointPolicy, SilenceLadder, SilenceStep

pytestmark = pytest.mark.unit

POLICY = EndpointPolicy(sure_ms=300, unsure_ms=1000, unheard_ms=2500)


def endpointer(*, complete: bool | None = None, heard: bool = False) -> Endpointer:
    turn = Endpointer(POLICY)
    turn.speech_started()
    turn.speech_stopped(10.0)
    if complete is not None:
        turn.judged(complete=complete)
    if heard:
        turn.heard()
    return turn


@pytest.mark.parametrize(
    ("complete", "heard", "ends_at_s"),
    [
        (True, True, 10.3),
        (False, True, 11.0),
        (None, True, 11.0),
        (True, False, 12.5),
        (None, False, 12.5),
    ],
)
def test_a_turn_ends_as_late_as_doubt_demands(
    complete: bool | None, heard: bool, ends_at_s: float
) -> None:
    assert endpointer(complete=complete, heard=heard).deadline_s == pytest.approx(ends_at_s)


def test_a_caller_who_goes_on_speaking_keeps_the_turn() -> None:
    turn = endpointer(complete=True, heard=True)
    turn.speech_started()
    assert turn.deadline_s is None


def test_what_was_heard_before_a_pause_does_not_end_the_turn_after_it() -> None:
    turn = endpointer(complete=True, heard=True)
    turn.speech_started()
    turn.speech_stopped(20.0)
    assert turn.deadline_s == pytest.approx(22.5)


@given(st.lists(st.sampled_from(["start", "stop", "complete", "incomplete", "heard"]), max_size=40))
def test_no_turn_ends_while_the_caller_speaks(events: list[str]) -> None:
    turn, speaking, now_s = Endpointer(POLICY), False, 0.0
    for event in events:
        now_s += 0.1
        match event:
            case "start":
                speaking = True
                turn.speech_started()
            case "stop":
                speaking = False
                turn.speech_stopped(now_s)
            case "heard":
                turn.heard()
            case _:
                turn.judged(complete=event == "complete")
        if speaking:
            assert turn.deadline_s is None
        elif turn.deadline_s is not None:
            assert turn.deadline_s >= now_s - 4.0


def test_a_silent_caller_is_taken_down_the_ladder_to_a_goodbye() -> None:
    ladder, now_s, steps = SilenceLadder(7000), 0.0, list[SilenceStep]()
    for _ in range(4):
        ladder.waits(now_s)
        assert ladder.due(now_s + 6.9) is None
        now_s += 7.0
        step = ladder.due(now_s)
        assert step is not None
        steps.append(step)
    assert steps == list(SilenceStep)


def test_words_send_the_ladder_back_to_its_top() -> None:
    ladder = SilenceLadder(7000)
    ladder.waits(0.0)
    assert ladder.due(7.0) is SilenceStep.REASK
    ladder.answered()
    ladder.waits(20.0)
    assert ladder.due(27.0) is SilenceStep.REASK


def test_a_step_is_taken_once_until_silence_begins_again() -> None:
    ladder = SilenceLadder(7000)
    ladder.waits(0.0)
    assert ladder.due(8.0) is SilenceStep.REASK
    assert ladder.due(9.0) is None
    assert ladder.deadline_s is None


def test_an_owed_answer_is_filled_twice_and_then_given_up() -> None:
    air = DeadAir(3500, patience=2)
    air.waits(0.0)
    assert air.due(3.4) is None
    assert air.due(3.5) == "filler"
    air.filled(4.5)
    assert air.due(8.0) == "filler"
    assert air.due(11.5) == "give_up"


@given(st.lists(st.floats(0.02, 1.0), min_size=1, max_size=200))
def test_a_caller_who_waits_never_hears_more_than_the_ceiling(steps_s: list[float]) -> None:
    air, now_s, last_sound_s = DeadAir(3500, patience=10_000), 0.0, 0.0
    air.waits(now_s)
    for step_s in steps_s:
        now_s = min(now_s + step_s, air.deadline_s or 0.0)
        if air.due(now_s):
            assert now_s - last_sound_s <= 3.5 + 1e-6
            last_sound_s = now_s
    assert now_s - last_sound_s <= 3.5 + 1e-6
