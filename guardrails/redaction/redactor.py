"""Puts placeholders where a text carries what must not be kept.

What is found and what it becomes: a payment card `[card]`, an IBAN `[iban]`, an e-mail address
`[e-mail]`, a telephone number `[phone]`, the number of a person `[id]`, any other number of seven
digits and more, or of five and more said digit by digit, `[number]`. Prices, times, dates, years,
short extensions and emergency numbers stay.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from guardrails.redaction.check_digits import is_card, is_iban, is_national_id
from guardrails.redaction.numbers_in import Run, runs

WRITTEN_DIGITS = 7
"""Shorter numbers in figures are extensions, postcodes, rooms, amounts."""
SAID_DIGITS = 5
"""From so many digits on, said one after the other, a number is somebody's."""
_REGIONS = ("GB", "IT", "ES", "FR", "DE", "PT", "US", "IE", "CH", "AT", "BR")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_DOT = r"(?:dot|punto|point|punkt|ponto)"
_AT = r"(?:at|chiocciola|chiocciolina|arroba|arobase|arobas|klammeraffe)"
_DASH = r"(?:underscore|dash|hyphen|trattino|tiret|gui[oó]n|strich|bindestrich|minus|h[ií]fen)"
_NAME_JOIN = rf"(?:\s+(?:{_DOT}|{_DASH})\s+|[._-])"
_SAID_EMAIL = re.compile(
    rf"(?:\b\w\s+){{0,20}}\b\w+(?:{_NAME_JOIN}\w+){{0,4}}\s+{_AT}\s+"
    rf"\w+(?:{_NAME_JOIN}\w+){{0,3}}(?:\s+{_DOT}\s+|\.)[a-z]{{2,6}}\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_ALNUM = re.compile(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,24}\b")
_GROUPED_NINO = re.compile(r"\b[A-Za-z]{2}(?:[ -]?\d{2}){3}[ -]?[A-Da-d]\b")
_LETTERS_BEFORE = re.compile(r"(?:\b[^\W\d_]\b[\s.,-]{0,3}){1,12}$")
_LETTERS_BEHIND = re.compile(r"(?:[\s.,-]{0,3}\b[^\W\d_]\b(?!['’])){1,6}")
_PLUS_BEFORE = re.compile(r"(?:\+|\(\+?)\s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    start: int
    end: int
    label: str


def redact(text: str) -> str:
    """Returns `text` with placeholders for what must not be kept.

    It never raises, takes time in proportion to the length, and changes nothing the second time.
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _SAID_EMAIL.sub("[e-mail]", text)
    text = _IBAN.sub(_iban, text)
    text = _GROUPED_NINO.sub(_person, text)
    text = _ALNUM.sub(_mixed, text)
    return _replaced(text, [found for run in runs(text) if (found := _judged(run, text))])


def _iban(match: "re.Match[str]") -> str:
    """Names an IBAN; words that follow it may look like a part of it."""
    groups = re.split(r"([ -])", match[0])
    for end in range(len(groups), 0, -2):
        if is_iban("".join(groups[:end:2]).upper()):
            return "".join(("[iban]", *groups[end:]))
    return match[0]


def _person(match: "re.Match[str]") -> str:
    return "[id]" if is_national_id(re.sub(r"[ -]", "", match[0]).upper()) else match[0]


def _mixed(match: "re.Match[str]") -> str:
    """Names a word of letters and digits: the number of a person, or one too long to keep."""
    word = match[0].upper()
    if is_national_id(word):
        return "[id]"
    return "[number]" if sum(sign.isdigit() for sign in word) >= WRITTEN_DIGITS else match[0]


def _judged(run: Run, text: str) -> _Found | None:
    digits = len(run.digits)
    said = run.spoken >= SAID_DIGITS and digits >= SAID_DIGITS
    single = all(len(group) == 1 for group in run.groups) and digits >= SAID_DIGITS
    if not (digits >= WRITTEN_DIGITS or said or single) or run.is_list:
        return None
    start, end = run.start, run.end
    if match := _PLUS_BEFORE.search(text, max(0, start - 3), start):
        start = match.start()
    if run.signs != run.digits:
        if match := _LETTERS_BEFORE.search(text[max(0, start - 60) : start]):
            start -= len(match[0])
        if match := _LETTERS_BEHIND.match(text, end):
            end = match.end()
    return _Found(start=start, end=end, label=_label(run, text[start:end]))


def _label(run: Run, written: str) -> str:
    if is_card(run.digits):
        return "[card]"
    if is_iban(run.signs):
        return "[iban]"
    if run.signs != run.digits and is_national_id(run.signs):
        return "[id]"
    if _is_phone(run.digits, written):
        return "[phone]"
    return "[id]" if is_national_id(run.signs) else "[number]"


def _is_phone(digits: str, written: str) -> bool:
    if not WRITTEN_DIGITS <= len(digits) <= 15:
        return False
    international = "+" in written or digits.startswith("00")
    number = f"+{digits.removeprefix('00')}" if international else digits
    for region in (None,) if international else _REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _replaced(text: str, found: list[_Found]) -> str:
    parts: list[str] = []
    done = 0
    for one in found:
        if one.start < done:
            continue
        parts += (text[done : one.start], one.label)
        done = one.end
    return "".join((*parts, text[done:]))


class CallRedactor:
    """Redacts what one side says on a call: a number may be spread over several turns."""

    def __init__(self) -> None:
        self._open = ""

    def turn(self, text: str) -> str:
        """Returns `text` without what must not be kept.

        Digits at its beginning that go on with a number of the turn before belong to it.
        """
        found = list(runs(text))
        first, last = (found[0], found[-1]) if found else (None, None)
        goes_on = first is not None and not text[: first.start].strip(" .,+-")
        so_far = f"{self._open}{first.digits}" if first is not None and goes_on else ""
        closing = last is not None and not text[last.end :].strip(" .,…-")
        whole = closing and goes_on and len(found) == 1
        self._open = so_far if whole else last.digits if last is not None and closing else ""
        if first is not None and so_far != first.digits and len(so_far) >= WRITTEN_DIGITS:
            text = f"{text[: first.start]}[number]{text[first.end :]}"
        return redact(text)


def redacted(value: Any, redact_text: Callable[[str], str] = redact) -> Any:
    """Returns `value`, of JSON, with every text in it redacted; keys and identifiers stay."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {
            key: inner if str(key).endswith("id") else redacted(inner, redact_text)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(inner, redact_text) for inner in value]
    return value
