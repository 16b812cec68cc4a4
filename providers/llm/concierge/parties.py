"""People and departments in tool results, and the caller's choice among them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rapidfuzz import fuzz

from providers.llm.concierge.grammar import Grammar, plain
from providers.llm.concierge.party import Party

_ALIKE = 78
"""From this similarity (0..100) a misheard word counts as the word on the list."""
_SOUNDS_ALIKE = 65
_CLEAR_LEAD = 20
"""So much more alike than all others on the list, a word may be misheard worse."""
_RESEMBLES = 70
"""Less alike than this, a name suggested for the one heard only annoys."""
_LEAD = 8
"""A choice must be this much more alike than the next, or the caller is asked again."""


def party(value: object) -> Party | None:
    """Returns the person or department a tool named, or None when it named none."""
    if isinstance(value, str) and value.strip():
        return Party(identifier="", name=value.strip())
    if not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, Any]", value)
    name = str(fields.get("name") or "").strip()
    if not name:
        return None
    return Party(
        identifier=str(fields.get("id") or ""),
        name=name,
        kind=str(fields.get("kind") or "person"),
        department=str(fields.get("department") or ""),
        title=str(fields.get("title") or ""),
        place=str(fields.get("place") or ""),
    )


def parties(values: object) -> tuple[Party, ...]:
    """Returns all that a tool named, without those it did not name properly."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return ()
    items = cast("Sequence[object]", values)
    return tuple(found for item in items if (found := party(item)))


def resembles(heard: str, name: str) -> bool:
    """Tells whether a word heard is like a word of `name`."""
    return any(
        fuzz.ratio(one, other) >= _RESEMBLES
        for one in plain(heard).split()
        for other in plain(name).split()
        if min(len(one), len(other)) > 2
    )


def names(heard: str, name: str) -> bool:
    """Tells whether a word heard is a word of `name`, letter by letter."""
    spoken = set(plain(heard).split())
    return any(word in spoken for word in plain(name).split() if len(word) > 2)


def choose(options: Sequence[Party], words: str, grammar: Grammar) -> Party | None:
    """Returns the one of `options` that tidy `words` mean, or None when that is not clear."""
    routing = grammar.texts.routing
    if grammar.find(routing.any_of_them, words):
        return options[0]
    by_words = _by_words(options, words)
    if by_words:
        return by_words
    index = position(words, len(options), grammar)
    return None if index is None else options[index]


def position(words: str, count: int, grammar: Grammar) -> int | None:
    """Returns which of `count` things tidy `words` mean by its position, from 0, or None.

    A key pressed on a telephone counts: `2` is the second.
    """
    if words.isdecimal() and 1 <= int(words) <= count:
        return int(words) - 1
    for place, sources in grammar.texts.routing.ordinals.items():
        if grammar.find(sources, words):
            if place == 0:
                return 1 if count == 2 else None
            index = place - 1 if place > 0 else count + place
            return index if 0 <= index < count else None
    return None


def _by_words(options: Sequence[Party], words: str) -> Party | None:
    spoken = plain(words).split()
    scores = [_score(option, options, spoken) for option in options]
    best = max(scores)
    alone = sum(score > best - _CLEAR_LEAD for score in scores) == 1
    if best < (_SOUNDS_ALIKE if alone else _ALIKE) or sum(s > best - _LEAD for s in scores) > 1:
        return None
    return options[scores.index(best)]


def _score(option: Party, options: Sequence[Party], spoken: Sequence[str]) -> float:
    """Returns how well the words name what sets `option` apart from the others."""
    mine = _terms(option)
    shared = set[str]().union(*(_terms(other) for other in options if other is not option))
    best = 0.0
    for term in mine - shared:
        for word in spoken:
            if len(word) > 2:
                best = max(best, fuzz.ratio(term, word))
    return best


def _terms(option: Party) -> set[str]:
    text = plain(f"{option.name} {option.department} {option.title} {option.place}")
    return {word for word in text.split() if len(word) > 2}
