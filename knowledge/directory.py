"""Finds the person or the department a caller asks for, in any words.

"Maria from accounting", "mister rosie", "the billing people", "someone about my invoice": every
word of the phrase is looked up among the words of names (by spelling and by sound), titles and
departments, and what explains most of the phrase is meant. Built for 100,000 people: a phrase
touches only those who share a word with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.name_forms import Form, department_forms, name_forms, title_forms
from knowledge.name_words import CommonWords, NameWords, Phrase, listen, spoken_words
from knowledge.people import Contact, Department

Destination = Contact | Department

ALIKE = 0.78
"""Least likeness of a heard word to a name: `rosie` is 0.89 like `rossi`, `dragon` 0.7 `megan`."""

ALIKE_ALONE = 0.83
"""The same where one word is all there is: a stray word is easily a bit like some name."""

_NEAR = 0.68
_AS_GOOD = 0.05
_OTHER_LANGUAGE = 0.1
_MOST_CANDIDATES = 5
_MOST_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Who is meant.

    Attributes:
        outcome: `found` has one candidate, `ambiguous` several, `unknown` those that come near.
        candidates: People and departments, best first.
    """

    outcome: Literal["found", "ambiguous", "unknown"]
    candidates: tuple[Destination, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well one form explains a phrase: at which positions, and how alike on the average."""

    owner: str
    words: int
    positions: frozenset[int]
    likeness: float
    complete: bool

    @property
    def rank(self) -> tuple[int, float]:
        """Orders fits: more words first, then closer ones."""
        return self.words, self.likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """A word of a name as it was heard: how alike, and at which positions."""

    likeness: float
    positions: frozenset[int]


class _Forms:
    """Forms of names with an index from each word to the forms that have it."""

    def __init__(self, forms: Iterable[Form], kind: type[NameWords | CommonWords]) -> None:
        self._forms = tuple(forms)
        self._having: dict[str, list[int]] = {}
        for index, form in enumerate(self._forms):
            for word in dict.fromkeys(form.words):
                self._having.setdefault(word, []).append(index)
        self._vocabulary = kind(self._having)

    def fits(self, phrase: Phrase, language: str, floor: float) -> list[Fit]:
        """Returns the best fit of each owner that shares a word with `phrase`, best first."""
        matches: dict[int, dict[str, _Heard]] = {}
        for word, positions in spoken_words(phrase):
            near = self._vocabulary.like(word, 1.0 if phrase.exact_only else floor)
            for known_word, likeness in near.items():
                heard = _Heard(likeness=likeness, positions=positions)
                for index in self._having[known_word]:
                    known = matches.setdefault(index, {})
                    before = known.get(known_word)
                    if before is None or likeness > before.likeness:
                        known[known_word] = heard
        best: dict[str, Fit] = {}
        for index, known in matches.items():
            fit = _fit(self._forms[index], known, language)
            if fit.owner not in best or _better(fit, best[fit.owner]):
                best[fit.owner] = fit
        return sorted(best.values(), key=lambda fit: (-fit.words, -fit.likeness, fit.owner))


class Directory:
    """The people and departments of one tenant."""

    def __init__(self, departments: Sequence[Department], contacts: Sequence[Contact]) -> None:
        self.departments = {department.id: department for department in departments}
        self.contacts = {contact.id: contact for contact in contacts}
        self._names = _Forms((f for c in contacts for f in name_forms(c)), NameWords)
        self._titles = _Forms((f for c in contacts for f in title_forms(c)), CommonWords)
        self._units = _Forms((f for d in departments for f in department_forms(d)), CommonWords)

    def get(self, identifier: str) -> Destination | None:
        """Returns the contact or department with this id."""
        return self.contacts.get(identifier) or self.departments.get(identifier)

    def find(self, phrase: str, language: str, department: str = "") -> Lookup:
        """Returns who `phrase` means; `department`, in the caller's words, narrows it."""
        heard = listen(phrase, language)
        named = self._names.fits(heard, language, ALIKE)
        units = _complete(self._units.fits(heard, language, 0.0))
        titled = _complete(self._titles.fits(heard, language, 0.0))
        within = self._meant_by(department, language)
        people = self._people(named, heard, [*units, *titled])
        if people is not None:
            return self._one_of(people, heard, units, titled, within)
        roles = [*_top(units), *_top(titled)]
        if roles:
            best = max(fit.rank for fit in roles)
            roles = [fit for fit in roles if fit.rank >= best]
            return self._roles(roles, within)
        if within and not heard.telling:
            return _lookup([self.departments[owner] for owner in sorted(within)])
        return Lookup(outcome="unknown", candidates=self._near(heard, language))

    def _meant_by(self, department: str, language: str) -> frozenset[str]:
        fits = _top(_complete(self._units.fits(listen(department, language), language, 0.0)))
        return frozenset(fit.owner for fit in fits)

    def _people(
        self, named: Sequence[Fit], heard: Phrase, roles: Sequence[Fit]
    ) -> list[Fit] | None:
        """Returns the fits of the people who are named; None when nobody is."""
        best = _top(named)
        if not best:
            return None
        first = best[0]
        if first.words > 1:
            return best
        if first.likeness < ALIKE_ALONE or first.positions <= heard.things:
            return None
        rivals = [fit for fit in roles if fit.positions & first.positions]
        return None if any(fit.rank > first.rank for fit in rivals) else best

    def _one_of(
        self,
        people: Sequence[Fit],
        heard: Phrase,
        units: Sequence[Fit],
        titled: Sequence[Fit],
        within: frozenset[str],
    ) -> Lookup:
        """Returns which of the people named is meant, by department and title."""
        name = people[0].positions
        beside = [fit for fit in (*units, *titled) if not fit.positions & name]
        explained = frozenset[int]().union(name, *(fit.positions for fit in beside))
        contacts = [self.contacts[fit.owner] for fit in people]
        if people[0].words == 1 and _beside_unknown_word(name, heard, explained):
            return Lookup(outcome="unknown", candidates=tuple(contacts[:_MOST_SUGGESTIONS]))
        departments = within or {f.owner for f in _top([f for f in beside if f in units])}
        titles = {fit.owner for fit in beside if fit in titled}
        with_title = [contact for contact in contacts if contact.id in titles]
        here = with_title or [c for c in contacts if not departments or c.department in departments]
        if not here:
            return Lookup(outcome="unknown", candidates=tuple(contacts[:_MOST_SUGGESTIONS]))
        return _lookup(here)

    def _roles(self, roles: Sequence[Fit], within: frozenset[str]) -> Lookup:
        units = [self.departments[f.owner] for f in roles if f.owner in self.departments]
        if units:
            narrowed = [unit for unit in units if unit.id in within]
            return _lookup(narrowed or units)
        people = [self.contacts[fit.owner] for fit in roles]
        narrowed_people = [person for person in people if person.department in within]
        return _lookup(narrowed_people or people)

    def _near(self, heard: Phrase, language: str) -> tuple[Destination, ...]:
        if heard.exact_only:
            return ()
        fits = self._names.fits(heard, language, _NEAR)
        alike = [fit for fit in fits if not fit.positions <= heard.things]
        return tuple(self.contacts[fit.owner] for fit in alike[:_MOST_SUGGESTIONS])


def _fit(form: Form, matches: dict[str, _Heard], language: str) -> Fit:
    likeness = sum(heard.likeness for heard in matches.values()) / len(matches)
    return Fit(
        owner=form.owner,
        words=len(matches),
        positions=frozenset[int]().union(*(heard.positions for heard in matches.values())),
        likeness=likeness if form.language in (language, "*") else likeness - _OTHER_LANGUAGE,
        complete=len(matches) == len(frozenset(form.words)),
    )


def _better(one: Fit, other: Fit) -> bool:
    return (one.complete, *one.rank) > (other.complete, *other.rank)


def _complete(fits: Iterable[Fit]) -> list[Fit]:
    return [fit for fit in fits if fit.complete]


def _top(fits: Sequence[Fit]) -> list[Fit]:
    """Returns the fits about as good as the best."""
    if not fits:
        return []
    words, likeness = max(fit.rank for fit in fits)
    return [f for f in fits if f.words == words and f.likeness >= likeness - _AS_GOOD]


def _beside_unknown_word(name: frozenset[int], heard: Phrase, explained: frozenset[int]) -> bool:
    """Whether a word nobody has stands next to the name: "John" in "John Carter"."""
    beside = {position + step for position in name for step in (-1, 1)}
    return bool(beside & (heard.telling - explained))


def _lookup(candidates: Sequence[Destination]) -> Lookup:
    if len(candidates) == 1:
        return Lookup(outcome="found", candidates=tuple(candidates))
    return Lookup(outcome="ambiguous", candidates=tuple(candidates[:_MOST_CANDIDATES]))
