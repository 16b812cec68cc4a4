"""What a question leaves to what was said before it: "and on Sunday?", "how much is that one?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from knowledge.language_data import read
from knowledge.people import Department
from knowledge.phrasing import plain, point_of
from knowledge.topics import Topic
from knowledge.wording import phrases, worded

_MOST_WORDS_ADDED = 5
_MOST_WORDS_POINTING = 8
"""A longer question says by itself what it is about: "is it possible to ..." points at nothing."""

_AT_END = "$"
"""Ends a pointer that points back only where the question ends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOn:
    """A question with what it leaves out taken from the last answer.

    Attributes:
        text: The whole question.
        pointing: Whether it pointed back in words ("that one") and did not only go on ("and").
    """

    text: str
    pointing: bool


def asked_on(question: str, language: str, last: Topic) -> AskedOn | None:
    """Returns what `question` asks about `last`; None when it leaves out nothing.

    A question leaves something out when it points back ("that one") or goes on from the last answer
    ("and", "what about") in a few words.
    """
    words = plain(question)
    links, pointers = _patterns(language)
    subject = plain(_subject(last, language))
    pointed, times = pointers.subn(f" {subject} ", words, count=1)
    if times and len(words.split()) <= _MOST_WORDS_POINTING:
        return AskedOn(text=point_of(pointed, language), pointing=True)
    rest = links.sub("", words, count=1)
    if rest and rest != words and len(rest.split()) <= _MOST_WORDS_ADDED:
        return AskedOn(text=f"{point_of(rest, language)} {subject}", pointing=False)
    return None


def _subject(topic: Topic, language: str) -> str:
    """Returns what `topic` is called in `language`, by a keyword where its title is in another."""
    wordings = topic.languages.get(language)
    if language not in topic.title and wordings and wordings.keywords:
        return wordings.keywords[0]
    return worded(topic.title, language)


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
    written: list[str] = data.get("pointers", [])
    anywhere = _either([plain(word) for word in written if not word.endswith(_AT_END)])
    last = _either([plain(word) for word in written if word.endswith(_AT_END)])
    return (
        re.compile(rf"^(?:(?:{links})\s+)+"),
        re.compile(rf"(?<![\w'])(?:(?:{anywhere})(?![\w'])|(?:{last})$)"),
    )


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
