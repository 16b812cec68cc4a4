"""Makes a written sentence one that can be said: no addresses, no markup, nothing short-hand."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

import yaml

_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>()\[\]]*[^\s<>()\[\].,;:!?]", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_MARKUP = re.compile(r"[*_`#>|~^\\]+|<[^<>]{1,80}>")
_BULLET = re.compile(r"^\s*(?:[-–—•·▪◦‣*+]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+")
_NOTE = re.compile(r"\[(?:\d{1,3}|\*)\]")
_SPACED_INITIALS = re.compile(r"\b(\w)\.\s(?=\w{1,2}\.)")
_NOTHING_IN_BRACKETS = re.compile(r"[(\[]\s*[)\]]")
_BLANK_BEFORE_END = re.compile(r"\s+(?=[,.;:!?)])|(?<=\()\s+")


def spoken_form(text: str, language: str) -> str:
    """Returns `text` as it is said: without markup, bullets, notes and web addresses."""
    said = _LINK.sub(r"\1", _NOTE.sub("", text))
    said = _MARKUP.sub(" ", _BULLET.sub("", _ADDRESS.sub(" ", said)))
    said = _in_full(" ".join(said.split()), language)
    said = _BLANK_BEFORE_END.sub("", _NOTHING_IN_BRACKETS.sub("", said))
    return " ".join(said.split()).strip(" -–—•·")


def has_address(text: str) -> bool:
    """Whether `text` holds a web address, without which it may no longer make sense."""
    return _ADDRESS.search(text) is not None


def _in_full(text: str, language: str) -> str:
    short, full = _abbreviations(language)
    joined = _SPACED_INITIALS.sub(r"\1.", text)

    def expand(match: re.Match[str]) -> str:
        written = match[0]
        said = full[written.lower()]
        is_last = not joined[match.end() :].strip()
        return said + ("." if is_last and written.endswith(".") else "")

    return short.sub(expand, joined)


@cache
def _abbreviations(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    full = _all_abbreviations().get(language, {})
    keys = "|".join(_pattern(key) for key in sorted(full, key=len, reverse=True))
    said = {key.strip("#"): words for key, words in full.items()}
    return re.compile(rf"(?<![\w.])(?:{keys or '(?!)'})(?!\w)", re.IGNORECASE), said


def _pattern(key: str) -> str:
    before = r"(?<=\d\s)" if key.startswith("#") else ""
    after = r"(?=\s?\d)" if key.endswith("#") else ""
    return before + re.escape(key.strip("#")) + after


@cache
def _all_abbreviations() -> Mapping[str, Mapping[str, str]]:
    text = (Path(__file__).parent / "abbreviations.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, str]]", yaml.load(text, Loader=yaml.CBaseLoader))
