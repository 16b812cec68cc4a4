"""Is a clause of a language model's answer known to be so?

A clause passes when every number, time, day, name and address in it was told this call, and when
it is either no claim about anything (courtesy, a question, an offer) or says what one of the
sources of this turn says. What is compared with what is spoken is text and meaning; whether a
source is right is not asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.phrasing import plain, stems, without_accents
from receptionist.calls.grounding_facts import NOTHING, Facts, facts_in

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
_LIKE = 0.62
"""Cosine to a source from which a clause says what it says; chosen with `eval.grounding`."""
_LIKE_IN_FACTS = 0.45
"""The same for a clause whose numbers, times and days were all told: these say what it is about."""
_COVERED = 0.7
"""Share of its telling words that a source has, which is as good."""
_COVERED_IN_FACTS = 0.6
_BARE_WORDS = 2
"""A clause of facts told and little else ("it's sixty pounds") says nothing that was not told."""
_HARMLESS = 0.55
"""Least cosine to a sentence that needs no source."""
_TELLING_LETTERS = 4
_NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "nobody",
        "nothing",
        "cannot",
        "neither",
        "without",
        "non",
        "nessun",
        "nessuno",
        "nessuna",
        "mai",
        "niente",
        "nunca",
        "ningun",
        "ninguno",
        "ninguna",
        "nada",
        "sin",
        "ne",
        "pas",
        "jamais",
        "aucun",
        "aucune",
        "rien",
        "sans",
        "nicht",
        "kein",
        "keine",
        "keinen",
        "keiner",
        "keinem",
        "nie",
        "niemals",
        "ohne",
        "nao",
        "nenhum",
        "nenhuma",
        "sem",
        "senza",
    ]
)
_COURTESY = frozenset(
    [
        "i",
        "lei",
        "la",
        "le",
        "suo",
        "sua",
        "suoi",
        "sue",
        "usted",
        "ustedes",
        "vous",
        "sie",
        "ihnen",
        "ihr",
        "ihre",
        "ihren",
        "english",
        "italian",
        "spanish",
        "french",
        "german",
        "portuguese",
        "ok",
        "okay",
        "mr",
        "mrs",
        "ms",
        "dr",
        "sir",
        "madam",
        "signora",
        "signor",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLED = re.compile(r"\b(?:Herrn?|Frau|Dr\.|Doktor)\s+([^\W\d_]+(?:[ -][A-ZÄÖÜ][^\W\d_]+)?)")
_SENTENCES = re.compile(r"(?<=[.!?…;:])\s+|\n+")
_TELLS = re.compile(
    r"\b(?:"
    r"(?:did|do|didn't|don't) you know(?! (?:who|what|when|where|which|whose|how|why|if|whether)\b)"
    r"|have you heard|are you aware|were you aware"
    r"|(?:lo )?sa(?:peva|pevi|i|pete)? che(?! (?:ora|ore|cosa|tipo|giorno)\b)"
    r"|(?:sab[ií]as?|sabes?) que(?! (?:hora|d[ií]a|tipo)\b)"
    r"|(?:saviez|savez)[- ]vous que|sais-tu que"
    r"|(?:wussten|wissen) sie(?: schon| eigentlich)?,? dass|wusstest du,? dass"
    r")",
    re.I,
)
"""Begins a question that tells something ("did you know that repairs are free?")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Sentences that need no source, and sentences that do, embedded."""

    harmless: NDArray[np.float32]
    claims: NDArray[np.float32]


def examples(guides: Sequence[Mapping[str, Any]], embed: Embed) -> Examples:
    """Returns the examples of all `guides` (`prompts/<language>/guide.yaml`) together."""
    return Examples(
        harmless=embed([line for guide in guides for line in guide["harmless"]]),
        claims=embed([line for guide in guides for line in guide["claims"]]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What an answer may be taken from.

    Attributes:
        texts: What says something: passages found, results of tools, read-backs, facts.
        words: Everything else whose facts may be repeated: what the caller said, what was said.
        languages: In which all of it is.
    """

    texts: Sequence[str]
    words: Sequence[str]
    languages: Sequence[str]


