"""Who calls, as far as his telephone and the networks on the way say so."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from receptionist.telephony.numbers import NumberClass, understood

NAME_LETTERS = 60
_WITHHELD = frozenset(
    {"anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "privacy"}
)
_LEVEL = re.compile(r"^tn-validation-passed(?:-([abc]))?$")
_PARAMETER = re.compile(r";\s*verstat=\"?([\w-]+)", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]{3,20}")
_ADDRESS = re.compile(r"(?:^|<)\s*(?:sips?|tel):([^@;>\s]*)", re.IGNORECASE)


class Verdict(StrEnum):
    """What is known about whether the caller may use his number (STIR/SHAKEN, RFC 8224 to 8588).

    The edge or the carrier checks the signature; here its finding is read.
    """

    FULL = "full"
    """His carrier knows him and that the number is his (attestation A)."""
    PARTIAL = "partial"
    """His carrier knows him, not whether the number is his (B)."""
    GATEWAY = "gateway"
    """The call came from another network; only that is known (C)."""
    PASSED = "passed"
    """The signature is right; of which level was not said."""
    FAILED = "failed"
    """The signature is wrong: the number is probably false."""
    UNKNOWN = "unknown"


_LEVELS = {"a": Verdict.FULL, "b": Verdict.PARTIAL, "c": Verdict.GATEWAY, None: Verdict.PASSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentity:
    """Who calls.

    Attributes:
        number: E.164, or the digits of an extension, or digits of no numbering plan as they were
            sent: block lists know those too. "" when it is withheld or none.
        name: What his telephone calls him; "" when it says nothing. Anybody can write anything
            there: it is shown, and never believed.
        withheld: He does not want his number to be known.
        verdict: Whether the number can be believed.
    """

    number: str = ""
    name: str = ""
    withheld: bool = False
    verdict: Verdict = Verdict.UNKNOWN


def identity(
    *,
    caller: str,
    display: str = "",
    asserted: str = "",
    privacy: bool = False,
    verstat: str = "",
    country: str,
) -> CallerIdentity:
    """Returns who calls; it never raises.

    Args:
        caller: User of From, or its address.
        display: Name in From.
        asserted: P-Asserted-Identity, as a user or an address. It counts more than From: only the
            edge may set it.
        privacy: He asked the networks to withhold his number.
        verstat: Finding about his number, as carriers write it: `TN-Validation-Passed-A`.
        country: ISO 3166-1 code of the line he called, where national numbers are from.
    """
    given = next((user for user in map(_user, (asserted, caller)) if user), "")
    from_user = _user(caller)
    withheld = privacy or _is_withheld(from_user) or _is_withheld(display)
    verdict = _verdict(verstat or _parameter(asserted) or _parameter(caller))
    if withheld:
        return CallerIdentity(withheld=True, verdict=verdict)
    return CallerIdentity(number=_number(given, country), name=_name(display), verdict=verdict)


def _user(address: str) -> str:
    found = _ADDRESS.search(address)
    return (found[1] if found else address.partition(";")[0].partition("@")[0]).strip()


def _number(user: str, country: str) -> str:
    number = understood(user, country)
    if number.kind is NumberClass.INVALID and user.isdecimal():
        number = understood(f"+{user}", country)  # trunks leave the plus out
    if number.kind is NumberClass.INVALID and _DIGITS.fullmatch(user):
        return user
    return number.dialled


def _is_withheld(text: str) -> bool:
    return text.strip().strip('"').lower() in _WITHHELD


def _name(display: str) -> str:
    """Returns a name fit to be shown; "" when it only repeats a number."""
    kept = "".join(
        letter for letter in display.strip().strip('"') if unicodedata.category(letter)[0] != "C"
    )
    words = " ".join(kept.split())[:NAME_LETTERS].strip()
    return words if any(letter.isalpha() for letter in words) else ""


def _parameter(address: str) -> str:
    found = _PARAMETER.search(address)
    return found[1] if found else ""


def _verdict(verstat: str) -> Verdict:
    told = verstat.strip().lower()
    if passed := _LEVEL.fullmatch(told):
        return _LEVELS[passed[1]]
    return Verdict.FAILED if told.startswith("tn-validation-failed") else Verdict.UNKNOWN
