"""What a colleague is told before he takes a call: who calls, why, what was said. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel import Locale

from knowledge.spoken import speech
from prompts.loader import Texts, render
from receptionist.calls.events import TurnEnded
from receptionist.telephony.caller import CallerIdentity

LONGEST_S = 15.0
_LETTERS_PER_S = 14
"""The slowest of our voices; the others are faster."""
_ENDING = 3
"""Digits by which a colleague knows a number he has seen."""
_TELLING_WORDS = 4
"""A turn with fewer says yes or gives a name; it tells nobody why somebody calls."""
_REASON_LETTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a call that is being put through.

    Attributes:
        company: Whom the caller called.
        caller: Who calls; None when his line does not say.
        language: ISO 639-1 language of the call.
        reason: What the caller wants, as a brain put it.
        turns: What was said so far.
        called_back: He does not call, but is to be called back.
    """

    company: str
    caller: CallerIdentity | None
    language: str
    reason: str
    turns: Sequence[TurnEnded]
    called_back: bool = False


def brief(known: Circumstances, texts: Texts, redact: Callable[[str], str]) -> str:
    """Returns what somebody is told in the language of `texts`, in `LONGEST_S` at most.

    Words of the caller are given as he said them, so only to whom they are in his own language.

    Args:
        known: The call.
        texts: Of the language he is told in.
        redact: Takes out what nobody is to hear again, such as card numbers.
    """
    same = texts.language == known.language
    opening = "brief_callback" if known.called_back else "brief"
    first = [_line(texts, opening, company=known.company, who=_who(known.caller, texts))]
    if not same:
        locale = Locale.parse(texts.language)
        name = locale.languages.get(known.language, known.language)
        first.append(_line(texts, "speaks", language=name))
    choice = _line(texts, "choose")
    left = int(LONGEST_S * _LETTERS_PER_S) - len(" ".join((*first, choice))) - 1
    told = _told(known, texts, redact, left) if same else []
    return " ".join((*first, *told, choice))


def _told(known: Circumstances, texts: Texts, redact: Callable[[str], str], left: int) -> list[str]:
    """Returns why he calls and what he said, as far as `left` letters go."""
    told: list[str] = []
    said = [("about", "reason", redact(_tidy(known.reason))[:_REASON_LETTERS])]
    said.append(("said", "words", redact(_words(known.turns))))
    for key, blank, words in said:
        room = left - len(_line(texts, key, **{blank: ""})) - 1
        kept = shortened(words, room)
        if kept:
            told.append(_line(texts, key, **{blank: kept}))
            left -= len(told[-1]) + 1
    return told


def _who(caller: CallerIdentity | None, texts: Texts) -> str:
    if caller is not None and caller.name:
        return caller.name
    digits = caller.number.lstrip("+") if caller is not None else ""
    if len(digits) <= _ENDING:
        return _line(texts, "caller_unknown")
    try:
        spoken = speech(texts.language).digits(digits[-_ENDING:])
    except ValueError:
        return _line(texts, "caller_unknown")
    return _line(texts, "caller_number", digits=spoken)


def _words(turns: Sequence[TurnEnded]) -> str:
    """Returns the last thing the caller said that tells why he calls."""
    said = [_tidy(turn.text) for turn in turns if turn.speaker == "caller"]
    telling = [words for words in said if len(words.split()) >= _TELLING_WORDS]
    return telling[-1] if telling else ""


def _tidy(text: str) -> str:
    return " ".join(text.split()).rstrip(".!?,; ")


def shortened(text: str, letters: int) -> str:
    """Returns `text` up to a whole word, `letters` long at most."""
    if len(text) <= letters:
        return text
    return text[: max(0, letters)].rpartition(" ")[0].rstrip(".,;:!? ")


def _line(texts: Texts, key: str, **values: str) -> str:
    return render(texts.handoff[key][0], **values).text
