"""Which passwords others would guess: found by how they are made, not by a list.

A password is taken apart: words that belong to the person, the company or to passwords as such,
runs of the alphabet and the keyboard, years, and repetitions each count as one sign. What is left
has to be long enough.
"""

import re
import unicodedata
from collections.abc import Iterable

from receptionist.admin.errors import WeakPasswordError

SHORTEST = 12
LONGEST = 128
"""Longer ones prove nothing more, and hashing them costs."""
LEFT = 8
"""Signs that have to be left of a password once all that is guessed at once counts as one."""
_DISTINCT = 5
_RUN = 4
_SHORTEST_WORD = 3

_LEET = str.maketrans("@4301!$578", "aaeoiisstb")
_WORDS = """
    password passwort passwd contrasena motdepasse palavrapasse senha parola geheim segreto
    secret segredo secreto welcome willkommen benvenuto bienvenue bienvenido bemvindo admin
    administrator receptionist reception login letmein master dragon monkey iloveyou football
    sunshine princess summer winter spring autumn sommer herbst hello hallo ciao bonjour hola
    default changeme test root user
"""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_RUNS = frozenset(
    part
    for row in (*_ROWS, *(row[::-1] for row in _ROWS))
    for part in (row[start : start + _RUN] for start in range(len(row) - _RUN + 1))
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_REPEATED = re.compile(r"(.{1,16}?)\1+")


def check_password(password: str, about: Iterable[str]) -> str:
    """Returns a password as it is hashed, however a keyboard has composed its signs (NFKC).

    Args:
        password: As it was typed.
        about: What others know: the names of the person, the company, the address.

    Raises:
        WeakPasswordError: others would guess it; the message says why.
    """
    plain = normal(password)
    if len(plain) < SHORTEST:
        raise WeakPasswordError(f"A password has at least {SHORTEST} characters.")
    if len(plain) > LONGEST:
        raise WeakPasswordError(f"A password has at most {LONGEST} characters.")
    if len(set(plain)) < _DISTINCT or left_of(plain, about) < LEFT:
        raise WeakPasswordError(
            "This password would be guessed: too much of it is repeated, a row of keys, a year, a"
            " name or a word everybody uses. Put several unrelated words together."
        )
    return plain


def normal(password: str) -> str:
    """Returns a password as it is compared."""
    return unicodedata.normalize("NFKC", password)


def left_of(password: str, about: Iterable[str]) -> int:
    """Returns how many signs a password has for somebody who guesses well."""
    text = _bare(password)
    words = sorted(_known(about), key=len, reverse=True)
    marked = _marked(text, words)
    read = _bare(password.translate(_LEET))
    if read != text and len(read) == len(text):
        marked = min(marked, _marked(read, words), key=len)
    return len(marked)


def _marked(text: str, words: Iterable[str]) -> str:
    """Returns `text` with one sign for each part that is guessed at once."""
    for word in words:
        text = text.replace(word, "\0")
    text = _YEAR.sub("\0", text)
    text = _without_runs(text)
    return _REPEATED.sub(lambda found: found[1], text)


def _without_runs(text: str) -> str:
    kept: list[str] = []
    place = 0
    while place < len(text):
        end = place + _RUN
        if text[place:end] in _RUNS:
            while end < len(text) and text[end - _RUN + 1 : end + 1] in _RUNS:
                end += 1
            kept.append("\0")
            place = end
        else:
            kept.append(text[place])
            place += 1
    return "".join(kept)


def _known(about: Iterable[str]) -> set[str]:
    told = {part for one in about for part in re.split(r"[^a-z0-9]+", _bare(one))}
    whole = {re.sub(r"[^a-z0-9]+", "", _bare(one)) for one in about}
    return {word for word in {*_WORDS.split(), *told, *whole} if len(word) >= _SHORTEST_WORD}


def _bare(text: str) -> str:
    """Returns `text` in small letters without accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in split if not unicodedata.combining(sign))
