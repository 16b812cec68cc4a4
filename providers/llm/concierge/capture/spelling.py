"""Names spelled letter by letter, in whatever way a caller does it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from providers.llm.concierge.capture.lexicon import Lexicon
from providers.llm.concierge.capture.texts import Amends, Spelling

SPELLED_MIN = 3
"""Fewer letters in a row are initials, or no letters at all."""
_LONG = 5
"""So many names of letters in a row are hardly anything else."""
_ALIKE = 50
_CONFUSED: Mapping[str, str] = {
    "k": "cq", "c": "k", "q": "k", "y": "ij", "i": "yj", "j": "iyg", "z": "s", "s": "zc",
    "f": "v", "v": "fw", "w": "v", "t": "d", "d": "t", "g": "j", "b": "p", "p": "b",
    "m": "n", "n": "m", "o": "u", "u": "o", "a": "e",
}  # fmt: skip
"""Letter to those it is mistaken for: "Erik with a k" has it instead of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """A letter read from a word. `sure`: it can hardly be anything else."""

    text: str
    used: int
    sure: bool
    shown: bool = False


class Speller:
    """Reads spelled letters in one language."""

    def __init__(self, spelling: Spelling) -> None:
        self._letters = Lexicon(spelling.letters)
        self._alphabet = Lexicon(spelling.alphabet)
        self._marks = Lexicon(spelling.marks)
        self._repeats = Lexicon({word: str(n) for word, n in spelling.repeats.items()})
        self._as_in = sorted((tuple(words.split()) for words in spelling.as_in), key=len)[::-1]
        self._noise = frozenset(spelling.noise)
        self._leads = tuple(re.compile(rf"\b(?:{lead})(?!\S)") for lead in spelling.leads)

    def written(self, words: str) -> str:
        """Returns tidy `words` with spelled runs joined into words and marks put in.

        A word that is spelled out after it was said is replaced by its spelling.
        """
        led = False
        for lead in self._leads:
            words, found = lead.subn(" ", words)
            led = led or bool(found)
        tokens = words.split()
        written: list[str] = []
        index = 0
        while index < len(tokens):
            spelled, used = self._run(tokens, index, led=led)
            if spelled:
                if written and fuzz.ratio(written[-1], spelled) >= _ALIKE:
                    written.pop()
                written.append(spelled)
            else:
                written.append(tokens[index])
                used = 1
            index += used
        return self._marked(written)

    def _run(self, tokens: Sequence[str], index: int, *, led: bool) -> tuple[str, int]:
        """Returns the word spelled from `index` on and how many tokens it took; "" for none."""
        letters: list[_Letter] = []
        position = end = index
        while position < len(tokens):
            letter = self._letter(tokens, position, first=not letters)
            if letter is None:
                if letters and tokens[position] in self._noise:
                    position += 1
                    continue
                break
            letters.append(letter)
            position += letter.used
            end = position
        count = sum(len(letter.text) for letter in letters)
        sure = sum(letter.sure for letter in letters)
        shown = any(letter.shown for letter in letters)
        enough = count >= (2 if shown else SPELLED_MIN)
        likely = sure * (3 if len(letters) >= _LONG else 2) >= len(letters)
        if not enough or not (led or shown or likely):
            return "", 0
        return "".join(letter.text for letter in letters), end - index

    def _letter(self, tokens: Sequence[str], index: int, *, first: bool) -> _Letter | None:
        times, skipped = self._times(tokens, index)
        found = self._named(tokens, index + skipped)
        if found is None:
            mark = None if first else self._marks.at(tokens, index)
            return mark and _Letter(text=mark[0], used=mark[1], sure=False)
        used = skipped + found.used
        example = self._example(tokens, index + used, found.text)
        return _Letter(
            text=found.text * times,
            used=used + example,
            sure=found.sure or bool(example) or times > 1,
            shown=bool(example),
        )

    def _times(self, tokens: Sequence[str], index: int) -> tuple[int, int]:
        found = self._repeats.at(tokens, index)
        # "double you" is a letter, not two of one.
        if found is None or self._letters.at(tokens, index):
            return 1, 0
        return int(found[0]), found[1]

    def _named(self, tokens: Sequence[str], index: int) -> _Letter | None:
        if index >= len(tokens):
            return None
        if found := self._letters.at(tokens, index):
            sure = found[1] > 1 or len(tokens[index]) == 1
            return _Letter(text=found[0], used=found[1], sure=sure)
        if len(tokens[index]) == 1 and tokens[index].isalpha():
            return _Letter(text=tokens[index], used=1, sure=True)
        if found := self._alphabet.at(tokens, index):
            return _Letter(text=found[0], used=found[1], sure=True)
        return None

    def _example(self, tokens: Sequence[str], index: int, letter: str) -> int:
        """Returns how many tokens "as in Rome" takes after its letter."""
        for words in self._as_in:
            end = index + len(words)
            here = end < len(tokens) and tuple(tokens[index:end]) == words
            if here and tokens[end].startswith(letter[0]):
                return len(words) + 1
        return 0

    def _marked(self, words: Sequence[str]) -> str:
        """Returns the words with "jean hyphen paul" written as one."""
        written: list[str] = []
        index = 0
        while index < len(words):
            mark = self._marks.at(words, index) if written else None
            if mark and index + mark[1] < len(words):
                written[-1] += mark[0] + words[index + mark[1]]
                index += mark[1] + 1
            else:
                written.append(words[index])
                index += 1
        return " ".join(written)


class NameAmender:
    """Puts one letter of a name right: "Ann with an e", "Anna with two n's"."""

    def __init__(self, amends: Amends, spelling: Spelling) -> None:
        self._patterns = tuple(re.compile(source) for source in amends.letter)
        self._counts = amends.counts
        self._letters = spelling.letters

    def amend(self, name: str, words: str) -> str:
        """Returns `name` with what tidy `words` say about one of its letters, else ""."""
        for pattern in self._patterns:
            if found := pattern.search(words):
                letter = self._letters.get(found["letter"], found["letter"])
                count = self._counts.get(found.groupdict("").get("count") or "", 0)
                return " ".join(_amended(name.split(), letter, count))
        return ""


def _amended(names: list[str], letter: str, count: int) -> list[str]:
    """Changes the first name that can have the letter so; the last one gains it at its end."""
    for index, name in enumerate(names):
        lower = name.lower()
        if count and letter in lower:
            single = re.sub(f"{letter}+", letter * count, lower, count=1)
            return [*names[:index], single.title(), *names[index + 1 :]]
        if count < 2:
            for other in _CONFUSED.get(letter, ""):
                if other in lower and letter not in lower:
                    # The last one: "Katherin with an y" has it where it is heard.
                    head, _, tail = lower.rpartition(other)
                    changed = (head + letter + tail).title()
                    return [*names[:index], changed, *names[index + 1 :]]
    first = names[0].lower()
    return [
        (first if first.endswith(letter) else first + letter * max(count, 1)).title(),
        *names[1:],
    ]
