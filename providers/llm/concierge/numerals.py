"""Spoken numbers: finds the digits in what a caller says, and says digits so they are heard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from providers.llm.concierge.texts import Numerals

_GROUP_MAX = 4
"""A caller's own grouping is kept while no group is longer than ears follow."""
_TOKEN = re.compile(r"[+]?\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[+]")


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
    """Reads and says numbers in one language."""

    def __init__(self, numerals: Numerals) -> None:
        self._numerals = numerals
        self._joiners = frozenset(numerals.joiners)
        self._plus = frozenset(numerals.plus) | {"+"}
        # Longest first, so that a compound word is taken apart greedily.
        self._tens = sorted(numerals.tens.items(), key=lambda item: -len(item[0]))
        self._units = sorted(numerals.digits.items(), key=lambda item: -len(item[0]))

    def find(self, words: str, *, least: int) -> SpokenNumber | None:
        """Returns the number with most digits in tidy `words`, if it has at least `least`."""
        best: SpokenNumber | None = None
        for run in self._runs(words):
            if len(run.digits) >= least and (best is None or len(run.digits) > len(best.digits)):
                best = run
        return best

    def speak(self, groups: Sequence[str]) -> str:
        """Returns the digits as words, in groups a listener can write down."""
        plus = bool(groups) and groups[0].startswith("+")
        bare = [group.lstrip("+") for group in groups]
        bare = [group for group in bare if group]
        if len(bare) < 2 or max(map(len, bare)) > _GROUP_MAX or min(map(len, bare)) < 2:
            bare = regroup("".join(bare))
        said = ", ".join(" ".join(self._numerals.speak[int(d)] for d in group) for group in bare)
        return f"{self._numerals.speak_plus} {said}" if plus else said

    def _runs(self, words: str) -> list[SpokenNumber]:
        runs: list[SpokenNumber] = []
        groups: list[str] = []
        start = end = 0
        times = 1
        for found in _TOKEN.finditer(words):
            token = found[0]
            if not groups:
                start = found.start()
            digits = self._digits(token, groups)
            if groups and len(groups[-1]) == 1 and token in self._numerals.hundred:
                groups[-1], end = f"{groups[-1]}00", found.end()
            elif digits is not None:
                groups.append(_times(digits, times))
                times, end = 1, found.end()
            elif token in self._numerals.repeat:
                times = self._numerals.repeat[token]
            elif token not in self._joiners or not groups:
                if groups:
                    runs.append(_run(groups, start, end))
                groups, times = [], 1
        if groups:
            runs.append(_run(groups, start, end))
        return runs

    def _digits(self, token: str, before: Sequence[str]) -> str | None:
        if token in self._plus:
            return None if before else "+"
        if token.lstrip("+").isdecimal():
            return ("+" if token[0] == "+" else "") + "".join(
                str(int(character)) for character in token.lstrip("+")
            )
        numerals = self._numerals
        known = numerals.digits.get(token) or numerals.teens.get(token) or numerals.tens.get(token)
        return known or self._compound(token)

    def _compound(self, token: str) -> str | None:
        """Takes words such as `trecentoventuno` and `ventotto` apart."""
        for hundred in self._numerals.hundred:
            head, found, tail = token.partition(hundred)
            count = self._numerals.digits.get(head, "" if head else "1")
            if found and count:
                rest = self._below_hundred(tail) if tail else "00"
                return None if rest is None else f"{count}{rest:0>2}"
        return self._below_hundred(token) if len(token) > 4 else None

    def _below_hundred(self, token: str) -> str | None:
        numerals = self._numerals
        whole = numerals.digits.get(token) or numerals.teens.get(token) or numerals.tens.get(token)
        if whole:
            return whole
        for stem, tens in self._tens:
            if token.startswith(stem) and (unit := numerals.digits.get(token[len(stem) :])):
                return str(int(tens) + int(unit))
        return None


def regroup(digits: str) -> list[str]:
    """Splits digits into threes, the last group having two to four."""
    groups: list[str] = []
    while len(digits) > _GROUP_MAX:
        groups.append(digits[:3])
        digits = digits[3:]
    return [*groups, digits] if digits else groups


def _times(digits: str, times: int) -> str:
    return digits[0] * times + digits[1:] if times > 1 else digits


def _run(groups: Sequence[str], start: int, end: int) -> SpokenNumber:
    """Joins single digits said one after the other, and `twenty` with the `one` after it."""
    joined: list[str] = []
    single = False
    for group in groups:
        lone = len(group) == 1
        if joined and group[0] != "+" and _is_round(joined[-1]) and lone and group != "0":
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
