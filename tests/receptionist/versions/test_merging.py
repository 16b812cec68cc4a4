"""Two people's changes to one text are both kept, or a person is asked."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.versions.merging import lines_of, merged, passages

pytestmark = pytest.mark.unit

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"d\r\n"]), max_size=12)
TEXT = st.tuples(LINES.map(b"".join), st.sampled_from([b"", b"e"])).map(b"".join)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """A text of lines that stand there once, and what two people made of it: no line is moved."""
    base = [b"base %d\n" % number for number in range(draw(st.integers(0, 15)))]
    sides: list[list[bytes]] = []
    for who in (b"mine", b"theirs"):
        side: list[bytes] = []
        for number in range(len(base) + 1):
            if draw(st.integers(0, 5)) == 0:
                side.append(b"%s %d\n" % (who, number))
            if number < len(base) and draw(st.integers(0, 5)) > 0:
                side.append(base[number])
        sides.append(side)
    return base, sides[0], sides[1]


@given(TEXT, TEXT)
def test_merging_with_an_unchanged_side_gives_the_other(base: bytes, changed: bytes) -> None:
    assert merged(base, changed, base) == changed
    assert merged(base, base, changed) == changed


@given(TEXT, TEXT)
def test_who_both_write_the_same_agree(base: bytes, changed: bytes) -> None:
    assert merged(base, changed, changed) == changed


@given(TEXT, TEXT, TEXT)
def test_it_does_not_matter_who_was_first(base: bytes, mine: bytes, theirs: bytes) -> None:
    assert merged(base, mine, theirs) == merged(base, theirs, mine)


@given(edited())
def test_no_line_is_lost_or_comes_back(texts: tuple[list[bytes], ...]) -> None:
    base, mine, theirs = texts
    result = merged(b"".join(base), b"".join(mine), b"".join(theirs))
    if result is not None:
        kept = set(mine) & set(theirs) & set(base)
        written = (set(mine) | set(theirs)) - set(base)
        lines = lines_of(result)
        assert set(lines) == kept | written
        assert len(lines) == len(set(lines))
        assert [one for one in lines if one in set(mine)] == [
            one for one in mine if one in set(lines)
        ]


@given(TEXT, TEXT, TEXT)
def test_a_person_who_decides_sees_all_three_texts(base: bytes, mine: bytes, theirs: bytes) -> None:
    shown = list(passages(base, mine, theirs))
    sides = zip(*((one.base, one.mine, one.theirs) for one in shown), strict=True)
    texts = [b"".join(line for lines in side for line in lines) for side in sides]
    assert texts == ([base, mine, theirs] if shown else [])
    agreed = all(passage.taken is not None for passage in shown)
    assert agreed == (merged(base, mine, theirs) is not None)


def test_what_touches_is_shown_alone() -> None:
    found = list(passages(b"1\n2\n3\n4\n5\n", b"1\nA\n3\n4\nE\n", b"1\nB\n3\n4\n5\n"))
    assert [passage.taken is None for passage in found] == [False, True, False, False]
    assert (found[1].mine, found[1].theirs) == ([b"A\n"], [b"B\n"])
    assert found[3].taken == [b"E\n"]


@given(st.binary())
def test_the_lines_of_a_text_are_the_text(content: bytes) -> None:
    assert b"".join(lines_of(content)) == content


def test_changes_apart_from_each_other_are_both_kept() -> None:
    base = b"one\ntwo\nthree\nfour\nfive\n"
    mine = b"ONE\ntwo\nthree\nfour\nfive\n"
    theirs = b"one\ntwo\nthree\nfour\nfive\nsix\n"
    assert merged(base, mine, theirs) == b"ONE\ntwo\nthree\nfour\nfive\nsix\n"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (b"one\nTWO\nthree\n", b"one\n2\nthree\n"),
        (b"one\nTWO\nthree\n", b"one\ntwo\n3\n"),
        (b"one\nthree\n", b"one\ntwo, and more\nthree\n"),
        (b"one\ntwo\nthree\nmine\n", b"one\ntwo\nthree\ntheirs\n"),
    ],
)
def test_changes_that_touch_are_for_a_person(mine: bytes, theirs: bytes) -> None:
    assert merged(b"one\ntwo\nthree\n", mine, theirs) is None


def test_a_thousand_topics_are_merged_while_somebody_types() -> None:
    topics = [
        b"- id: topic-%d\n  title: Topic\n  languages:\n    en:\n      questions:\n"
        b"        - what about it\n        - tell me\n      answer: It is number %d.\n" % (n, n)
        for n in range(1000)
    ]
    base = b"".join(topics)
    mine = base.replace(b"It is number 3.", b"It is the third.")
    theirs = b"".join([*topics[:900], *topics[905:], b"- id: new\n"])
    began_s = time.process_time()
    result = merged(base, mine, theirs)
    assert time.process_time() - began_s < 2
    assert result == theirs.replace(b"It is number 3.", b"It is the third.")
