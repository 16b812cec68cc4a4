"""E-mail addresses as they are said: "john dot smith at gmail dot com"."""

import re
import unicodedata
from collections.abc import Sequence

from providers.llm.concierge.capture.lexicon import Lexicon
from providers.llm.concierge.capture.numbers import NumeralReader
from providers.llm.concierge.capture.spelling import Speller
from providers.llm.concierge.capture.texts import Email

_WRITTEN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PAUSES = re.compile(r"[,;:!?]+|\.(?=\s|$)")
_TOKEN = re.compile(r"@|[\w'+-]+(?:\.[\w-]+)*")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_LOCAL = re.compile(r"[a-z0-9](?:[\w.+-]*[a-z0-9_])?", re.ASCII)
_AT, _DOT = "@", "."
_DOMAIN_WORDS_MAX = 8
_LEADS_MAX = 6


class EmailReader:
    """Reads addresses in one language."""

    def __init__(self, texts: Email, speller: Speller, numerals: NumeralReader) -> None:
        self._speller = speller
        self._numerals = numerals
        self._marks = Lexicon({**texts.marks, **dict.fromkeys(texts.dot, _DOT)})
        self._at = Lexicon(dict.fromkeys((*texts.at, _AT), _AT))
        self._providers = Lexicon(texts.providers)
        self._leads = tuple(re.compile(rf"(?:{lead})(?!\S)\s*") for lead in texts.leads)
        self._noise = tuple(re.compile(rf"(?<!\S)(?:{noise})(?!\S)") for noise in texts.noise)

    def find(self, text: str, *, asked: bool = False) -> str:
        """Returns the address in what a caller said, or "".

        Args:
            text: As the recogniser wrote it, with its punctuation.
            asked: The address was asked for, so all the words before "at" belong to it.
        """
        lower = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
        if found := _WRITTEN.search(lower):
            return found[0].strip(".-")
        lower = _PAUSES.sub(" ", lower)
        for noise in self._noise:
            lower = noise.sub(" ", lower)
        tokens = _TOKEN.findall(lower)
        for index in range(len(tokens) - 1, 0, -1):
            if at := self._at.at(tokens, index):
                domain = self._domain(tokens[index + at[1] :][:_DOMAIN_WORDS_MAX])
                local = self._local(tokens[:index], asked=asked) if domain else ""
                if local:
                    return f"{local}@{domain}"
        return ""

    def _domain(self, tokens: Sequence[str]) -> str:
        """Returns the domain at the front of `tokens`, or ""."""
        marked = self._written(tokens)
        domain = ""
        joined = True
        for token in marked:
            if token in (_DOT, "-") or domain.endswith((_DOT, "-")) or not domain:
                domain += token
                joined = True
            elif joined and _DOT not in domain:
                # "bianchi tax dot com": a domain has no spaces.
                domain += token
            else:
                break
        found = _DOMAIN.match(_ascii(domain))
        return found[0] if found else ""

    def _local(self, tokens: Sequence[str], *, asked: bool) -> str:
        words = " ".join(tokens)
        led = self._led(words)
        if led is not None:
            words = led
        elif not asked:
            words = self._near(tokens)
        local = _ascii("".join(self._digits(self._written(words.split()))))
        return local if _LOCAL.fullmatch(local) else ""

    def _led(self, words: str) -> str | None:
        """Returns what follows "my e-mail is", or None when nothing leads in."""
        latest: str | None = None
        for _ in range(_LEADS_MAX):
            before = latest
            for index, lead in enumerate(self._leads):
                current = words if latest is None else latest
                # Only the first pattern may stand anywhere; the others lead in at the front.
                found = (
                    lead.search(current) if index == 0 and latest is None else lead.match(current)
                )
                if found and found.end() < len(current):
                    latest = current[found.end() :]
            if latest == before:
                break
        return latest

    def _near(self, tokens: Sequence[str]) -> str:
        """Returns the words before "at" that marks or spelled letters tie to it."""
        start = len(tokens) - 1
        while start > 0:
            marks = self._marks.at(tokens, start - 1)
            tied = marks or len(tokens[start]) == 1 or len(tokens[start - 1]) == 1
            tied = tied or self._marks.at(tokens, start) or self._numerals.whole(tokens[start])
            if not tied:
                break
            start -= 1
        return " ".join(tokens[start:])

    def _written(self, tokens: Sequence[str]) -> list[str]:
        """Returns `tokens` with marks as marks and spelled words as words."""
        return self._speller.written(" ".join(self._marked(tokens))).split()

    def _marked(self, tokens: Sequence[str]) -> list[str]:
        """Returns `tokens` with words for marks as marks and providers as they are spelled."""
        marked: list[str] = []
        index = 0
        while index < len(tokens):
            known = self._marks.at(tokens, index) or self._providers.at(tokens, index)
            marked.append(known[0] if known else tokens[index])
            index += known[1] if known else 1
        return marked

    def _digits(self, tokens: Sequence[str]) -> list[str]:
        """Returns `tokens` with spoken numbers as digits."""
        written: list[str] = []
        index = 0
        while index < len(tokens):
            length = len(tokens) - index
            digits = self._numerals.whole(_spaced(tokens, index, length))
            while length > 1 and not digits:
                length -= 1
                digits = self._numerals.whole(_spaced(tokens, index, length))
            written.append("".join(digits) or tokens[index])
            index += length
        return written


def _spaced(tokens: Sequence[str], index: int, length: int) -> str:
    return " ".join(tokens[index : index + length])


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c) and c != "'")
