"""Takes out of a question what belongs to the caller and not to the question."""

import re

from knowledge.language_data import read
from knowledge.phrasing import without_accents

NUMBER, ADDRESS = "[number]", "[e-mail]"
_DIGITS = 5
"""A price or a year has fewer; telephone, card and customer numbers have more."""
_CHARACTERS = 500
_RUN = re.compile(rf"\+?\d(?:[\s.\-/()]{{0,3}}\d){{{_DIGITS - 1},}}")
_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WORD = re.compile(r"[^\W_]+")
_SMALL = 10


def masked(text: str, language: str) -> str:
    """Returns `text` without telephone numbers, in digits or in words, and e-mail addresses."""
    plain = " ".join(text.split())[:_CHARACTERS]
    return _mask_spoken(_RUN.sub(NUMBER, _E_MAIL.sub(ADDRESS, plain)), language)


def _mask_spoken(text: str, language: str) -> str:
    """Masks runs of five and more digits said one by one: "three three three, double four"."""
    numbers: list[str] = read(language, "calendar").get("numbers", [])[:_SMALL]
    digits = {without_accents(word) for word in numbers}
    parts: list[str] = []
    run: list[re.Match[str]] = []
    done = 0

    def end_run() -> None:
        nonlocal done
        said = sum(len(one[0]) if one[0].isdigit() else 1 for one in run)
        if said >= _DIGITS and not all(one[0].isdigit() for one in run):
            parts.extend((text[done : run[0].start()], NUMBER))
            done = run[-1].end()
        run.clear()

    for word in _WORD.finditer(text):
        if word[0].isdigit() or without_accents(word[0].lower()) in digits:
            run.append(word)
        else:
            end_run()
    end_run()
    return "".join((*parts, text[done:]))
