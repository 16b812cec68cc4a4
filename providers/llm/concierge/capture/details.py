"""Finds a name, a number, an address, a time and a subject in what a caller says."""

import re
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz

from providers.llm.concierge.capture.emails import EmailReader
from providers.llm.concierge.capture.moments import Moment, MomentReader
from providers.llm.concierge.capture.numbers import NUMBER_DIGITS_MIN, NumeralReader
from providers.llm.concierge.capture.spelling import NameAmender, Speller
from providers.llm.concierge.draft import Gap
from providers.llm.concierge.grammar import MAX_CHARACTERS, Grammar

NAME_WORDS_MAX = 4
_FULL_NAME_WORDS = 2
ANSWER_DIGITS_MIN = 3
"""Of a number that was asked for: an internal extension has three."""
_ALIKE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What reads the parts of an utterance in one language."""

    numerals: NumeralReader
    speller: Speller
    amender: NameAmender
    emails: EmailReader
    moments: MomentReader


def readers(grammar: Grammar, language: str) -> Readers:
    """Returns the readers for the texts of `grammar`."""
    texts = grammar.texts.capture
    restarts = [grammar.pattern(source) for source in texts.amends.restarts]
    numerals = NumeralReader(grammar.texts.numerals, language, restarts)
    speller = Speller(texts.spelling)
    return Readers(
        numerals=numerals,
        speller=speller,
        amender=NameAmender(texts.amends, texts.spelling),
        emails=EmailReader(texts.email, speller, numerals),
        moments=MomentReader(texts.moments, grammar),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an utterance says; empty where it says nothing."""

    name: str = ""
    groups: tuple[str, ...] = ()
    email: str = ""
    about: str = ""
    moment: Moment = field(default_factory=Moment)

    def __bool__(self) -> bool:
        return bool(self.name or self.groups or self.email or self.about)


class DetailReader:
    """Reads details in one language."""

    def __init__(self, grammar: Grammar, tools: Readers) -> None:
        self.readers = tools
        self._grammar = grammar
        self._note = grammar.texts.note

    def introduced(self, words: str) -> str:
        """Returns the name of a caller who introduces himself in tidy `words`, or ""."""
        written = self.readers.speller.written(words)
        for source in self._note.introduces:
            for found in self._grammar.pattern(source).finditer(written):
                groups = found.groupdict("")
                name = self.name(groups.get("name") or groups.get("both", ""))
                if name and ("both" not in groups or " " in name):
                    return self.readers.amender.amend(name, words) or name
        return ""

    def signed(self, text: str) -> str:
        """Returns a name in the middle of a sentence, which its capitals tell from other words."""
        for source in self._note.signatures:
            pattern = rf"(?<!\S)(?:{source})\s+"
            for found in re.finditer(pattern, text[:MAX_CHARACTERS], re.IGNORECASE):
                if name := self._written(text[found.end() :]):
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
        number = self.readers.numerals.find(words, least=NUMBER_DIGITS_MIN)
        rest = f"{words[: number.start]} {words[number.end :]}" if number else words
        about = self._grammar.find(self._note.about, rest)
        return Details(
            name=self.introduced(words),
            groups=number.groups if number else (),
            email=self.readers.emails.find(text),
            about=self.subject(about["about"], text) if about else "",
            moment=self.readers.moments.find(rest),
        )

    def answer(self, gap: Gap, text: str) -> Details:
        """Returns what an answer to the question for `gap` says; more than asked is taken too."""
        if gap is Gap.NUMBER:
            text = self._with_zero(text)
        given = self.given(text)
        words = self._grammar.tidy(text)
        if gap is Gap.NAME and not given.name:
            number = self.readers.numerals.find(words, least=NUMBER_DIGITS_MIN)
            named = self._named(words[: number.start] if number else words)
            given = replace(given, name=self.readers.amender.amend(named, words) if named else "")
            given = given if given.name else replace(given, name=named)
        elif gap is Gap.NUMBER and not given.groups:
            number = self.readers.numerals.find(words, least=ANSWER_DIGITS_MIN)
            given = replace(given, groups=number.groups if number and not given.email else ())
        elif gap is Gap.EMAIL:
            given = replace(given, email=self.readers.emails.find(text, asked=True))
        elif gap in (Gap.ABOUT, Gap.SERVICE) and not given.about and not given.groups:
            given = replace(given, about=self._whole_subject(words, text))
        return given

    def _with_zero(self, text: str) -> str:
        """Returns `text`, the answer that is a number, with a misheard zero in front put right."""
        words = self._grammar.tidy(text)
        if found := self._grammar.find(self._grammar.texts.capture.zeros, words):
            return f"0{words[found.end('zero') :].strip()}"
        return text

    def name(self, words: str) -> str:
        """Returns the name at the front of `words`, written as names are."""
        # "Anna Rossi, Anna with two n's" says the same name twice.
        taken = list(dict.fromkeys(self._front(words.split())))
        if not taken or len(taken) > NAME_WORDS_MAX or sum(map(len, taken)) < 2:
            return ""
        particles = self._note.particles
        return " ".join(word if word in particles else capital(word) for word in taken)

    def subject(self, about: str, text: str) -> str:
        """Returns a subject as the caller wrote it, without what comes after it."""
        about = self._grammar.core(about.strip())
        if found := self._grammar.find(self._note.about_ends, about):
            about = about[: found.start()].strip()
        place = text.lower().find(about)
        return text[place : place + len(about)] if about and place >= 0 else about

    def _written(self, text: str) -> str:
        """Returns the capitalised words `text` begins with, when nothing but a pause follows."""
        taken: list[str] = []
        for word in text.split():
            bare = word.strip(".,;:!?")
            if bare.lower() in self._note.origins and len(taken) >= _FULL_NAME_WORDS:
                break
            if not bare[:1].isupper() and bare not in self._note.particles:
                return ""
            taken.append(bare)
            if bare != word:
                break
        full = _FULL_NAME_WORDS <= len(taken) <= NAME_WORDS_MAX
        return self.name(" ".join(taken).lower()) if full else ""

    def _named(self, words: str) -> str:
        core = self._grammar.core(words)
        if self._grammar.is_question(core) and len(core.split()) > _FULL_NAME_WORDS:
            return ""
        written = self.readers.speller.written(core)
        found = self._grammar.full(self._note.name_answers, written)
        if not found:
            return ""
        heard = found["name"].split()
        front = self._front(heard)
        # A long answer that merely begins with something like a name is not one.
        few = len(heard) - len(front) <= 1 or bool(self.readers.amender.amend("x", words))
        return self.name(found["name"]) if few else ""

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
        return self.subject(stripped or words, text)


def merged(before: str, after: str) -> str:
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


def capital(word: str) -> str:
    """Returns a name as it is written: `o'brien-smith` becomes `O'Brien-Smith`."""
    return "-".join(
        "'".join(part[:1].upper() + part[1:] for part in piece.split("'"))
        for piece in word.split("-")
    )