class Grounds:
    """What the clauses of one answer are compared with.

    Args:
        sources: What is known.
        language: In which the answer is.
        embed: Returns one row of length 1 per text.
        known: Sentences that need no source.
    """

    def __init__(self, sources: Sources, language: str, embed: Embed, known: Examples) -> None:
        self._language = language
        self._embed = embed
        self._examples = known
        everything = (*sources.texts, *sources.words)
        spoken = sorted({language, *sources.languages})
        self._facts = [facts_in(text, spoken) for text in everything]
        self._words = frozenset(_flat(word) for text in everything for word in _WORD.findall(text))
        self._told = [s for text in sources.texts for s in _SENTENCES.split(text) if s.strip()]
        self._stems = [frozenset(_telling(sentence)) for sentence in self._told]
        self._all_stems = frozenset[str]().union(*self._stems)
        self._rows = embed(self._told) if self._told else np.zeros((0, 1), np.float32)

    def fault(self, clause: str) -> str:
        """Returns what is wrong with saying `clause`, for a log; "" when nothing is."""
        stated = facts_in(clause, [self._language])
        wrong = self._beyond(stated)
        wrong += [f"name {name!r}" for name in self._strange_names(clause)]
        if wrong:
            return ", ".join(wrong)
        if _asks(clause) or not plain(clause):
            return ""
        vector = self._embed([clause])[0]
        if self._is_harmless(vector) or self._is_told(clause, vector, stated != NOTHING):
            return ""
        return "no source"

    def _beyond(self, stated: Facts) -> list[str]:
        """Returns what of `stated` was not told, all of it in one place.

        Saturday of the question and six o'clock of today's closing make no opening hour.
        """
        if stated == NOTHING:
            return []
        lacking = [stated.beyond(known) for known in self._facts]
        return min(lacking, key=len, default=stated.beyond(NOTHING))

    def is_about(self, clause: str, text: str) -> bool:
        """Whether `clause`, right or wrong, is about what `text` says."""
        rows = self._embed([clause, text])
        return float(rows[0] @ rows[1]) >= _LIKE_IN_FACTS

    def is_courtesy(self, text: str) -> bool:
        """Whether `text` asks for nothing that would need a source."""
        return self._is_harmless(self._embed([text])[0])

    def _is_harmless(self, vector: NDArray[np.float32]) -> bool:
        harmless = float((self._examples.harmless @ vector).max())
        claim = float((self._examples.claims @ vector).max())
        return harmless >= _HARMLESS and harmless > claim

    def _is_told(self, clause: str, vector: NDArray[np.float32], has_facts: bool) -> bool:
        if not self._told:
            return False
        cosines = self._rows @ vector
        said = _telling(clause)
        shares = [len(said & known) / len(said) if said else 0.0 for known in self._stems]
        best = int(np.argmax([c + s for c, s in zip(cosines.tolist(), shares, strict=True)]))
        least = _COVERED_IN_FACTS if has_facts else _COVERED
        covered = bool(said) and len(said & self._all_stems) >= least * len(said)
        if shares[best] >= 0.5 and _negated(clause) != _negated(self._told[best]):
            return False
        bare = has_facts and len(said) <= _BARE_WORDS and len(said - self._all_stems) < 2
        like = _LIKE_IN_FACTS if has_facts else _LIKE
        return float(cosines.max()) >= like or covered or bare

    def _strange_names(self, clause: str) -> list[str]:
        if self._language == "de":  # every noun has a capital there
            found = [name for match in _TITLED.findall(clause) for name in match.split()]
        else:
            found = _capitals(clause)
        return [name for name in found if not self._knows(name)]

    def _knows(self, name: str) -> bool:
        flat = _flat(name)
        parts = re.split(r"['-]", flat)
        return (
            flat in self._words
            or flat in _COURTESY
            or parts[-1] in self._words
            or parts[0] in _COURTESY
        )


def _asks(clause: str) -> bool:
    """Returns whether `clause` is a question, and one that tells nothing by the way."""
    marked = clause.rstrip(' "»”').endswith("?") or clause.lstrip().startswith("¿")
    return marked and not _TELLS.search(clause)


def _capitals(clause: str) -> list[str]:
    """Returns words with a capital that no beginning of a sentence explains."""
    found: list[str] = []
    for sentence in _SENTENCES.split(clause):
        words = _WORD.findall(sentence)
        named = [word for word in words[1:] if word[0].isupper() and not _is_calendar(word)]
        found += named
        whole_name = named and words[1] == named[0] and _flat(words[1]) not in _COURTESY
        if whole_name and words[0][0].isupper() and _flat(words[0]) not in _COURTESY:
            found.append(words[0])
    return found


def _is_calendar(word: str) -> bool:
    return bool(facts_in(word, ["en"]).days or facts_in(word, ["en"]).months)


def _negated(text: str) -> bool:
    words = without_accents(text.lower().replace("’", "'"))
    return "n't" in words or not _NEGATIONS.isdisjoint(re.findall(r"[^\W\d_]+", words))


def _telling(text: str) -> set[str]:
    """Returns the stems of the words that carry the meaning."""
    words = [word for word in _WORD.findall(text) if len(word) >= _TELLING_LETTERS]
    return set(stems(" ".join(words)))


def _flat(word: str) -> str:
    return without_accents(word.lower().replace("’", "'"))
