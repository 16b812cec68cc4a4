"""How a caller answered when he was asked whether the call may be recorded."""

from dataclasses import dataclass

from prompts.loader import Texts
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.texts import parse
from providers.llm.concierge.yes_or_no import yes_or_no
from receptionist.consent.records import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer as it was understood.

    Attributes:
        consent: Only a plain yes, and nothing but that, is one.
        settled: All that was said has been answered with it; nothing is left for the brain.
    """

    consent: Consent
    settled: bool


class ConsentReader:
    """Reads answers in one language. Making it takes some tens of milliseconds.

    Args:
        texts: Of the language.
    """

    def __init__(self, texts: Texts) -> None:
        self._grammar = Grammar(parse(texts.concierge, provider="consent"), provider="consent")
        words = texts.recording
        self._unsaid = words.get("unsaid", ())
        self._granted = (*words.get("granted", ()), *self._grammar.texts.parts.affirms)
        self._polite = (*self._granted, *self._unsaid)
        self._refused = tuple(rf"(?<!\S)(?:{said})(?!\S)" for said in words.get("refused", ()))

    def read(self, text: str) -> Reading:
        """Returns how `text` is understood."""
        grammar = self._grammar
        words = grammar.tidy(text)
        if grammar.find(self._refused, words):
            return Reading(consent=Consent.REFUSED, settled=True)
        answer = grammar.strip_front(self._unsaid, words)
        rest = grammar.strip_front(self._granted, answer)
        if rest != answer and "?" not in text and not grammar.strip_front(self._polite, rest):
            return Reading(consent=Consent.GIVEN, settled=True)
        meant, rest = yes_or_no(grammar, answer)
        if meant is False:
            return Reading(consent=Consent.REFUSED, settled=not rest)
        return Reading(consent=Consent.UNCLEAR, settled=False)
