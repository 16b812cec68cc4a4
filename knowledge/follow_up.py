"""What a question leaves to what was said before it: "and on Sunday?", "how much is that one?"."""

import re
from collections.abc import Sequence
from functools import cache

from knowledge.language_data import read
from knowledge.people import Department
from knowledge.phrasing import plain, point_of
from knowledge.topics import Topic
from knowledge.wording import phrases, worded

_MOST_WORDS_ADDED = 5
_MOST_WORDS_POINTING = 8
"""A longer question says by itself what it is about: "is it possible to ..." points at nothing."""


def asked_again(question: str, language: str, last: Topic) -> str:
    """Returns `question` with what it leaves out taken from `last`; "" when it leaves out nothing.

    A question leaves something out when it points back ("that one") or goes on from the last answer
    ("and", "what about") in a few words.
    """
    words = plain(question)
    links, pointers = _patterns(language)
    title = plain(worded(last.title, language))
    pointed, times = pointers.subn(f" {title} ", words, count=1)
    if times and len(words.split()) <= _MOST_WORDS_POINTING:
        return point_of(pointed, language)
    rest = links.sub("", words, count=1)
    short = len(rest.split()) <= _MOST_WORDS_ADDED
    return f"{point_of(rest, language)} {title}" if rest != words and rest and short else ""


def department_named(question: str, language: str, departments: Sequence[Department]) -> str:
    """Returns the id of the department whose name stands in `question`, or ""."""
    words = f" {plain(question)} "
    named = [
        (len(name), department.id)
        for department in departments
        for name in (
            plain(worded(department.names, language)),
            *(plain(alias) for alias in phrases(department.aliases, language)),
        )
        if name and f" {name} " in words
    ]
    return max(named)[1] if named else ""


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = read(language, "phrasing")
    links = _either([plain(word) for word in data.get("links", [])])
    pointers = _either([plain(word) for word in data.get("pointers", [])])
    return (
        re.compile(rf"^(?:(?:{links})\s+)+"),
        re.compile(rf"(?<![\w'])(?:{pointers})(?![\w'])"),
    )


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
