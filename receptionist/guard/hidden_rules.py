"""The rules a model is given, to be known again in what it says, disguised or not."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from guardrails.text.normaliser import words
from prompts.loader import Texts, load, render
from receptionist.tenants.config import TenantConfig

IN_A_ROW = 8
"""So many words of the rules in their order are no coincidence."""
_WITH_A_TELLING_ONE = 7
"""It takes one less when one of them is a word that callers never hear."""
_LISTED = 12
"""And more of a rule that names tools: what the assistant can do, it may list."""
_LETTERS = 16
"""Of a text in disguise so many letters in a row; words are hardly ever as long."""
_TOOL = re.compile(r"`\w+`")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_CODE = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
_TOKEN = re.compile(r"[^\W_]+")


class HiddenRules:
    """The rules of the product in one language.

    Args:
        texts: Of the language.
        company: Named in them.
    """

    def __init__(self, texts: Texts, company: str) -> None:
        language = texts.language
        whole = render(texts.assistant, company=company).text
        heard = {word for line in _spoken(texts) for word in words(line, language)}
        heard.update(words(company, language))
        rows = set(_rows(words(whole, language), _LISTED))
        for part in _without_tools(whole):
            said = words(part, language)
            rows.update(_rows(said, IN_A_ROW))
            shorter = _rows(said, _WITH_A_TELLING_ONE)
            rows.update(row for row in shorter if not heard.issuperset(row))
        self._rows = frozenset(rows)
        nameless = words(render(texts.assistant, company="").text, language)
        self._letters = frozenset(_windows("".join(nameless)))

    def are_said(self, row: Sequence[str]) -> bool:
        """Returns whether `row`, normalised words, has some of the rules in it."""
        sizes = (_WITH_A_TELLING_ONE, IN_A_ROW, _LISTED)
        return any(not self._rows.isdisjoint(_rows(row, size)) for size in sizes)

    def are_spelled(self, letters: str) -> bool:
        """Returns whether `letters` have some of the rules in them, whatever stood between."""
        return not self._letters.isdisjoint(_windows(letters))


@lru_cache(maxsize=32)
def hidden_rules(language: str, company: str) -> HiddenRules:
    """Returns the rules of the product in `language`, read once per process."""
    return HiddenRules(load(language), company)


def rules_of_line(config: TenantConfig) -> tuple[HiddenRules, ...]:
    """Returns the rules in each language of a line: a model translates when it is told to.

    The first time it takes a tenth of a second for each.
    """
    return tuple(hidden_rules(language, config.company) for language in config.languages)


def is_spelled(clause: str) -> bool:
    """Returns whether a clause is letters rather than words."""
    tokens = _TOKEN.findall(clause)
    return 2 * sum(len(token) == 1 for token in tokens) > len(tokens)


def disguised(clause: str, language: str) -> Iterator[str]:
    """Yields the letters of what a clause may hide: run together, backwards, or encoded."""
    said = words(clause, language)
    yield from (word for word in said if len(word) >= _LETTERS)
    yield "".join(said)[::-1]
    for code in _CODE.findall(clause):
        yield "".join(words(_decoded(code), language))


def _decoded(code: str) -> str:
    """Returns the text that `code` stands for in hexadecimal or base64; "" when it is neither."""
    try:
        return bytes.fromhex(code).decode("utf-8", "ignore")
    except ValueError:
        pass
    whole = code.rstrip("=")
    try:
        padded = whole[: len(whole) - (len(whole) % 4 == 1)]
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""


def _without_tools(text: str) -> Iterator[str]:
    """Yields the runs of sentences that name no tool."""
    run: list[str] = []
    for sentence in _SENTENCE.split(text):
        if not _TOOL.search(sentence):
            run.append(sentence)
        elif run:
            yield " ".join(run)
            run = []
    if run:
        yield " ".join(run)


def _spoken(texts: Texts) -> Iterator[str]:
    """Yields what callers hear in a language."""
    guide = [texts.guide.get(key, ()) for key in ("harmless", "done", "unknown")]
    for part in (texts.session, texts.tools, guide):
        yield from _lines(part)


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        inner = value.values() if isinstance(value, Mapping) else value
        for each in inner:
            yield from _lines(each)


def _rows(row: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(row[at : at + size]) for at in range(len(row) - size + 1)]


def _windows(letters: str) -> Iterator[str]:
    return (letters[at : at + _LETTERS] for at in range(len(letters) - _LETTERS + 1))
