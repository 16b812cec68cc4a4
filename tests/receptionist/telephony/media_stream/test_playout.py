import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.telephony.media_stream.playout import LOST_MARK_S, MARK_EVERY_S, Playout

pytestmark = pytest.mark.unit

CHUNK_S = 0.02


def sent(playout: Playout, chunks: int, now_s: float = 0.0) -> list[str]:
    return [name for _ in range(chunks) if (name := playout.sent(CHUNK_S, now_s))]


def test_without_marks_audio_is_heard_as_long_after_it_was_sent_as_it_lasts() -> None:
    playout = Playout(has_marks=False)
    assert sent(playout, 10) == []
    assert playout.ahead_s(0.0) == pytest.approx(0.2)
    assert [playout.heard(t) for t in (0.019, 0.021, 0.101, 0.5)] == [0, 1, 4, 5]
    assert playout.due_s() is None


def test_the_first_chunk_and_every_fifth_of_a_second_are_marked() -> None:
    playout = Playout(has_marks=True)
    assert sent(playout, 31) == ["1", "2", "3", "4"]
    assert MARK_EVERY_S == 0.2


def test_a_marked_chunk_is_heard_when_its_mark_comes_back_and_not_before() -> None:
    playout = Playout(has_marks=True)
    sent(playout, 5)
    assert playout.heard(1.0) == 0
    assert playout.marked("1", 1.0) == 1
    # What the way took is learned from it: the others come as much later.
    assert playout.heard(1.0) == 0
    assert playout.heard(0.04 + 0.98 + 0.001) == 1


def test_a_mark_that_is_lost_is_not_waited_for() -> None:
    playout = Playout(has_marks=True)
    sent(playout, 2)
    assert playout.heard(CHUNK_S + LOST_MARK_S + 0.001) == 2


def test_marks_of_what_was_thrown_away_mean_nothing() -> None:
    playout = Playout(has_marks=True)
    names = sent(playout, 20)
    playout.cleared()
    sent(playout, 3, 1.0)
    assert [playout.marked(name, 1.0) for name in names] == [0, 0]
    assert len(playout) == 3
    assert playout.ahead_s(1.0) == pytest.approx(0.06)


@given(st.text(max_size=30))
def test_a_name_that_is_none_of_ours_is_no_mark(name: str) -> None:
    playout = Playout(has_marks=True)
    sent(playout, 1)
    assert playout.marked(name, 0.5) == (1 if name == "1" else 0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("sent"), st.floats(0.001, 0.3)),
            st.tuples(st.just("marked"), st.integers(0, 40)),
            st.tuples(st.just("heard"), st.floats(0, 0.5)),
            st.tuples(st.just("cleared"), st.none()),
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_nothing_is_heard_twice_or_before_it_was_sent(
    steps: list[tuple[str, float | int | None]], has_marks: bool
) -> None:
    playout, now_s, outstanding = Playout(has_marks=has_marks), 0.0, 0
    for act, value in steps:
        if act == "sent":
            playout.sent(float(value or 0), now_s)
            outstanding += 1
        elif act == "marked":
            outstanding -= playout.marked(str(value), now_s)
        elif act == "heard":
            now_s += float(value or 0)
            outstanding -= playout.heard(now_s)
        else:
            playout.cleared()
            outstanding = 0
        assert outstanding == len(playout) >= 0
    assert playout.heard(now_s + 60) == outstanding
