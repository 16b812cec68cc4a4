"""The facts in a sentence: numbers, times, days, names, addresses, however they are said.

"At half past six" and "18:30", "sixty pounds" and "£60", "zero one six" and "016" are the same
fact. Comparing is on the generous side where a form has two readings: six may be an hour of the
morning or the evening.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache, reduce

from knowledge.language_data import read
from receptionist.calls.spoken_values import HALF_DAY, grouped, numbers_and_times, words_of

_THOUSANDS = re.compile(r"(?<=\d)[.,'](?=\d{3}(?!\d))")
_DECIMALS = re.compile(r"(?<=\d)[.,](?=\d{1,2}(?!\d))")
_CLOCK = re.compile(
    r"\b([01]?\d|2[0-4])\s?[:h.]\s?([0-5]\d)(?:\s?(?:uhr|am|pm))?(?!\d|[.,]\d)", re.I
)
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w.-]+\w|\b(?:www\.)?[\w-]+\.(?:[a-z]{2,3}\.)?[a-z]{2,6}\b(?<!\.)"
)
_CURRENCIES = {
    "eur": r"€|\beur(?:os?|i|en)?\b",
    "gbp": r"£|\bpounds?\b|\bquid\b|\bsterlin[ea]s?\b|\blibras?\b|\blivres?\b|\bpfund\b",
    "usd": r"\$|\bdollars?\b|\bdollar[io]\b|\bd[oó]lar(?:es)?\b",
    "chf": r"\bchf\b|\bfranken\b|\bfranchi\b|\bfrancs\b",
}
_CURRENCIES["free"] = (
    r"(?<!feel )(?<!you )\bfree\b|\bgratis\b|\bgratuit\w*|\bkosten(?:los|frei)\w*|\bumsonst\b"
)
_MONEY = {name: re.compile(pattern, re.I) for name, pattern in _CURRENCIES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a text states that can be right or wrong to the letter.

    Attributes:
        numbers: Values, in digits.
        runs: Digits that follow each other, as of a telephone number.
        times: Minutes of half a day: of morning and afternoon, which a clock has twice.
        days: Weekdays (0 is Monday).
        months: Months (1 is January).
        money: Currencies.
        addresses: E-mail addresses and web sites.
    """

    numbers: frozenset[int] = frozenset()
    runs: frozenset[str] = frozenset()
    times: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    money: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def __or__(self, other: "Facts") -> "Facts":
        return Facts(
            numbers=self.numbers | other.numbers,
            runs=self.runs | other.runs,
            times=self.times | other.times,
            days=self.days | other.days,
            months=self.months | other.months,
            money=self.money | other.money,
            addresses=self.addresses | other.addresses,
        )

    def beyond(self, known: "Facts") -> list[str]:
        """Returns what is stated here and not in `known`, in words for a log."""
        wrong = [f"number {n}" for n in sorted(self.numbers) if not known.has_number(n)]
        wrong += [
            f"time {t // 60}:{t % 60:02}" for t in sorted(self.times) if not known.has_time(t)
        ]
        wrong += [f"digits {run}" for run in sorted(self.runs) if not known.has_run(run)]
        wrong += [f"weekday {day}" for day in sorted(self.days - known.days)]
        wrong += [f"month {month}" for month in sorted(self.months - known.months)]
        wrong += [f"currency {name}" for name in sorted(self.money - known.money)]
        wrong += [
            f"address {address}"
            for address in sorted(self.addresses)
            if not any(address in other for other in known.addresses)
        ]
        return wrong

    def has_number(self, value: int) -> bool:
        """Whether a number is stated, also as an hour or as part of a longer number."""
        as_hour = value <= 24 and value * 60 % HALF_DAY in self.times
        minutes = any(time % 60 == value for time in self.times)
        later = (value <= 12 and value + 12 in self.numbers) or (
            12 < value <= 24 and value - 12 in self.numbers
        )
        part = value >= 100 and any(str(value) in run for run in self.runs)
        return value in self.numbers or as_hour or minutes or later or part

    def has_time(self, minute: int) -> bool:
        """Whether a time of day is stated, also as a bare hour."""
        hour = minute // 60
        bare = minute % 60 == 0 and bool(
            {hour, hour + 12, 12 if hour == 0 else hour} & self.numbers
        )
        return minute in self.times or bare

    def has_run(self, digits: str) -> bool:
        """Whether digits are part of a number stated, with or without its first ones."""
        bare = digits.lstrip("0")
        return any(bare in run for run in self.runs) or (
            bool(bare) and len(bare) < 7 and int(bare) in self.numbers
        )


NOTHING = Facts()


def facts_in(text: str, languages: Iterable[str]) -> Facts:
    """Returns the facts in `text`, read in each of `languages`."""
    return reduce(Facts.__or__, (_facts(text, language) for language in languages), NOTHING)


@lru_cache(maxsize=1024)
def _facts(text: str, language: str) -> Facts:
    flat = _THOUSANDS.sub("", text)
    addresses = frozenset(
        found[0].lower() for found in _ADDRESS.finditer(flat) if _is_address(found)
    )
    rest = _ADDRESS.sub(lambda m: " " if _is_address(m) else m[0], flat)
    times: set[int] = set()

    def clock(match: re.Match[str]) -> str:
        times.add((int(match[1]) * 60 + int(match[2])) % HALF_DAY)
        return " "

    rest = _DECIMALS.sub(" . ", _CLOCK.sub(clock, rest))
    values, said_times = numbers_and_times(words_of(rest), language)
    times |= said_times
    numbers, runs = grouped(values)
    digits = re.sub(r"(?<=\d)[\s/()-]+(?=\d)", "", text)
    runs |= set(re.findall(r"\d{5,}", digits))
    return Facts(
        numbers=frozenset(numbers),
        runs=frozenset(runs),
        times=frozenset(times),
        days=_named(rest, language, "weekdays", 0),
        months=_named(rest, language, "months", 1),
        money=frozenset(name for name, pattern in _MONEY.items() if pattern.search(text)),
        addresses=addresses,
    )


def _is_address(match: re.Match[str]) -> bool:
    return "@" in match[0] or match[0].startswith("www.") or match[0].rpartition(".")[2] in _ENDINGS


_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "eu",
        "uk",
        "it",
        "es",
        "fr",
        "de",
        "pt",
        "ch",
        "at",
        "info",
        "example",
        "test",
        "co",
    ]
)


def _named(text: str, language: str, kind: str, first: int) -> frozenset[int]:
    return frozenset(
        number
        for number, pattern in enumerate(_patterns(language, kind), start=first)
        if pattern.search(text)
    )


@cache
def _patterns(language: str, kind: str) -> tuple[re.Pattern[str], ...]:
    """Returns what finds weekdays or months; "may" and "march" are words of their own as well."""
    exact = language == "en" and kind == "months"
    flags = re.NOFLAG if exact else re.IGNORECASE
    plural = "s?" if kind == "weekdays" else ""
    return tuple(
        re.compile(rf"\b{re.escape(str(name))}{plural}\b", flags)
        for name in read(language, "calendar")[kind]
    )
