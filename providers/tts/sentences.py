"""Cuts a text into the pieces a voice speaks one after another.

The first piece is short so that it can be heard early; later ones grow, because the next piece is
made while the one before is playing. Cuts fall at ends of sentences, then at clause punctuation,
and between words only when a clause is far too long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentencex import segment  # pyright: ignore[reportAttributeAccessIssue] # native, untyped

_CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+")
# C libraries take a NUL for the end of the text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OVERLONG = 1.5
# What is played lasts longer than what is made meanwhile as long as a voice is twice real time.
_GROWTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceSizes:
    """How long pieces may be, in characters.

    Attributes:
        first: Aim for the first piece; a fast voice takes whole sentences, a slow one a clause.
        most: Aim for the longest piece, where the sizes stop growing.
    """

    first: int
    most: int


def pieces(text: str, language: str, sizes: PieceSizes) -> list[str]:
    """Returns the speakable pieces of `text`, in order; empty when there is nothing to say."""
    found: list[str] = []
    aim = sizes.first
    for rest in _sentences(text, language):
        while rest:
            piece, rest = _cut(rest, aim)
            if any(character.isalnum() for character in piece):
                found.append(piece)
                aim = min(aim * _GROWTH, sizes.most)
    return found


def _sentences(text: str, language: str) -> list[str]:
    plain = " ".join(_CONTROL.sub(" ", text).split())
    return [str(found).strip() for found in segment(language, plain)]


def _cut(sentence: str, aim: int) -> tuple[str, str]:
    """Returns the first piece of a sentence and what is left of it."""
    if len(sentence) <= aim:
        return sentence, ""
    clause_ends = list(_CLAUSE_END.finditer(sentence))
    fitting = [end for end in clause_ends if end.start() <= aim]
    if fitting:
        return _at(sentence, fitting[-1].span())
    if clause_ends and clause_ends[0].start() <= aim * _OVERLONG:
        return _at(sentence, clause_ends[0].span())
    if len(sentence) <= aim * _OVERLONG:
        return sentence, ""
    return _at(sentence, _word_gap(sentence, aim))


def _word_gap(sentence: str, aim: int) -> tuple[int, int]:
    gaps: Iterator[int] = (
        at for at in (sentence.rfind(" ", 0, aim + 1), sentence.find(" ", aim)) if at > 0
    )
    gap = next(gaps, len(sentence))
    return gap, gap


def _at(sentence: str, span: tuple[int, int]) -> tuple[str, str]:
    return sentence[: span[0]].strip(), sentence[span[1] :].strip()
