"""Every text an admin has written, and what it is for.

All of a tenant is walked through: a text that a new key brings along is screened as well, unless
its key is named here as one that holds no text for callers or models.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from receptionist.tenants.config import TenantConfig
from receptionist.tenants.finding import Location


class Use(StrEnum):
    """What a text is for."""

    TOLD = "told"
    """Tells the assistant what to do."""
    NAMED = "named"
    """Is what something is called; it has a topic but no purpose."""
    SAID = "said"
    """Is said to callers as it stands."""
    ASKED = "asked"
    """What callers may say; nothing is done because it is written here."""
    QUOTED = "quoted"
    """Stands in a document; callers are told what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text of the tenant.

    Attributes:
        location: The way to it.
        language: It is written for; "" is any.
        use: What it is for.
        text: As it was written.
    """

    location: Location
    language: str
    use: Use
    text: str


_USES: Mapping[str, Use] = {
    **dict.fromkeys(("greeting", "answer", "ask", "confirm", "spoken"), Use.SAID),
    **dict.fromkeys(("questions", "keywords", "examples"), Use.ASKED),
    **dict.fromkeys(("names", "aliases", "services", "nicknames", "title", "place"), Use.NAMED),
    "documents": Use.QUOTED,
}
_OF_TENANT = frozenset(
    {"tenant", "languages", "start_language", "numbers", "country", "time_zone", "escalation"}
    | {"escalation_next"}
    | {"patience", "recording", "guard"}
)
"""Keys of the tenant without texts; what `guard` holds speaks about sentences, and would be found
for it."""
_TECHNICAL = frozenset(
    {"id", "of", "department", "extension", "region", "escalate", "calendars", "kind", "page"}
    | {"url", "method", "headers", "secrets", "sha256", "command", "type", "at", "say", "caldav"}
)
"""Keys anywhere whose values are names for programs."""


def texts_of(config: TenantConfig) -> Iterator[Written]:
    """Yields every text of a tenant that callers or models come to know."""
    for key, value in config.model_dump(exclude=set(_OF_TENANT)).items():
        yield from _walk(value, (key,), _USES.get(key, Use.TOLD), "")


def _walk(value: Any, location: Location, use: Use, language: str) -> Iterator[Written]:
    if isinstance(value, str):
        text = value.replace("_", " ") if location[-1] in ("name", "outcome") else value
        if text.strip():
            yield Written(location=location, language=language, use=use, text=text)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[Any, Any]", value).items():
            yield from _entry(str(key), item, location, use, language)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _walk(item, (*location, index), use, language)


def _entry(key: str, item: Any, around: Location, use: Use, language: str) -> Iterator[Written]:
    location = (*around, key)
    if around == ("instructions",):  # their titles are shown to the model too
        yield Written(location=location, language="", use=use, text=key)
    elif len(key) == 2 and key.islower() and key.isalpha():
        language = key if key not in _TECHNICAL else language
    if key not in _TECHNICAL or around[:1] == ("engines",) or "body" in around:
        inside = use if use is Use.QUOTED else _USES.get(key, use)
        yield from _walk(item, location, inside, language)
