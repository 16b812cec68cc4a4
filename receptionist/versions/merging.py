"""Merges two texts that were made of one, line by line.

What only one side has changed is taken from it. Where both have changed lines that touch, nobody
but a person can tell what is meant. Lines are matched first by those that stand once in either
text (patience diff, as Bram Cohen described it): in YAML most lines stand there often.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_CLOSE_LOOK = 2000
"""Lines between two anchors up to which every pair is looked at."""

Lines = Sequence[bytes]


class Passage(NamedTuple):
    """Lines of three texts that stand in the same place; `taken` is None where they disagree."""

    base: Lines
    mine: Lines
    theirs: Lines
    taken: Lines | None


class _Same(NamedTuple):
    """Lines `base[at:at + size]` that stand in the other text from `there`."""

    at: int
    there: int
    size: int


class _Agreed(NamedTuple):
    """Lines of the base that stand in both texts."""

    at: int
    mine: int
    theirs: int
    size: int


def lines_of(content: bytes) -> list[bytes]:
    """Returns the lines of `content`, each with its end; together they are `content`."""
    return _LINE.findall(content)


def merged(base: bytes, mine: bytes, theirs: bytes) -> bytes | None:
    """Returns what both sides have made of `base`; None where their changes touch."""
    lines: list[bytes] = []
    for passage in passages(base, mine, theirs):
        if passage.taken is None:
            return None
        lines += passage.taken
    return b"".join(lines)


def passages(base: bytes, mine: bytes, theirs: bytes) -> Iterator[Passage]:
    """Yields three texts passage by passage: what all agree on, and what was changed between.

    The passages of each side together are its text; a person decides where nothing is taken.
    """
    texts = lines_of(base), lines_of(mine), lines_of(theirs)
    at = (0, 0, 0)
    for agreed in _joined(_agreed(*texts)):
        until = (agreed.at, agreed.mine, agreed.theirs)
        old, one, other = (text[a:b] for text, a, b in zip(texts, at, until, strict=True))
        if old or one or other:
            yield Passage(old, one, other, _one_of(old, one, other))
        if agreed.size:
            same = texts[0][agreed.at : agreed.at + agreed.size]
            yield Passage(same, same, same, same)
        at = (until[0] + agreed.size, until[1] + agreed.size, until[2] + agreed.size)


def _one_of(base: Lines, mine: Lines, theirs: Lines) -> Lines | None:
    if mine == theirs or theirs == base:
        return mine
    return theirs if mine == base else None


def _agreed(base: Lines, mine: Lines, theirs: Lines) -> Iterator[_Agreed]:
    """Yields what stands in all three texts, in order; the last is the end of all."""
    left, right = list(_same(base, mine)), list(_same(base, theirs))
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = left[i], right[j]
        start, end = max(a.at, b.at), min(a.at + a.size, b.at + b.size)
        if start < end:
            mine_at, theirs_at = a.there + start - a.at, b.there + start - b.at
            yield _Agreed(start, mine_at, theirs_at, end - start)
        if a.at + a.size < b.at + b.size:
            i += 1
        else:
            j += 1
    yield _Agreed(len(base), len(mine), len(theirs), 0)


def _joined(agreed: Iterator[_Agreed]) -> Iterator[_Agreed]:
    """Yields runs of agreed lines that follow on one another as one."""
    run = next(agreed)
    for one in agreed:
        shift = one.at - run.at
        if shift == run.size == one.mine - run.mine == one.theirs - run.theirs and one.size:
            run = run._replace(size=run.size + one.size)
        else:
            yield run
            run = one
    yield run


def _same(a: Lines, b: Lines) -> Iterator[_Same]:
    """Yields the lines that stand in both, in order, as runs that never overlap."""
    fixed = [_Same(-1, -1, 1), *_anchors(a, b), _Same(len(a), len(b), 0)]
    for before, after in pairwise(fixed):
        start, there = before.at + before.size, before.there + before.size
        if before.at >= 0:
            yield before
        yield from _between(a[start : after.at], b[there : after.there], start, there)


def _anchors(a: Lines, b: Lines) -> list[_Same]:
    """Returns lines that stand once in either text, as many of them as are in the same order."""
    once_a, once_b = _once(a), _once(b)
    pairs = [(at, once_b[line]) for line, at in once_a.items() if line in once_b]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, there) in enumerate(pairs):
        place = bisect_left(ends, there)
        ends[place : place + 1] = [there]
        before.append(last[place - 1] if place else -1)
        last[place : place + 1] = [index]
    found: list[_Same] = []
    index = last[-1] if last else -1
    while index >= 0:
        found.append(_Same(*pairs[index], 1))
        index = before[index]
    return found[::-1]


def _once(lines: Lines) -> dict[bytes, int]:
    counts = Counter(lines)
    return {line: at for at, line in enumerate(lines) if counts[line] == 1}


def _between(a: Lines, b: Lines, at: int, there: int) -> Iterator[_Same]:
    """Yields what is the same between two anchors, where no line stands once in both."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    if start:
        yield _Same(at, there, start)
    inner_a, inner_b = a[start : len(a) - end], b[start : len(b) - end]
    if inner_a and inner_b:
        rough = len(inner_a) + len(inner_b) > _CLOSE_LOOK
        for block in SequenceMatcher(None, inner_a, inner_b, autojunk=rough).get_matching_blocks():
            if block.size:
                yield _Same(at + start + block.a, there + start + block.b, block.size)
    if end:
        yield _Same(at + len(a) - end, there + len(b) - end, end)
