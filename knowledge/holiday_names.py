"""Public holidays of a country and how they are called."""

from datetime import date
from functools import cache
from typing import Any

import holidays

from knowledge.language_data import read

_OBSERVED = " (observed)"


class PublicHolidays:
    """The public holidays of `country` and, if given, of its `region`.

    Raises:
        LookupError: the country or the region is unknown.
    """

    def __init__(self, country: str, region: str | None = None) -> None:
        self._country = country
        self._region = region
        _calendar(country, region, 2000)

    def on(self, day: date) -> str:
        """Returns the English name of the holiday on `day`, or "" when there is none."""
        return _calendar(self._country, self._region, day.year).get(day, "")

    def in_year(self, year: int) -> dict[date, str]:
        """Returns the holidays of `year` with their English names."""
        return dict(_calendar(self._country, self._region, year))

    def name(self, day: date, language: str) -> str:
        """Returns how the holiday on `day` is called in `language`; "" when nobody has told."""
        english = self.on(day)
        if not english:
            return ""
        first = english.split("; ")[0]
        observed = first.endswith(_OBSERVED)
        name = _told(first.removesuffix(_OBSERVED), language)
        pattern = str(read(language, "calendar").get("observed", "{name}"))
        return pattern.format(name=name) if observed and name else name


def regions(country: str) -> tuple[str, ...]:
    """Returns the regions of `country` whose holidays are known."""
    return tuple(_supported().get(country, ()))


def is_supported(country: str) -> bool:
    """Whether the holidays of `country` are known."""
    return country in _supported()


def _told(english: str, language: str) -> str:
    if language == "en":
        return english
    names: dict[str, str] = read(language, "calendar").get("holidays", {})
    return names.get(english.lower(), "")


@cache
def _supported() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=True)


@cache
def _calendar(country: str, region: str | None, year: int) -> dict[date, str]:
    entity: Any = getattr(holidays, country, None)
    if entity is None or not is_supported(country):
        raise LookupError(f"no public holidays are known for country {country!r}")
    spoken = [name for name in entity.supported_languages if name.startswith("en")]
    language = "en_GB" if "en_GB" in spoken else next(iter(sorted(spoken)), None)
    try:
        calendar = holidays.country_holidays(country, subdiv=region, years=year, language=language)
    except NotImplementedError as error:  # the library's word for a region it does not know
        raise LookupError(f"no public holidays are known for {country!r}, {region!r}") from error
    return {day: str(name) for day, name in calendar.items() if day.year == year}
