"""What a telephone number is: an extension, an ordinary number, or one that is never rung.

Nobody is put through to a number that costs extra, whoever wrote it down: toll fraud begins with a
receptionist that dials what it is told (premium rate, shared cost, satellite and international
networks; ITU-T E.164 keeps 881 to 883, 870, 878, 888 and 979 for the latter).
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.shortnumberinfo import is_emergency_number, is_valid_short_number_for_region

EXTENSION_DIGITS = 6
"""Longer numbers are numbers of the public network."""
_SERVICE_DIGITS = 5
"""Short numbers of the public network that are as long are services, not extensions."""
_EMERGENCY = frozenset({"112", "911", "999"})
_NOWHERE = "001"
"""What numbers that belong to no country have for one."""
_NORTH_AMERICA = 1
"""Shared by countries with very different prices; elsewhere a country code is one price zone."""
_DEAR = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
    }
)
_LETTERS = 40
"""Longer texts are no numbers, however they are grouped."""
_DIALLED = frozenset("0123456789+-./() \u00a0")


class NumberClass(StrEnum):
    """What kind of number it is."""

    EXTENSION = "extension"
    ORDINARY = "ordinary"
    DEAR = "dear"
    """Premium rate, shared cost, personal numbers, pagers."""
    SATELLITE = "satellite"
    """Satellite telephones, international networks and services."""
    EMERGENCY = "emergency"
    SERVICE = "service"
    """A short number of the public network."""
    INVALID = "invalid"


RUNG = frozenset({NumberClass.EXTENSION, NumberClass.ORDINARY})
"""The classes a caller may be put through to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as it was understood.

    Attributes:
        dialled: What rings it: E.164, or the digits of an extension; "" when it is invalid.
        kind: Its class.
        regions: ISO 3166-1 codes of the countries it may be in; none for extensions.
    """

    dialled: str
    kind: NumberClass
    regions: frozenset[str] = frozenset()

    def may_be_rung(self, countries: Collection[str]) -> bool:
        """Returns whether callers may be put through to it, in one of `countries`."""
        if self.kind is NumberClass.EXTENSION:
            return True
        return self.kind is NumberClass.ORDINARY and not self.regions.isdisjoint(countries)


_INVALID = Number(dialled="", kind=NumberClass.INVALID)


def understood(text: str, country: str) -> Number:
    """Returns what `text` is when it is dialled in `country`; it never raises.

    Args:
        text: As it was written, or as a telephone sent it.
        country: ISO 3166-1 code.
    """
    text = text.strip()
    if not text or len(text) > _LETTERS or not _DIALLED.issuperset(text):
        return _INVALID
    return _understood(text, country)


@lru_cache(maxsize=4096)
def _understood(text: str, country: str) -> Number:
    digits = "".join(letter for letter in text if letter.isdecimal())
    if is_emergency_number(digits, country) or digits in _EMERGENCY:
        return Number(dialled=digits, kind=NumberClass.EMERGENCY)
    if "+" not in text and 0 < len(digits) <= EXTENSION_DIGITS:
        return _short(digits, country)
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException:
        return _INVALID
    if not phonenumbers.is_possible_number(parsed):
        return _INVALID
    regions = frozenset(phonenumbers.region_codes_for_country_code(parsed.country_code or 0))
    return Number(
        dialled=phonenumbers.format_number(parsed, PhoneNumberFormat.E164),
        kind=class_of(parsed),
        regions=_regions(parsed, regions),
    )


def e164(text: str, country: str) -> str:
    """Returns `text` in E.164; an extension as its digits, anything else as ""."""
    return understood(text, country).dialled


def class_of(parsed: PhoneNumber) -> NumberClass:
    """Returns what kind of number of the public network it is."""
    if _NOWHERE in phonenumbers.region_codes_for_country_code(parsed.country_code or 0):
        return NumberClass.SATELLITE
    if phonenumbers.number_type(parsed) in _DEAR:
        return NumberClass.DEAR
    return NumberClass.ORDINARY


def _short(digits: str, country: str) -> Number:
    if len(digits) >= _SERVICE_DIGITS and _is_service(digits, country):
        return Number(dialled=digits, kind=NumberClass.SERVICE)
    return Number(dialled=digits, kind=NumberClass.EXTENSION)


def _is_service(digits: str, country: str) -> bool:
    try:
        return is_valid_short_number_for_region(phonenumbers.parse(digits, country), country)
    except NumberParseException:
        return False


def _regions(parsed: PhoneNumber, regions: frozenset[str]) -> frozenset[str]:
    if parsed.country_code != _NORTH_AMERICA:
        return regions
    region = phonenumbers.region_code_for_number(parsed)
    return frozenset({region}) if region else frozenset()
