"""What the caller wants: patterns first, then the meaning of the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from providers.llm.concierge.grammar import MAX_CHARACTERS, Grammar
from providers.llm.concierge.state import Act
from providers.llm.concierge.vocabulary import Kind

MAX_REQUESTS = 4
"""More requests in one turn are not answered one by one; the caller would lose track too."""
MEANING_WORDS_MAX = 25
"""A longer sentence is near to no exemplar, and its embedding takes longer than a turn may."""
_SOCIAL = (Kind.GREETING, Kind.THANKS, Kind.HOW_ARE_YOU, Kind.COMPLIMENT, Kind.ANGER)
_ANSWERS = (Kind.AFFIRM, Kind.DENY)
_NEVER_BY_MEANING = frozenset(
    {
        Kind.QUESTION,
        Kind.AFFIRM,
        Kind.DENY,
        Kind.WAIT,
        Kind.LANGUAGE,
        Kind.ABUSE,
        Kind.COMPLIMENT,
        Kind.WEATHER,
        Kind.JOKE,
        Kind.PERSONAL,
    }
)
"""Only their words decide: they are too short, or too near to what a company may be asked."""
_ADDRESSED = (Kind.ROUTE, Kind.MESSAGE, Kind.CALLBACK)
_EMBEDDINGS_KEPT = 512
_QUESTION_WORDS_MIN = 3


_LAST = (
    Kind.ROUTE,
    Kind.HUMAN,
    Kind.APPOINTMENT,
    Kind.CALLBACK,
    Kind.MESSAGE,
    Kind.GOODBYE,
)
"""These end the conversation or begin a longer one, so what else was asked comes before them."""
_ASIDE = (Kind.WAIT, Kind.REPEAT, Kind.SLOWER, Kind.LOUDER)


class Meaning(Protocol):
    """The part of an embedder needed here."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one row of length 1 per text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The kind a sentence is nearest to, the similarity, and its lead over the best other."""

    kind: Kind
    score: float
    lead: float


