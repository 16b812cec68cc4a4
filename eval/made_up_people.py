"""A company of people who do not exist, put together by chance from lists of names."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from rapidfuzz import fuzz, process

from knowledge.people import Contact, Department

FOLDER = Path(__file__).parent / "data" / "people"
DEPARTMENTS = ("sales", "repairs", "accounts", "warehouse", "planning", "quality")
TWIN_SHARE = 0.1
"""Part of the company made of people whose name is close to a colleague's: Mark and Marc Ellis."""
_NEAR_SCORE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A caller's words, and who is meant."""

    text: str
    contact: Contact


def company(language: str, seed: int, size: int = 1000) -> tuple[list[Department], list[Contact]]:
    """Returns departments and `size` people with different names, the same for the same seed."""
    chance = random.Random(f"{language} {seed}")
    given, family = lists(language)["given"], lists(language)["family"]
    names: dict[tuple[str, str], None] = {}
    while len(names) < size * (1 - TWIN_SHARE):
        names[chance.choice(given), chance.choice(family)] = None
    first = list(names)
    while len(names) < size:
        names[_twin(chance, chance.choice(first), given, family)] = None
    people = list(names)
    chance.shuffle(people)
    departments = [Department.model_validate({"id": d, "names": d}) for d in DEPARTMENTS]
    contacts = [
        Contact(id=f"p{number}", name=" ".join(name), department=chance.choice(DEPARTMENTS))
        for number, name in enumerate(people)
    ]
    return departments, contacts


def requests(language: str, seed: int, contacts: Sequence[Contact], number: int) -> list[Request]:
    """Returns `number` requests for different `contacts`; fewer are the first of more."""
    chance = random.Random(f"{language} {seed} requests")
    wanted = list(contacts)
    chance.shuffle(wanted)
    carriers = lists(language)["requests"]
    return [
        Request(text=chance.choice(carriers).format(name=contact.name), contact=contact)
        for contact in wanted[:number]
    ]


@cache
def lists(language: str) -> dict[str, list[str]]:
    """Returns given names, family names and requests of one language."""
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    # Every scalar is a text: `No` and `On` are names.
    value: Any = yaml.load(text, Loader=yaml.CBaseLoader)
    return cast("dict[str, list[str]]", value)


def _twin(
    chance: random.Random, name: tuple[str, str], given: list[str], family: list[str]
) -> tuple[str, str]:
    """Returns a name that shares one half with `name` and is close in the other."""
    if chance.random() < 0.5:
        return chance.choice(_near(name[0], given)), name[1]
    return name[0], chance.choice(_near(name[1], family))


def _near(name: str, among: list[str]) -> list[str]:
    found = process.extract(name, among, scorer=fuzz.ratio, limit=4, score_cutoff=_NEAR_SCORE)
    return [other for other, _, _ in found]
