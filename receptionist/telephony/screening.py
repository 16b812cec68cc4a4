"""Block lists and allow lists: the longest pattern that fits a caller decides."""

from receptionist.telephony.caller import CallerIdentity
from receptionist.telephony.config import Phone
from receptionist.telephony.numbers import e164


def is_admitted(caller: CallerIdentity, phone: Phone, country: str) -> bool:
    """Returns whether `caller` is answered.

    Who withholds his number is on no list: whether he is answered, `anonymous` says.
    """
    if caller.withheld:
        return True
    blocked = _longest(caller.number, phone.block, country)
    allowed = _longest(caller.number, phone.allow, country)
    if phone.allow and allowed is None:
        return False
    return blocked is None or (allowed is not None and allowed > blocked)


def _longest(number: str, patterns: tuple[str, ...], country: str) -> int | None:
    """Returns the length of the longest pattern that fits; a whole number is longer than any."""
    fitting = [length for text in patterns if (length := _fit(number, text, country)) is not None]
    return max(fitting, default=None)


def _fit(number: str, pattern: str, country: str) -> int | None:
    if not number:
        return None
    if pattern.endswith("*"):
        prefix = pattern[:-1]
        return len(prefix) if number.startswith(prefix) else None
    return len(number) + 1 if number in (pattern, e164(pattern, country)) else None
