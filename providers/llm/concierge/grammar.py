"""The patterns of one language, compiled once per process."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from providers.errors import ProviderError
from providers.llm.concierge.mishearing import Mishearing
from providers.llm.concierge.texts import ConciergeTexts
from providers.llm.concierge.vocabulary import Kind

_MARKS = re.compile(r"[^\w\s'+@-]+")
_SPACES = re.compile(r"\s+")
_MACRO = re.compile(r"<(?P<name>[a-z_]+)>")
_WORD_LISTS = frozenset({"noise", "not_targets", "name_stops", "particles", "origins"})
_STOPS = re.compile(r"[,;.!?]+(?=\s|$)")
NEGATION_MAX = 120
"""Characters: "not this but that" is short."""
MAX_CHARACTERS = 600
"""No caller says more in one turn; longer texts are cut so that a turn stays within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentPatterns:
    """Compiled form of `Intent`."""

    full: tuple[re.Pattern[str], ...]
    search: tuple[re.Pattern[str], ...]


def plain(text: str) -> str:
    """Returns `text` the way patterns see it: lower case, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower().replace("’", "'")
    return _SPACES.sub(" ", _MARKS.sub(" ", folded)).strip(" -'")


class Grammar:
    """Texts of one language with every pattern compiled.

    Attributes:
        texts: The texts it was made from.
        intents: Patterns by kind, in order of precedence.
        misheard: Days and short answers as a recogniser may write them.
    """

    def __init__(self, texts: ConciergeTexts, *, provider: str) -> None:
        self.texts = texts
        self._provider = provider
        self._compiled: dict[str, re.Pattern[str]] = {}
        self.intents: Mapping[Kind, IntentPatterns] = {
            kind: IntentPatterns(
                full=tuple(self.pattern(source) for source in intent.full),
                search=tuple(self.pattern(source) for source in intent.search),
            )
            for kind, intent in texts.intents.items()
        }
        parts = texts.parts
        self.misheard = Mishearing(texts.misheard)
        self._fillers = tuple(self.pattern(rf"(?<!\S)(?:{part})(?!\S)") for part in parts.fillers)
        self._lead_ins = tuple(self.pattern(rf"(?:{part})(?=\s)") for part in parts.lead_ins)
        self._lead_outs = tuple(self.pattern(rf"(?<=\s)(?:{part})$") for part in parts.lead_outs)
        self._compile_rest()

    def pattern(self, source: str) -> re.Pattern[str]:
        """Returns `source` compiled, with its macros put in.

        Raises:
            ProviderError: it is not a regular expression or names an unknown macro.
        """
        known = self._compiled.get(source)
        if known is None:
            known = self._compiled[source] = self._compile(source)
        return known

    def tidy(self, text: str) -> str:
        """Returns `plain(text)` without fillers, with misheard days put right."""
        words = plain(text)
        for filler in self._fillers:
            words = filler.sub("", words)
        return self.misheard.mended(words)

    def core(self, words: str) -> str:
        """Returns tidy `words` without what only leads in or out ("hello, ..., please")."""
        while True:
            before = words
            for lead in self._lead_ins:
                if found := lead.match(words):
                    words = words[found.end() :].strip() or words
            for lead in self._lead_outs:
                if found := lead.search(words):
                    words = words[: found.start()].strip() or words
            if words == before:
                return words

    def full(self, sources: Iterable[str], words: str) -> re.Match[str] | None:
        """Returns the first match of a pattern with the whole of `words`."""
        for source in sources:
            if found := self.pattern(source).fullmatch(words):
                return found
        return None

    def starts(self, sources: Iterable[str], words: str) -> bool:
        """Tells whether `words` begin with a match of a pattern."""
        return any(self.pattern(source).match(words) for source in sources)

    def find(self, sources: Iterable[str], words: str) -> re.Match[str] | None:
        """Returns the first match of a pattern anywhere in `words`."""
        for source in sources:
            if found := self.pattern(source).search(words):
                return found
        return None

    def strip_front(self, sources: Iterable[str], words: str) -> str:
        """Returns `words` without any of the patterns at its front."""
        patterns = [self.pattern(rf"(?:{source})(?!\S)") for source in sources]
        while True:
            before = words
            for pattern in patterns:
                if found := pattern.match(words):
                    words = words[found.end() :].strip()
            if words == before:
                return words

    def negation(self, text: str) -> tuple[str, str] | None:
        """Returns what is refused and what is meant: "not Maria, Marco". None when neither is."""
        words = self._with_commas(text)
        if len(words) > NEGATION_MAX or self.is_question(words):
            return None
        found = self.full(self.texts.parts.negations, words)
        if found is None:
            return None
        return self.tidy(found.groupdict("").get("wrong", "")), self.tidy(found["meant"])

    def refusal(self, text: str) -> str:
        """Returns what the caller does not want, when he says no more than that, else ""."""
        found = self.full(self.texts.parts.refusals, self._with_commas(text))
        return self.tidy(found["wrong"]) if found else ""

    def _with_commas(self, text: str) -> str:
        pieces = (self.tidy(piece) for piece in _STOPS.split(text[:MAX_CHARACTERS]))
        return " , ".join(piece for piece in pieces if piece)

    def is_question(self, words: str) -> bool:
        """Tells whether `words` begin like a question and say enough to be one."""
        return len(words.split()) >= 2 and self.starts(self.texts.parts.question_starts, words)

    def _compile_rest(self) -> None:
        """Compiles every remaining pattern now, so that a mistake shows before the first call."""
        texts = self.texts
        sources: list[str] = [*texts.parts.joints, *texts.parts.question_starts]
        parts = texts.parts
        sources += [*parts.declines, *parts.refers_back, *parts.negations, *parts.refusals]
        sources += [*parts.reached, *texts.capture.zeros]
        sources += [*texts.capture.amends.ends, *texts.capture.amends.starts]
        for group in (texts.routing, texts.note):
            for name, value in group:
                if name == "ordinals":
                    sources += [part for parts in texts.routing.ordinals.values() for part in parts]
                elif isinstance(value, tuple) and name not in _WORD_LISTS:
                    sources += value
        sources += [
            rf"(?:{source})(?!\S)"
            for source in (
                *texts.parts.affirms,
                *texts.parts.denies,
                *texts.parts.lead_ins,
                *texts.parts.lead_outs,
                *texts.routing.articles,
                *texts.note.about_answers,
            )
        ]
        for source in sources:
            self.pattern(source)

    def _compile(self, source: str) -> re.Pattern[str]:
        macros = self.texts.macros

        def put_in(found: re.Match[str]) -> str:
            name = found["name"]
            if name not in macros:
                raise self._wrong(source, f"unknown macro <{name}>")
            return f"(?:{_MACRO.sub(put_in, macros[name])})"

        try:
            # `(?P<group>` is regular-expression syntax, not a macro.
            expanded = re.sub(r"(?<!\(\?P)" + _MACRO.pattern, put_in, source)
            return re.compile(expanded)
        except re.error as error:
            raise self._wrong(source, str(error)) from error

    def _wrong(self, source: str, problem: str) -> ProviderError:
        return ProviderError(
            f"pattern {source!r} is not valid: {problem}.",
            provider=self._provider,
            fix="Correct prompts/<language>/concierge*.yaml.",
        )
