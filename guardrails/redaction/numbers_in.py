"""Runs of digits in a text, however they are written or said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from guardrails.redaction.number_words import folded, is_filler, number_at, times

_TOKEN = re.compile(r"[^\W_]+")
_CLOCK = re.compile(r"(?<![\d.:])\d{1,2}[.:h]\d{2}(?![\d.:]*\d)")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?<!\d)(?<!\d[./-])(?:{_DAY}([./-]){_MONTH}\1(?:19|20)?\d{{2}}"
    rf"|(?:19|20)\d{{2}}([./-]){_MONTH}\2{_DAY}|{_MONTH}([./-]){_DAY}\3(?:19|20)?\d{{2}})"
    r"(?![./-]?\d)"
)
_AMOUNT = r"(?<!\d)(?:\d{1,3}(?:[.,' ]\d{3}){1,3}|\d{1,7})(?:[.,]\d{1,2})?"
_MONEY = re.compile(
    rf"[€$£]\s?{_AMOUNT}(?!\d)|{_AMOUNT}\s?(?:[€$£%]|(?:euros?|eur|dollars?|pounds?|pence|cents?"
    r"|d[oó]lares|libras?|livres|pfund|franken|francs?|reais|sterline|dollari|centesimi|milioni"
    r"|millones|millionen|millions?|percent|per cent|prozent|per cento|por ciento|pour cent"
    r"|por cento)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d{2}")
_JOIN = re.compile(r"[\s\-–./()+·,_]{0,4}")
MAX_FILLERS = 2
"""More words between digits than these end a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of digits, and of letters spelled among them.

    Attributes:
        start: Position of its first sign.
        end: Position behind its last.
        signs: Its digits and letters, capitals.
        groups: The digits as they were grouped.
        spoken: How many of its groups were words.
        commas: True when commas stand between its groups.
    """

    start: int
    end: int
    signs: str
    groups: Sequence[str]
    spoken: int
    commas: bool

    @property
    def digits(self) -> str:
        """Its digits alone."""
        return "".join(self.groups)

    @property
    def is_list(self) -> bool:
        """True for years, room numbers and the like, one after the other."""
        if not self.commas or self.spoken:
            return False
        alike = len({len(group) for group in self.groups}) == 1 and len(self.groups[0]) in (3, 4)
        return alike or all(_YEAR.fullmatch(group) for group in self.groups)


@dataclass(slots=True)
class _Open:
    """A run that may go on."""

    start: int
    end: int
    signs: list[str] = field(default_factory=list[str])
    groups: list[str] = field(default_factory=list[str])
    spoken: int = 0
    commas: bool = False
    fillers: int = 0
    factor: int = 1

    def closed(self) -> Run | None:
        if not self.groups:
            return None
        return Run(
            start=self.start, end=self.end, signs="".join(self.signs), groups=tuple(self.groups),
            spoken=self.spoken, commas=self.commas,
        )  # fmt: skip


def runs(text: str) -> Iterator[Run]:
    """Yields the runs of digits in `text`; dates, times of day and amounts are none."""
    kept = _kept(text)
    tokens = [token for token in _TOKEN.finditer(text) if not kept[token.start()]]
    words = [folded(token[0]) for token in tokens]
    run: _Open | None = None
    index = 0
    while index < len(tokens):
        token = tokens[index]
        digits, end = _digits_at(token[0], words, index)
        if digits:
            end = max(end, index + 1)
            run, done = _joined(run, text, token.start())
            if done:
                yield done
            _take(run, digits, tokens[end - 1].end(), spoken=not token[0].isdigit())
            index = end
            continue
        if run is None and times(words[index]):
            run = _Open(start=token.start(), end=token.end(), factor=times(words[index]), fillers=1)
        elif run is not None and not _goes_on(run, text, token, words[index]):
            if done := run.closed():
                yield done
            run = None
        index += 1
    if run is not None and (done := run.closed()):
        yield done


def _kept(text: str) -> bytearray:
    """Returns for every position whether what stands there is a date, a time or an amount."""
    kept = bytearray(len(text) + 1)
    for pattern in (_DATE, _CLOCK, _MONEY):
        for match in pattern.finditer(text):
            kept[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    return kept


def _digits_at(token: str, words: Sequence[str], index: int) -> tuple[str, int]:
    return (token, index + 1) if token.isdigit() else number_at(words, index)


def _joined(run: _Open | None, text: str, start: int) -> tuple[_Open, Run | None]:
    """Returns the run that goes on at `start`, and the one that ended before."""
    if run is None:
        return _Open(start=start, end=start), None
    between = text[run.end : start]
    if run.fillers or _JOIN.fullmatch(between):
        run.commas = run.commas or "," in between
        return run, None
    return _Open(start=start, end=start), run.closed()


def _take(run: _Open, digits: str, end: int, *, spoken: bool) -> None:
    digits *= run.factor
    run.signs.append(digits)
    run.groups.append(digits)
    run.spoken += spoken
    run.end, run.fillers, run.factor = end, 0, 1


def _goes_on(run: _Open, text: str, token: "re.Match[str]", word: str) -> bool:
    """Takes a word that is no number into the run if it can be inside one."""
    if "\n\n" in text[run.end : token.start()]:
        return False
    if factor := times(word):
        run.factor = factor
        run.fillers = max(run.fillers, 1)
        return True
    if len(word) == 1:  # a letter that is spelled
        run.signs.append(word.upper())
        run.fillers = 1
        return True
    run.fillers += 1
    return is_filler(word) and run.fillers <= MAX_FILLERS
