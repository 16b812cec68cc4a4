"""Finds the person or the department a caller asks for, in any words.

"Maria from accounting", "mister rosie", "the billing people", "someone about my invoice": every
word of the phrase is looked up among the words of names (by sound, wherever they stand), titles
and departments, and what explains most of the phrase is meant. Built for 100,000 people: a phrase
is compared with the few hundred names that share its sounds.

Somebody is only `found` when nobody else is nearly as likely and the name was heard well; in doubt
the caller is asked, for a wrong person on the line is worse than a question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.name_fits import FAR_BEHIND, CommonForms, Fit, NameForms, shares
from knowledge.name_forms import department_forms, name_forms, place_forms, title_forms
from knowledge.name_words import Phrase, listen
from knowledge.people import Contact, Department

Destination = Contact | Department

ALIKE = 0.68
"""Least likeness of two words heard to a name; better than by chance in 1,000 people."""

ALIKE_ALONE = 0.8
"""The same where one word is all there is: a stray word is easily a bit like some name."""

_SURE = 0.8
"""Share of the likelihood at which one person is announced and not asked about."""

_SURE_ALIKE = 0.85
_SURE_WORST = 0.75
_BEHIND = 0.2
_NEAR = 0.72
_NEAR_GAIN = 80
_AS_GOOD = 0.05
_MOST_CANDIDATES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Who is meant.

    Attributes:
        outcome: `found` has one candidate; `ambiguous` those to ask about, one where that one is
            likely but not certain; `unknown` those that come near, and a department that was named.
        candidates: People and departments, best first, at most three.
    """

    outcome: Literal["found", "ambiguous", "unknown"]
    candidates: tuple[Destination, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """What is said beside a name.

    Attributes:
        units: Fits of departments.
        titles: Fits of what people do.
        places: Fits of places people work at.
        within: Ids of the departments that were named apart.
        at: Places that were named apart.
    """

    units: Sequence[Fit]
    titles: Sequence[Fit]
    places: Sequence[Fit]
    within: frozenset[str]
    at: frozenset[str]


class Directory:
    """The people and departments of one tenant."""

    def __init__(self, departments: Sequence[Department], contacts: Sequence[Contact]) -> None:
        self.departments = {department.id: department for department in departments}
        self.contacts = {contact.id: contact for contact in contacts}
        self._names = NameForms(f for c in contacts for f in name_forms(c))
        self._titles = CommonForms(f for c in contacts for f in title_forms(c))
        self._places = CommonForms(f for f in place_forms(contacts) if f.words)
        self._units = CommonForms(f for d in departments for f in department_forms(d))

    def get(self, identifier: str) -> Destination | None:
        """Returns the contact or department with this id."""
        return self.contacts.get(identifier) or self.departments.get(identifier)

    def find(self, phrase: str, language: str, department: str = "") -> Lookup:
        """Returns who `phrase` means.

        Args:
            phrase: Whom the caller asks for, in any words.
            language: The caller's.
            department: Words that narrow it: a department, or the place where somebody works.
        """
        heard = listen(phrase, language)
        named = self._names.fits(heard)
        beside = listen(department, language)
        spoken = _Spoken(
            units=self._units.fits(heard),
            titles=self._titles.fits(heard),
            places=self._places.fits(heard),
            within=_owners(self._units.fits(beside)),
            at=_owners(self._places.fits(beside)),
        )
        people = _people(named, heard, [*spoken.units, *spoken.titles])
        if people:
            return self._one_of(people, heard, spoken)
        roles = [*_top(spoken.units), *_top(spoken.titles)]
        if roles:
            best = max(fit.rank for fit in roles)
            return self._roles([fit for fit in roles if fit.rank >= best], spoken.within)
        if spoken.within and not heard.telling:
            return self._asked([self.departments[owner] for owner in sorted(spoken.within)])
        return self._unknown(_near(named, heard), spoken.within)

    def _one_of(self, people: Sequence[Fit], heard: Phrase, spoken: "_Spoken") -> Lookup:
        """Returns which of the people named is meant, by department, title and place."""
        name = people[0].positions
        units, titles, places = (
            [fit for fit in fits if not fit.positions & name]
            for fits in (spoken.units, spoken.titles, spoken.places)
        )
        explained = name.union(*(fit.positions for fit in (*units, *titles, *places)))
        departments = spoken.within or _owners(units)
        if people[0].words == 1 and _beside_unknown_word(name, heard, explained):
            return self._unknown(people, departments)
        titled = {fit.owner for fit in titles}
        likely = [fit for fit in people if _rivals(fit, people[0])]
        here = [fit for fit in likely if fit.owner in titled] or [
            fit
            for fit in likely
            if not departments or self.contacts[fit.owner].department in departments
        ]
        if not here:
            return self._unknown(likely, departments)
        here = self._at(spoken.at or _owners(places), here) or here
        return self._asked([self.contacts[fit.owner] for fit in here], sure=_sure(here))

    def _at(self, places: frozenset[str], fits: Sequence[Fit]) -> Sequence[Fit]:
        """Returns the fits of those who work at one of `places`."""
        return [fit for fit in fits if places & set(self.contacts[fit.owner].place.values())]

    def _roles(self, roles: Sequence[Fit], within: frozenset[str]) -> Lookup:
        units = [self.departments[f.owner] for f in roles if f.owner in self.departments]
        if units:
            narrowed = [unit for unit in units if unit.id in within]
            return self._asked(narrowed or units)
        people = [self.contacts[fit.owner] for fit in roles]
        narrowed_people = [person for person in people if person.department in within]
        return self._asked(narrowed_people or people)

    def _asked(self, candidates: Sequence[Destination], *, sure: bool | None = None) -> Lookup:
        found = len(candidates) == 1 if sure is None else sure
        most = 1 if found else _MOST_CANDIDATES
        return Lookup(
            outcome="found" if found else "ambiguous", candidates=tuple(candidates[:most])
        )

    def _unknown(self, near: Sequence[Fit], departments: Iterable[str]) -> Lookup:
        """Returns those who come near, and the departments that were named."""
        units = [self.departments[owner] for owner in sorted(departments)]
        most = max(1, _MOST_CANDIDATES - len(units))
        people = [self.contacts[fit.owner] for fit in near[:most]]
        return Lookup(outcome="unknown", candidates=(*people, *units)[:_MOST_CANDIDATES])


def _people(named: Sequence[Fit], heard: Phrase, roles: Sequence[Fit]) -> Sequence[Fit]:
    """Returns the fits of the people who may be named; none when nobody is."""
    if not named:
        return ()
    first = named[0]
    if first.words > 1 and first.likeness >= ALIKE:
        return named
    if first.likeness < ALIKE_ALONE or first.positions <= heard.things:
        return ()
    rivals = [fit for fit in roles if fit.positions & first.positions]
    return () if any(fit.rank > first.rank for fit in rivals) else named


def _sure(fits: Sequence[Fit]) -> bool:
    """Whether the first of `fits` is meant beyond reasonable doubt."""
    first = fits[0]
    heard_well = first.likeness >= _SURE_ALIKE and first.worst >= _SURE_WORST
    return heard_well and shares(fits)[0] >= _SURE


def _rivals(fit: Fit, best: Fit) -> bool:
    """Whether `fit` may be meant when `best` fits best."""
    return fit.gain > best.gain - FAR_BEHIND and fit.likeness > best.likeness - _BEHIND


def _near(named: Sequence[Fit], heard: Phrase) -> Sequence[Fit]:
    return [
        fit
        for fit in named
        if fit.likeness >= _NEAR
        and fit.gain >= _NEAR_GAIN
        and not fit.positions <= heard.things
        and not heard.exact_only
    ]


def _top(fits: Sequence[Fit]) -> list[Fit]:
    """Returns the fits about as good as the best."""
    if not fits:
        return []
    words, likeness = max(fit.rank for fit in fits)
    return [f for f in fits if f.words == words and f.likeness >= likeness - _AS_GOOD]


def _owners(fits: Sequence[Fit]) -> frozenset[str]:
    return frozenset(fit.owner for fit in _top(fits))


def _beside_unknown_word(name: frozenset[int], heard: Phrase, explained: frozenset[int]) -> bool:
    """Whether a word nobody has stands next to the name: "John" in "John Carter"."""
    beside = {position + step for position in name for step in (-1, 1)}
    return bool(beside & (heard.telling - explained))
