"""What a recogniser makes of very short answers: "sì, grazie" comes as "sigracie"."""

from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from providers.llm.concierge.capture.number_words import unaccented
from providers.llm.concierge.texts import Misheard

_ALIKE_DAY = 88
"""Below this stand other words: "today" is 83 like Tuesday."""
_ALIKE_ANSWER = 80
_LEAD = 15
_LETTERS_MIN = 4
_ANSWER_LETTERS_MIN = 6
_ANSWER_WORDS_MAX = 6


class Mishearing:
    """Recognises days and short answers of one language by their letters alone."""

    def __init__(self, texts: Misheard) -> None:
        self._days: Mapping[str, str] = {_letters(day): day for day in texts.days}
        self._not_days = frozenset(texts.not_days)
        self._yes = tuple(_letters(answer) for answer in texts.yes)
        self._no = tuple(_letters(answer) for answer in texts.no)
        self._mended = lru_cache(maxsize=1024)(self._day)

    def mended(self, words: str) -> str:
        """Returns tidy `words` with misheard days of the week put right."""
        return " ".join(self._mended(word) for word in words.split())

    def yes_or_no(self, words: str) -> bool | None:
        """Tells which short answer tidy `words` sound like; None when neither or not clearly."""
        heard = _letters(words)
        if len(heard) < _ANSWER_LETTERS_MIN or len(words.split()) > _ANSWER_WORDS_MAX:
            return None
        yes, no = (
            max((fuzz.ratio(heard, known) for known in answers), default=0.0)
            for answers in (self._yes, self._no)
        )
        if max(yes, no) < _ALIKE_ANSWER or abs(yes - no) < _LEAD:
            return None
        return yes > no

    def _day(self, word: str) -> str:
        heard = _letters(word)
        if len(heard) < _LETTERS_MIN or word in self._not_days:
            return word
        if any(heard.startswith(day) for day in self._days):
            return self._days.get(heard, word)
        scores = {day: fuzz.ratio(heard, day) for day in self._days}
        best = max(scores, key=scores.__getitem__, default="")
        return self._days[best] if best and scores[best] >= _ALIKE_DAY else word


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, unaccented(text.lower())))
