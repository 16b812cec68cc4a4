"""Splits a text where its sentences end: no pattern reaches across, no excuse either."""

import re
from collections.abc import Iterator

from guardrails.text.normaliser import words

_END = re.compile(r"[!?。！？]+|(?<![.…])\.(?=[\"'»”’)\]]*(?:\s|$))|;|[\u0085\u2028\u2029]")
_BULLET = re.compile(r"\s*(?:[-*•‣–#>]|\d{1,3}[.)])\s")
_LAST_WORD = re.compile(r"[\w.]{0,12}$")
_ABBREVIATIONS = frozenset(
    {
        "dr",
        "mr",
        "mrs",
        "ms",
        "st",
        "no",
        "nr",
        "tel",
        "ext",
        "vs",
        "dott",
        "sig",
        "avv",
        "ing",
        "sra",
        "srta",
        "dra",
        "mme",
        "mlle",
        "hr",
        "fr",
        "str",
        "ca",
        "bzw",
        "usw",
        "evtl",
        "art",
        "abs",
        "etc",
        "ecc",
        "prof",
        "approx",
        "z.b",
        "d.h",
        "e.g",
        "i.e",
        "p.ej",
        "u.a",
        "núm",
    }
)
_WRAPPED = 50
"""Characters after which a line was broken for its length and not because a thought ended."""

_SPOKEN_END = re.compile(r"(?<=[.!?…])\s+")


def sentences(text: str, language: str = "") -> list[list[str]]:
    """Returns the words of each sentence of `text`, normalised; empty ones are left out."""
    found = (words(sentence, language) for sentence in raw_sentences(text))
    return [sentence for sentence in found if sentence]


def raw_sentences(text: str) -> Iterator[str]:
    """Yields the sentences of `text` as they were written."""
    for paragraph in _paragraphs(text):
        start = 0
        for end in _END.finditer(paragraph):
            if not (end.group() == "." and _goes_on(paragraph, end.start(), end.end())):
                yield paragraph[start : end.end()]
                start = end.end()
        yield paragraph[start:]


def _goes_on(text: str, dot: int, after: int) -> bool:
    """True after an abbreviation, a number, and before a small letter, as recognisers write."""
    following = text[after : after + 3].lstrip(" \t\"'»”’)]")
    if following[:1].islower():
        return True
    last = _LAST_WORD.search(text, max(0, dot - 12), dot)
    word = last.group().lower() if last else ""
    return word.isdigit() or len(word) == 1 or word in _ABBREVIATIONS


def _paragraphs(text: str) -> Iterator[str]:
    """Yields what lines wrapped for their length were before."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and _starts_anew(lines[-1], line):
            yield " ".join(lines)
            lines = []
        lines.append(line)
    if lines:
        yield " ".join(lines)


def _starts_anew(before: str, line: str) -> bool:
    stripped = line.strip()
    if not stripped or not before.strip() or _BULLET.match(line):
        return True
    return not stripped[0].islower() and len(before) < _WRAPPED


def spoken_sentences(text: str) -> list[str]:
    """Returns the sentences of what is to be said, with the signs that end them."""
    return [sentence for sentence in _SPOKEN_END.split(text) if sentence.strip()]
