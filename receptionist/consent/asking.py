"""When a caller has answered whether the call may be recorded: a state machine without a clock."""

from dataclasses import dataclass

from receptionist.consent.reading import Reading
from receptionist.consent.records import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of one call.

    Attributes:
        consent: How it was understood.
        text: The caller's words; "" when there were none.
    """

    consent: Consent
    text: str = ""


class Asking:
    """Takes the caller's first turn for his answer, and nothing that comes later.

    A caller who was not asked, who spoke before he had heard the question, or who said anything
    but a plain yes has not agreed.

    Attributes:
        question: As it is said to the caller; "" before he is asked.
        answer: None as long as there is none.
    """

    def __init__(self) -> None:
        self.question = ""
        self.answer: Answer | None = None

    def asks(self, question: str) -> None:
        """The question is put to the caller."""
        self.question = question

    @property
    def waits(self) -> bool:
        """True while an answer is missing."""
        return bool(self.question) and self.answer is None

    def heard_question(self, said: str) -> bool:
        """Returns whether `said`, all that the caller has heard, holds the question itself."""
        asked = self.question.partition("?")[0]
        return bool(asked) and asked in " ".join(said.split())

    def turn(self, text: str, reading: Reading, *, first: bool, heard: str) -> bool:
        """Takes a turn of the caller.

        Args:
            text: What he said.
            reading: How that is understood as an answer.
            first: He has said nothing before.
            heard: All that he has heard.

        Returns:
            Whether nothing of it is left for the brain.
        """
        if not self.waits:
            return False
        if not first or not self.heard_question(heard):
            self.answer = Answer(consent=Consent.UNCLEAR, text=text)
            return False
        self.answer = Answer(consent=reading.consent, text=text)
        return reading.settled

    def over(self) -> bool:
        """The call is over; returns whether that is the answer."""
        if not self.waits:
            return False
        self.answer = Answer(consent=Consent.UNCLEAR)
        return True
