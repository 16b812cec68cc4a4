"""Spoken numbers: finds the digits in what a caller says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers.llm.concierge.capture.number_words import number_words, unaccented
from providers.llm.concierge.texts import Numerals

NUMBER_DIGITS_MIN = 5
"""Fewer digits in a sentence are an amount, a date or a flat, not a telephone number."""
_TOKEN = re.compile(r"[+]?\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[+]")
_RESTART_WITHIN = 2
"""Words between "no, wait" and the digits said instead."""


class _Role(StrEnum):
    DIGITS = "digits"
    REPEAT = "repeat"
    HUNDRED = "hundred"
    JOINER = "joiner"
    PLUS = "plus"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenNumber:
    """A number found in an utterance: groups of digits, and where it stands among the words."""

    groups: tuple[str, ...]
    start: int
    end: int

    @property
    def digits(self) -> str:
        """All digits, `+` leading when said."""
        return "".join(self.groups)


class NumeralReader:
    """Reads numbers in one language.

    Args:
        numerals: Words of this language beside those of the number words everybody uses.
        language: ISO 639-1.
        restarts: What comes before digits said instead of those before it, compiled.
    """

    def __init__(
        self, numerals: Numerals, language: str, restarts: Iterable[re.Pattern[str]] = ()
    ) -> None:
        self._restarts = tuple(restarts)
        self._lexicon: dict[tuple[str, ...], tuple[_Role, str]] = {
            words: (_Role.DIGITS, digits) for words, digits in number_words(language).items()
        }
        # Longest first, so that a compound word is taken apart greedily.
        self._tens = sorted(numerals.tens.items(), key=lambda item: -len(item[0]))
        self._numerals = numerals
        self._learn(_Role.DIGITS, {**numerals.tens, **numerals.teens, **numerals.digits})
        self._learn(_Role.REPEAT, {word: str(n) for word, n in numerals.repeat.items()})
        self._learn(_Role.HUNDRED, dict.fromkeys(numerals.hundred, "100"))
        self._learn(_Role.JOINER, dict.fromkeys(numerals.joiners, ""))
        self._learn(_Role.PLUS, dict.fromkeys((*numerals.plus, "+"), "+"))
        self._longest = max(map(len, self._lexicon))

    def find(self, words: str, *, least: int) -> SpokenNumber | None:
        """Returns the number with most digits in tidy `words`, if it has at least `least`."""
        best: SpokenNumber | None = None
        for run in self._restarted(words, self._runs(words)):
            if len(run.digits) >= least and (best is None or len(run.digits) > len(best.digits)):
                best = run
        return best

    def whole(self, words: str) -> tuple[str, ...]:
        """Returns the digits of `words` that hold nothing else, else ()."""
        number = self.find(words, least=1)
        alone = number is not None and number.start == 0 and number.end == len(words)
        return number.groups if number and alone else ()

    def _learn(self, role: _Role, words: Mapping[str, str]) -> None:
        for word, value in words.items():
            self._lexicon[tuple(_TOKEN.findall(unaccented(word)))] = (role, value)

    def _restarted(self, words: str, runs: Sequence[SpokenNumber]) -> list[SpokenNumber]:
        """Joins runs of which the later one is said instead of the end of the one before."""
        joined: list[SpokenNumber] = []
        for run in runs:
            before = joined[-1] if joined else None
            between = words[before.end : run.start].strip() if before else ""
            if before and any(
                found.start() == 0 and len(between[found.end() :].split()) <= _RESTART_WITHIN
                for pattern in self._restarts
                if (found := pattern.search(between))
            ):
                joined[-1] = _instead(before, run)
            else:
                joined.append(run)
        return joined

    def _runs(self, words: str) -> list[SpokenNumber]:
        runs: list[SpokenNumber] = []
        groups: list[str] = []
        start = end = 0
        times = 1
        tokens = list(_TOKEN.finditer(words))
        index = 0
        while index < len(tokens):
            token = tokens[index]
            role, value, used = self._read(tokens, index)
            last = tokens[index + used - 1].end()
            start = start if groups else token.start()
            index += used
            if role is _Role.HUNDRED and groups and len(groups[-1]) == 1:
                groups[-1], end = f"{groups[-1]}00", last
            elif role in (_Role.DIGITS, _Role.HUNDRED) or (role is _Role.PLUS and not groups):
                groups.append(_times(value, times))
                times, end = 1, last
            elif role is _Role.REPEAT:
                times = int(value)
            elif role is not _Role.JOINER or not groups:
                if groups:
                    runs.append(_run(groups, start, end))
                groups, times = [], 1
        if groups:
            runs.append(_run(groups, start, end))
        return runs

    def _read(self, tokens: Sequence[re.Match[str]], index: int) -> tuple[_Role | None, str, int]:
        """Returns what the longest known sequence of words from `index` on is."""
        first = tokens[index][0]
        if first.lstrip("+").isdecimal():
            digits = "".join(str(int(character)) for character in first.lstrip("+"))
            return _Role.DIGITS, ("+" if first[0] == "+" else "") + digits, 1
        written = [unaccented(token[0]) for token in tokens[index : index + self._longest]]
        for length in range(len(written), 0, -1):
            known = self._lexicon.get(tuple(written[:length]))
            if known:
                return *known, length
        compound = self._compound(first)
        return (None, "", 1) if compound is None else (_Role.DIGITS, compound, 1)

    def _compound(self, token: str) -> str | None:
        """Takes words such as `ventotto` apart, when they are written in another way."""
        if len(token) <= 4:
            return None
        for stem, tens in self._tens:
            unit = self._numerals.digits.get(token[len(stem) :])
            if token.startswith(stem) and unit:
                return str(int(tens) + int(unit))
        return None


def _instead(before: SpokenNumber, after: SpokenNumber) -> SpokenNumber:
    """Returns the number of which the end, or all, was said again."""
    if len(after.digits) >= min(NUMBER_DIGITS_MIN, len(before.digits)):
        groups = after.groups
    else:
        groups = (before.digits[: -len(after.digits)], *after.groups)
    return SpokenNumber(groups=groups, start=before.start, end=after.end)


def _times(digits: str, times: int) -> str:
    return digits[0] * times + digits[1:] if times > 1 else digits


def _run(groups: Sequence[str], start: int, end: int) -> SpokenNumber:
    """Joins single digits said one after the other, and `twenty` with the `one` after it."""
    joined: list[str] = []
    single = False
    for group in groups:
        lone = len(group) == 1
        if joined and not single and _is_round(joined[-1]) and lone and group not in "+0":
            joined[-1] = joined[-1][:-1] + group
            single = False
        elif joined and ((single and lone) or joined[-1] == "+"):
            joined[-1] += group
            single = lone
        else:
            joined.append(group)
            single = lone
    return SpokenNumber(groups=tuple(joined), start=start, end=end)


def _is_round(group: str) -> bool:
    return len(group) == 2 and group[1] == "0" and group[0] in "23456789"
