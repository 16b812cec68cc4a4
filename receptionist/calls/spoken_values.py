"""Finds the numbers and times that are said in words: "sixty", "halb sieben", "mezzogiorno"."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from num2words import num2words

from knowledge.language_data import read
from knowledge.phrasing import without_accents
from knowledge.spoken import speech

HALF_DAY = 12 * 60
"""Minutes; a clock has each of them twice a day."""
_TOKEN = re.compile(r"\d+|(?<=\d )\.(?= \d)|[^\W\d_]+(?:['’][^\W\d_]+)*")
_WORDS_MOST = 7
_ARTICLE = 1
"""One is also an article, "un momento", "eine Frage", unless it is said like an hour."""
_HOUR_ONE = {
    "en": re.compile(r"(?:at|until|till|to|from|by|before|after) one(?! of)"),
    "it": re.compile(r"\w* \w*l'una"),
    "es": re.compile(r"la una(?! d)"),
    "fr": re.compile(r"\w* une heures?"),
    "de": re.compile(r"\w* (?:ein uhr|eins)"),
    "pt": re.compile(r"as? uma(?! h)"),
}
"""How it is said like an hour, with the word before."""

_COLLOQUIAL: Mapping[str, Mapping[str, int]] = {
    "de": {"halb {hour}": -30, "viertel nach {hour}": 15, "viertel vor {hour}": -15},
    "it": {
        "{hour} e mezza": 30,
        "{hour} e mezzo": 30,
        "{hour} e trenta": 30,
        "{hour} e quindici": 15,
        "{hour} e un quarto": 15,
        "{hour} e quarantacinque": 45,
        "{hour} meno un quarto": -15,
    },
    "es": {
        "{hour} y media": 30,
        "{hour} y treinta": 30,
        "{hour} y cuarto": 15,
        "{hour} y quince": 15,
        "{hour} y cuarenta y cinco": 45,
        "{hour} menos cuarto": -15,
    },
    "fr": {
        "{hour} heures et demie": 30,
        "{hour} heures trente": 30,
        "{hour} heures quinze": 15,
        "{hour} heures et quart": 15,
        "{hour} heures quarante cinq": 45,
        "{hour} et demi": 30,
        "{hour} heures moins le quart": -15,
    },
    "pt": {
        "{hour} e meia": 30,
        "{hour} e trinta": 30,
        "{hour} e quinze": 15,
        "{hour} e quarenta e cinco": 45,
        "um quarto para as {hour}": -15,
    },
    "en": {
        "{hour} thirty": 30,
        "{hour} fifteen": 15,
        "{hour} forty five": 45,
        "half {hour}": 30,
    },
}
"""Ways to say a time that our own speech does not use; minutes from the hour named."""


def words_of(text: str) -> list[str]:
    """Returns the words and numbers of `text` in lower case, without accents."""
    return _TOKEN.findall(without_accents(text.lower().replace("’", "'")).replace("-", " "))


def numbers_and_times(
    words: Sequence[str], language: str
) -> tuple[list[tuple[str, bool]], set[int]]:
    """Returns the numbers among `words`, each with whether it follows the one before, and times."""
    table, clocks = _table(language), _clocks(language)
    found: list[tuple[str, bool]] = []
    times: set[int] = set()
    index, last_end = 0, -1
    while index < len(words):
        count, minute = _longest(words, index, clocks)
        if minute is not None:
            times.add(minute)
            index += count
            continue
        count, value = _longest(words, index, table)
        word = words[index]
        if value is None and word.endswith("l'una"):
            value = _ARTICLE
        if value is None and not word.isdecimal():
            index += 1
            continue
        spoken = value is not None
        count = count if spoken else 1
        article = spoken and value == _ARTICLE and last_end != index
        begins = words[index + 1 : index + 2] and (words[index + 1],) in table
        if not article or begins or _is_hour(words, index, language):
            found.append((str(value) if spoken else word, last_end == index))
            last_end = index + count
        index += count
    return found, times


def _is_hour(words: Sequence[str], index: int, language: str) -> bool:
    around = " ".join(words[max(0, index - 1) : index + 2])
    pattern = _HOUR_ONE.get(language)
    return bool(pattern and pattern.match(around if index else f"x {around}"))


def _longest(
    words: Sequence[str], index: int, table: Mapping[tuple[str, ...], int]
) -> tuple[int, int | None]:
    for count in range(min(_WORDS_MOST, len(words) - index), 0, -1):
        value = table.get(tuple(words[index : index + count]))
        if value is not None:
            return count, value
    return 1, None


def grouped(values: Sequence[tuple[str, bool]]) -> tuple[set[int], set[str]]:
    """Returns single numbers, and the digits of those that follow each other."""
    groups: list[list[str]] = []
    for value, follows in values:
        if follows and groups:
            groups[-1].append(value)
        else:
            groups.append([value])
    numbers: set[int] = set()
    runs: set[str] = set()
    for group in groups:
        together = "".join(group)
        if len(group) > 2 or (len(together) > 4 and len(group) > 1):
            runs.add(together)
        else:
            numbers |= {int(value) for value in group if len(value) < 16}
    return numbers, runs


@cache
def _table(language: str) -> Mapping[tuple[str, ...], int]:
    """Returns the words of numbers, cardinal and ordinal, with their values."""
    table: dict[tuple[str, ...], int] = {}
    for value in (*range(1000), *range(1000, 10_000, 50), *range(1950, 2050)):
        _put(table, str(num2words(value, lang=language)), value)
    for value in range(10_000, 101_000, 1000):
        _put(table, str(num2words(value, lang=language)), value)
    for day, ordinal in enumerate(read(language, "calendar").get("ordinals", []), start=1):
        if day > 2:  # "just a second"
            _put(table, str(ordinal), day)
    heard: Mapping[str, str] = read(language, "calendar").get("heard", {}).get("numbers", {})
    for word, value in heard.items():
        if str(value).isdecimal():
            _put(table, word, int(value))
    for word in {"es": ["una"], "pt": ["uma"]}.get(language, []):
        _put(table, word, _ARTICLE)
    return table


def _put(table: dict[tuple[str, ...], int], said: str, value: int) -> None:
    words = tuple(_TOKEN.findall(without_accents(said.lower()).replace("-", " ")))
    for form in {words, tuple(word for word in words if word not in ("and", "e", "y", "et"))}:
        if form:
            table.setdefault(form, value)
    if words[:1] == ("one",) and len(words) > 1:
        table.setdefault(("a", *words[1:]), value)


@cache
def _clocks(language: str) -> Mapping[tuple[str, ...], int]:
    """Returns how times that are more than an hour are said, with their minutes of half a day."""
    spoken = speech(language)
    before = {form.partition("{time}")[0] for form in spoken.words["at"].values()}
    table: dict[tuple[str, ...], int] = {}
    for minute in range(0, 2 * HALF_DAY, 5):
        if minute % 60 == 0 and minute not in (0, HALF_DAY):
            continue
        said = spoken.clock(minute, "at")
        start = max((len(lead) for lead in before if said.startswith(lead)), default=0)
        words = tuple(_TOKEN.findall(without_accents(said[start:].lower()).replace("-", " ")))
        if len(words) > 1 or minute in (0, HALF_DAY):
            table.setdefault(words, minute % HALF_DAY)
    hours = {hour: [str(num2words(hour, lang=language))] for hour in range(1, 25)}
    hours[12].append(str(spoken.words["noon"]))
    for hour, names in hours.items():
        for form, minutes in _COLLOQUIAL.get(language, {}).items():
            for name in names:
                said = without_accents(form.format(hour=name)).replace("-", " ")
                table.setdefault(tuple(said.split()), (hour * 60 + minutes) % HALF_DAY)
    return table