class Understanding:
    """Reads utterances of one language; shared by all its calls."""

    def __init__(self, grammar: Grammar, meaning: Meaning) -> None:
        self.grammar = grammar
        self._meaning = meaning
        kinds: list[Kind] = []
        sentences: list[str] = []
        for kind, intent in grammar.texts.intents.items():
            kinds += [kind] * len(intent.exemplars)
            sentences += intent.exemplars
        kinds += [Kind.QUESTION] * len(grammar.texts.topics)
        sentences += grammar.texts.topics
        self._kinds = np.array([list(Kind).index(kind) for kind in kinds])
        self._matrix = meaning.embed([grammar.tidy(text) for text in sentences])
        self._guess = lru_cache(maxsize=_EMBEDDINGS_KEPT)(self._nearest)

    def acts(self, text: str) -> tuple[Act, ...]:
        """Returns what the caller wants, in order; a question when nothing else fits."""
        text = text[:MAX_CHARACTERS]
        words = self.grammar.tidy(text)
        acts = [act for piece in self._pieces(text) if (act := self.read(piece))]
        if len(acts) < 2:
            acts = [self.read(words) or Act(kind=Kind.QUESTION, text=words)]
        return _substantial(acts)

    def read(self, words: str) -> Act | None:
        """Returns the one request in tidy `words`; None when they are empty."""
        if not words:
            return None
        core = self.grammar.core(words)
        act = self.by_pattern(words, core)
        if act:
            return act
        if len(core.split()) > MEANING_WORDS_MAX:
            return Act(kind=Kind.QUESTION, text=core)
        guess = self._guess(core)
        limits = self.grammar.texts.thresholds
        if guess.kind not in _NEVER_BY_MEANING and (
            guess.score >= limits.sure and guess.lead >= limits.margin
        ):
            return self._by_meaning(guess.kind, core)
        return Act(kind=Kind.QUESTION, text=core, wish=words != core and words.startswith(core))

    def by_pattern(self, words: str, core: str | None = None, *, whole: bool = False) -> Act | None:
        """Returns the request a pattern finds in tidy `words`, or None.

        Args:
            words: What was said.
            core: The same without lead-in and lead-out, when already known.
            whole: Only patterns that account for every word.
        """
        core = self.grammar.core(words) if core is None else core
        for variant in dict.fromkeys((words, core)):
            for kind, patterns in self.grammar.intents.items():
                for pattern in patterns.full:
                    if found := pattern.fullmatch(variant):
                        return self._act(kind, core, found.groupdict(""))
        for kind, patterns in ({} if whole else self.grammar.intents).items():
            for pattern in patterns.search:
                if found := pattern.search(core):
                    return self._act(kind, core, found.groupdict(""))
        return None

    def patterned(self, text: str) -> frozenset[Kind]:
        """Returns the kinds of what `text` holds; none when a piece of it matches no pattern."""
        pieces = [piece for piece in self._pieces(text[:MAX_CHARACTERS]) if piece]
        acts = [self.by_pattern(piece) for piece in pieces]
        return frozenset(act.kind for act in acts if act) if all(acts) else frozenset()

    def guess(self, words: str) -> Guess:
        """Returns what tidy `words` mean most likely, however unlikely that is."""
        return self._guess(self.grammar.core(words))

    def _nearest(self, words: str) -> Guess:
        similarities = self._matrix @ self._meaning.embed([words])[0]
        best = int(similarities.argmax())
        others = similarities[self._kinds != self._kinds[best]]
        score = float(similarities[best])
        return Guess(
            kind=list(Kind)[int(self._kinds[best])],
            score=score,
            lead=score - (float(others.max()) if others.size else 0.0),
        )

    def _by_meaning(self, kind: Kind, core: str) -> Act:
        if kind is not Kind.ROUTE:
            return Act(kind=kind, text=core)
        noise = frozenset(self.grammar.texts.routing.noise)
        target = " ".join(word for word in core.split() if word not in noise)
        if target == core:
            return Act(kind=Kind.QUESTION, text=core)
        return self._act(Kind.ROUTE, core, {"target": target})

    def _act(self, kind: Kind, core: str, groups: dict[str, str]) -> Act:
        groups["target"] = groups.get("target") or groups.get("target2", "")
        if kind in _ADDRESSED and groups["target"]:
            return self._addressed(kind, core, groups)
        if maybe := groups.get("maybe", "").strip():
            articles = self.grammar.texts.routing.articles
            target = self.grammar.strip_front(articles, self.grammar.core(maybe))
            return Act(kind=Kind.QUESTION, text=core, target=target)
        return Act(
            kind=kind,
            text=core,
            about=groups.get("about", "").strip(),
            destination=groups.get("destination", "").strip(),
            service=groups.get("service", "").strip(),
            language=groups.get("language", "").strip(),
        )

    def _addressed(self, kind: Kind, core: str, groups: dict[str, str]) -> Act:
        """Takes a target to pieces: who, in which department, about what."""
        grammar, routing = self.grammar, self.grammar.texts.routing
        target = grammar.core(groups["target"].strip())
        reason = department = ""
        via = grammar.full(routing.via, target)
        if via:
            target = via["target"].strip()
        if found := grammar.full(routing.with_reason, target):
            target, reason = found["name"].strip(), found["reason"].strip()
        if found := grammar.full(routing.in_department, target):
            target, department = found["name"].strip(), found["department"].strip()
        if grammar.full(routing.anybody, target):
            target, department = department, ""
            if kind is Kind.ROUTE and not target:
                return Act(kind=Kind.HUMAN, text=core, reason=reason)
        elif target in routing.not_targets:
            target = ""
        return Act(
            kind=kind,
            text=core,
            target=grammar.strip_front(routing.articles, target),
            department=grammar.strip_front(routing.articles, department),
            reason=reason,
            about=groups.get("about", "").strip(),
            anybody=via is not None,
        )

    def _pieces(self, text: str) -> list[str]:
        """Splits an utterance where both sides hold a request of their own."""
        pieces: list[str] = []
        rest = text.lower()
        while len(pieces) < MAX_REQUESTS - 1:
            cut = self._cut(rest)
            if cut is None:
                break
            pieces.append(cut[0])
            rest = cut[1]
        return [*pieces, self.grammar.tidy(rest)]

    def _cut(self, text: str) -> tuple[str, str] | None:
        spots = sorted(
            {
                (found.start(), found.end())
                for source in self.grammar.texts.parts.joints
                for found in self.grammar.pattern(source).finditer(text)
            }
        )
        for start, end in spots:
            left, right = self.grammar.tidy(text[:start]), text[end:]
            if self._begins(left) and not self.grammar.is_question(self.grammar.tidy(right)):
                # "Could you also ask ..." is one request.
                continue
            if self._carries(left) and self._carries_some(right):
                return left, right
        return None

    def _begins(self, words: str) -> bool:
        """Tells whether `words` are but the first words of a question."""
        few = len(self.grammar.core(words).split()) < _QUESTION_WORDS_MIN
        return few and not self.by_pattern(words)

    def _carries_some(self, text: str) -> bool:
        """Tells whether `text`, up to its own first joint at least, holds a request."""
        if self._carries(self.grammar.tidy(text)):
            return True
        for source in self.grammar.texts.parts.joints:
            found = self.grammar.pattern(source).search(text)
            if found and self._carries(self.grammar.tidy(text[: found.start()])):
                return True
        return False

    def _carries(self, words: str) -> bool:
        if not words:
            return False
        core = self.grammar.core(words)
        return self.by_pattern(words, core) is not None or self.grammar.is_question(core)


def _substantial(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Drops politeness around a request; what ends or takes over the talk comes last."""
    firm = [act for act in acts if act.kind not in (*_SOCIAL, *_ANSWERS)]
    if not firm:
        kinds = [act.kind for act in acts]
        for kind in (Kind.ANGER, *_ANSWERS, *_SOCIAL[::-1]):
            if kind in kinds:
                return (acts[kinds.index(kind)],)
    rank = {kind: position for position, kind in enumerate(_LAST, start=1)} | {Kind.LANGUAGE: -1}
    ordered = sorted(firm, key=lambda act: rank.get(act.kind, 0))
    if len(ordered) > 1 and ordered[0].kind is not Kind.GOODBYE:
        ordered = [act for act in ordered if act.kind not in _ASIDE] or ordered
    return tuple(ordered)
