"""What somebody answers who was rung for a caller: he takes the call, or not, or is a machine."""

from dataclasses import dataclass
from enum import StrEnum

from prompts.loader import Texts
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.texts import parse
from providers.llm.concierge.yes_or_no import yes_or_no
from receptionist.handoff.contract import Heard

ACCEPT_KEY = "1"
DECLINE_KEY = "2"
MACHINE_S = 5.0
"""People say their name and wait; who speaks longer without a pause is a greeting on tape."""
_LETTERS = 400
_RECALL_WORDS = 9
"""Whoever says more than that does not only want to be back."""


class Answer(StrEnum):
    """What was meant."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    MACHINE = "machine"
    UNCLEAR = "unclear"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it was understood.

    Attributes:
        answer: What was meant.
        reason: Why somebody does not take the call, in his words; "" when he said no more.
    """

    answer: Answer
    reason: str = ""


class AnswerReader:
    """Reads answers in one language. Making it takes some tens of milliseconds.

    Args:
        texts: Of the language.
    """

    def __init__(self, texts: Texts) -> None:
        self._grammar = Grammar(parse(texts.concierge, provider="handoff"), provider="handoff")
        self._patterns = {
            meaning: tuple(rf"(?<!\S)(?:{said})(?!\S)" for said in patterns)
            for meaning, patterns in texts.answers.items()
        }

    def read(self, heard: Heard) -> Reply:
        """Returns what somebody meant who was asked whether he takes the call."""
        if heard.key:
            return Reply(answer=_of_key(heard.key))
        words = self._grammar.tidy(heard.words[:_LETTERS])
        if self.is_machine(heard):
            return Reply(answer=Answer.MACHINE)
        if not words:
            return Reply(answer=Answer.SILENT)
        meant, _ = yes_or_no(self._grammar, words)
        if meant is False or self._says("declines", words):
            # A bare no gives no reason.
            return Reply(answer=Answer.DECLINED, reason=heard.words.strip() if " " in words else "")
        if meant or self._says("accepts", words):
            return Reply(answer=Answer.ACCEPTED)
        return Reply(answer=Answer.UNCLEAR)

    def is_machine(self, heard: Heard) -> bool:
        """Returns whether a machine speaks: by its words, or because it does not pause."""
        words = self._grammar.tidy(heard.words[:_LETTERS])
        return heard.spoke_s >= MACHINE_S or self._says("machine", words)

    def comes_back(self, text: str) -> bool:
        """Returns whether a caller, for whom it rings, wants that no more."""
        words = self._grammar.tidy(text[:_LETTERS])
        return len(words.split()) <= _RECALL_WORDS and self._says("comes_back", words)

    def _says(self, meaning: str, words: str) -> bool:
        return self._grammar.find(self._patterns.get(meaning, ()), words) is not None


_readers: dict[str, AnswerReader] = {}
"""By the hash of the texts; a process knows few languages."""


def reader_of(texts: Texts) -> AnswerReader:
    """Returns the reader of a language, made once. Blocking the first time."""
    reader = _readers.get(texts.sha256)
    if reader is None:
        reader = _readers[texts.sha256] = AnswerReader(texts)
    return reader


def _of_key(key: str) -> Answer:
    if key == ACCEPT_KEY:
        return Answer.ACCEPTED
    return Answer.DECLINED if key == DECLINE_KEY else Answer.UNCLEAR
