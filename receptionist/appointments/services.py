"""Which service a caller means."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from knowledge.phrasing import without_accents
from knowledge.wording import phrases, worded
from receptionist.appointments.config import Service

_SURE = 75
"""Likeness from which words are taken for a service; "boiler servicing" and "boiler service" have
more, "a haircut" and "a survey" less."""
_APART = 8
"""Services whose likeness differs by less are both meant; the caller is asked."""


def meant(words: str, services: Sequence[Service], language: str) -> list[Service]:
    """Returns the services `words` may mean, the likeliest first; [] when it is none of them.

    Args:
        words: The caller's, or the id of a service; "" means any.
        services: All that can be booked.
        language: ISO 639-1 code.
    """
    heard = _plain(words)
    if not heard:
        return list(services)
    by_id = [service for service in services if service.id == words.strip()]
    if by_id:
        return by_id
    rated = [(_likeness(heard, service, language), service) for service in services]
    best = max((score for score, _ in rated), default=0.0)
    if best < _SURE:
        return []
    rated.sort(key=lambda pair: -pair[0])
    return [service for score, service in rated if score > best - _APART]


def _likeness(heard: str, service: Service, language: str) -> float:
    names = [worded(service.names, language), *phrases(service.aliases, language)]
    found = process.extractOne(heard, [_plain(name) for name in names], scorer=fuzz.token_set_ratio)
    return found[1] if found else 0.0


def _plain(text: str) -> str:
    return " ".join(without_accents(text.casefold()).split()).strip(" .,!?")
