"""Finds a name, a number and a subject in what a caller says."""

from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from providers.llm.concierge.state import Draft, Gap
from providers.llm.concierge.texts import Note
from providers.llm.concierge.turn import Language

NAME_WORDS_MAX = 4
NUMBER_DIGITS_MIN = 5
"""Fewer digits in a sentence are an amount, a date or a flat, not a telephone number."""
ANSWER_DIGITS_MIN = 3
"""The same when the number was asked for: an internal extension has three."""
_SPELLED_MIN = 3
_ALIKE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an utterance says about a message; empty where it says nothing."""

    name: str = ""
    groups: tuple[str, ...] = ()
    about: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.groups or self.about)


class DetailReader:
    """Reads details in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._grammar = language.grammar
        self._note: Note = language.grammar.texts.note

    def introduced(self, words: str) -> str:
        """Returns the name of a caller who introduces himself in tidy `words`, or ""."""
        for source in self._note.introduces:
            for found in self._grammar.pattern(source).finditer(words):
                groups = found.groupdict("")
                name = self._name(groups.get("name") or groups.get("both", ""))
                if name and ("both" not in groups or " " in name):
                    return name
        return ""

    def only_introduces(self, words: str) -> bool:
        """Tells whether the caller says who he is, where he calls from, and nothing else."""
        core = self._grammar.core(words)
        name = self.introduced(words)
        if not name or not self._grammar.starts(self._note.introduces, core):
            return False
        after = core.partition(name.lower())[2].split()
        return not after or (after[0] in self._note.origins and len(after) <= NAME_WORDS_MAX)

    def given(self, text: str) -> Details:
        """Returns what an utterance says of its own accord."""
        words = self._grammar.tidy(text)
        number = self._language.numerals.find(words, least=NUMBER_DIGITS_MIN)
        rest = f"{words[: number.start]} {words[number.end :]}" if number else words
        about = self._grammar.find(self._note.about, rest)
        return Details(
            name=self.introduced(words),
            groups=number.groups if number else (),
            about=self._subject(about["about"], text) if about else "",
        )

    def answer(self, gap: Gap, text: str) -> Details:
        """Returns what an answer to the question for `gap` says; more than asked is taken too."""
        given = self.given(text)
        words = self._grammar.tidy(text)
        if gap is Gap.NAME and not given.name:
            number = self._language.numerals.find(words, least=NUMBER_DIGITS_MIN)
            given = replace(given, name=self._named(words[: number.start] if number else words))
        elif gap is Gap.NUMBER and not given.groups:
            number = self._language.numerals.find(words, least=ANSWER_DIGITS_MIN)
            given = replace(given, groups=number.groups if number else ())
        elif gap is Gap.ABOUT and not given.about and not given.groups:
            given = replace(given, about=self._whole_subject(words, text))
        return given

    def more_digits(self, text: str) -> tuple[str, ...]:
        """Returns the digits of an utterance that holds nothing else, else ()."""
        words = self._grammar.tidy(text)
        number = self._language.numerals.find(words, least=1)
        whole = number is not None and number.start == 0 and number.end == len(words)
        return number.groups if number and whole else ()

    def correct(self, draft: Draft, text: str) -> Draft | None:
        """Returns `draft` with what the caller corrects; None when he corrects nothing.

        A part he calls wrong without saying it again is emptied, so that it is asked for.
        """
        words = self._grammar.tidy(text)
        about_number = self._grammar.find(self._note.corrects_number, words)
        least = ANSWER_DIGITS_MIN if about_number else NUMBER_DIGITS_MIN
        number = self._language.numerals.find(words, least=least)
        changed = draft
        if number:
            changed = replace(changed, groups=number.groups)
        elif about_number:
            changed = replace(changed, groups=(), skipped=draft.skipped - {Gap.NUMBER})
        if found := self._grammar.find(self._note.corrects_name, words):
            named = self._name(found.groupdict("").get("name", ""))
            changed = replace(changed, name=_merged(draft.name, named) if named else "")
        elif found := self._grammar.find(self._note.corrects_about, words):
            about = found.groupdict("").get("about", "")
            changed = replace(changed, about=self._subject(about, text))
        touched = number or changed != draft
        return changed if touched else None

    def _named(self, words: str) -> str:
        found = self._grammar.full(self._note.name_answers, self._grammar.core(words))
        if not found:
            return ""
        heard = found["name"].split()
        # A long answer that merely begins with something like a name is not one.
        return self._name(found["name"]) if len(heard) - len(self._front(heard)) <= 1 else ""

    def _name(self, words: str) -> str:
        """Returns the name at the front of `words`, written as names are."""
        taken = _joined_letters(self._front(words.split()))
        if not taken or len(taken) > NAME_WORDS_MAX or sum(map(len, taken)) < 2:
            return ""
        particles = self._note.particles
        return " ".join(word if word in particles else _capital(word) for word in taken)

    def _front(self, words: list[str]) -> list[str]:
        """Returns the words up to the first that no name has; spelled letters belong to it."""
        for index, word in enumerate(words):
            beside = (*words[max(index - 1, 0) : index], *words[index + 1 : index + 2])
            spelled = len(word) == 1 and any(len(other) == 1 for other in beside)
            if any(map(str.isdigit, word)) or (word in self._note.name_stops and not spelled):
                return words[:index]
        return words

    def _whole_subject(self, words: str, text: str) -> str:
        if not self._grammar.strip_front(self._grammar.texts.parts.affirms, words):
            return ""
        if self._grammar.full(self._note.call_back, self._grammar.core(words)):
            return self._note.subject_call_back
        stripped = self._grammar.strip_front(self._note.about_answers, words)
        return self._subject(stripped or words, text)

    def _subject(self, about: str, text: str) -> str:
        """Returns the subject without what follows it, in the caller's own spelling."""
        about = self._grammar.core(about.strip())
        if found := self._grammar.find(self._note.about_ends, about):
            about = about[: found.start()].strip()
        place = text.lower().find(about)
        return text[place : place + len(about)] if about and place >= 0 else about


def _joined_letters(words: list[str]) -> list[str]:
    """Joins spelled letters into a word, which replaces the word it spells."""
    joined: list[str] = []
    letters: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1:
            letters.append(word)
            continue
        if len(letters) >= _SPELLED_MIN:
            spelled = "".join(letters)
            if joined and fuzz.ratio(joined[-1], spelled) >= _ALIKE:
                joined.pop()
            joined.append(spelled)
        else:
            joined += letters
        letters = []
        if word:
            joined.append(word)
    return joined


def _merged(before: str, after: str) -> str:
    """Returns the corrected name: one corrected word replaces the word it is most like."""
    words = before.split()
    if len(words) < 2 or len(after.split()) > 1:
        return after
    likeness = [fuzz.ratio(word.lower(), after.lower()) for word in words]
    best = max(likeness)
    if best < _ALIKE:
        return after
    words[likeness.index(best)] = after
    return " ".join(words)


def _capital(word: str) -> str:
    return "-".join(
        "'".join(part[:1].upper() + part[1:] for part in piece.split("'"))
        for piece in word.split("-")
    )
