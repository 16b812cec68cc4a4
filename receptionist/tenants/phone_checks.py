"""What can be wrong in the numbers of a tenant, and in how its callers are put through."""

from collections.abc import Iterator, Mapping

from receptionist.handoff.config import RingGroup, TransferConfig
from receptionist.telephony.config import Phone
from receptionist.telephony.numbers import RUNG, NumberClass, e164, understood
from receptionist.tenants.draft import Draft
from receptionist.tenants.finding import Finding, Location, Severity
from receptionist.tenants.menu_checks import menu_findings

_WHY: Mapping[NumberClass, str] = {
    NumberClass.INVALID: "is no number; write +441632960100, or the digits of an "
    "extension; until then it is not rung",
    NumberClass.DEAR: "costs extra (premium rate, shared cost, personal numbers, pagers)",
    NumberClass.SATELLITE: "is a satellite telephone or an international service",
    NumberClass.EMERGENCY: "is an emergency number; callers are told to dial it themselves",
    NumberClass.SERVICE: "is a service of the public network, not an extension",
}
_DAY_MIN = 24 * 60
_PHONE: Location = ("phone",)
_TRANSFER: Location = ("phone", "transfer")


def phone_findings(draft: Draft) -> Iterator[Finding]:
    """Yields what is wrong with the numbers that are rung and those that are answered."""
    if draft.phone is None or draft.country is None:
        return
    yield from _extensions(draft, draft.country, draft.phone)
    yield from _answered(draft, draft.country, draft.phone)
    yield from _lists(draft.phone)
    yield from _names(draft, draft.phone.transfer)
    yield from _groups(draft, draft.phone.transfer)
    yield from _callbacks(draft, draft.phone)
    yield from menu_findings(draft)


def _extensions(draft: Draft, country: str, phone: Phone) -> Iterator[Finding]:
    """Finds numbers nobody is ever put through to."""
    countries = phone.transfer.countries or (country,)
    ours = _own_numbers(draft, country)
    for group, items in (("departments", draft.departments), ("contacts", draft.contacts)):
        for index, item in items.items():
            written = (item.extension or "").strip()
            if not written:
                continue
            where: Location = (group, index, "extension")
            number = understood(written, country)
            if number.kind not in RUNG:
                # What keeps callers from the person they ask for is said there, with its reason.
                if item.id != draft.escalation or number.kind is not NumberClass.DEAR:
                    yield _never_rung(where, written, number.kind)
            elif not number.may_be_rung(countries):
                yield Finding(
                    location=where,
                    message=f"{written!r} is not in {', '.join(countries)}; add its country to "
                    "transfer: countries in phone.yaml",
                )
            elif number.dialled in ours:
                yield Finding(
                    location=where,
                    message=f"{written!r} is answered by the assistant itself: a call put through "
                    "to it would go round in circles",
                )


def _never_rung(where: Location, written: str, kind: NumberClass) -> Finding:
    harmless = kind is NumberClass.INVALID  # nothing rings, and callers are told so
    severity = Severity.WARNING if harmless else Severity.ERROR
    return Finding(location=where, message=f"{written!r} {_WHY[kind]}", severity=severity)


def _own_numbers(draft: Draft, country: str) -> frozenset[str]:
    return frozenset(e164(number, country) or number for number in draft.numbers)


def _answered(draft: Draft, country: str, phone: Phone) -> Iterator[Finding]:
    for index, user in enumerate(phone.users):
        if user in phone.users[:index]:
            where: Location = ("phone", "users", index)
            yield Finding(location=where, message=f"{user!r} is given twice")
    if not phone.overflow:
        return
    where = (*_PHONE, "overflow")
    number = understood(phone.overflow, country)
    if number.kind not in RUNG:
        yield Finding(location=where, message=f"{phone.overflow!r} {_WHY[number.kind]}")
    elif number.dialled in _own_numbers(draft, country):
        yield Finding(
            location=where,
            message=f"{phone.overflow!r} is answered by the assistant itself: the call would go "
            "round in circles",
        )


def _lists(phone: Phone) -> Iterator[Finding]:
    for index, pattern in enumerate(phone.block):
        if pattern in phone.allow:
            yield Finding(
                location=(*_PHONE, "block", index),
                message=f"{pattern!r} is allowed too; take it off one of the lists",
                other=(*_PHONE, "allow", phone.allow.index(pattern)),
            )


def _people(draft: Draft) -> frozenset[str]:
    return draft.department_ids | {contact.id for contact in draft.contacts.values()}


def _names(draft: Draft, transfer: TransferConfig) -> Iterator[Finding]:
    """Finds ids nobody has."""
    known = _people(draft)
    named: list[tuple[Location, str]] = [
        ((key, identifier), identifier)
        for key in ("modes", "groups", "next", "languages")
        for identifier in getattr(transfer, key)
    ]
    named += [
        (("groups", identifier, "members", index), member)
        for identifier, group in transfer.groups.items()
        for index, member in enumerate(group.members)
    ]
    named += [
        (("next", identifier, index), other)
        for identifier, others in transfer.next.items()
        for index, other in enumerate(others)
    ]
    for where, identifier in named:
        if identifier not in known:
            yield Finding(
                location=(*_TRANSFER, *where),
                message=f"there is no department or person {identifier!r}",
            )
    for identifier, language in transfer.languages.items():
        if draft.languages and language not in draft.languages:
            yield Finding(
                location=(*_TRANSFER, "languages", identifier),
                message=f"{language!r} is not among the languages; nobody speaks it here",
            )


def _groups(draft: Draft, transfer: TransferConfig) -> Iterator[Finding]:
    """Finds groups that ring nobody, and those that are in themselves."""
    items = (*draft.departments.values(), *draft.contacts.values())
    numbered = {item.id for item in items if (item.extension or "").strip()}
    for identifier in transfer.groups:
        where: Location = (*_TRANSFER, "groups", identifier)
        chain = _circle(identifier, transfer.groups)
        if chain:
            message = f"rings itself: {' → '.join(chain)}"
            yield Finding(location=where, message=message)
        elif not numbered & _leaves(identifier, transfer.groups):
            yield Finding(location=where, message="nobody in it has an extension")
    for identifier, others in transfer.next.items():
        if identifier in others:
            yield Finding(
                location=(*_TRANSFER, "next", identifier, others.index(identifier)),
                message=f"{identifier!r} has just been rung",
            )


def _callbacks(draft: Draft, phone: Phone) -> Iterator[Finding]:
    """Finds callbacks that are to be dialled and would reach nobody."""
    if not phone.callbacks.dial:
        return
    items = (*draft.departments.values(), *draft.contacts.values())
    if not any((item.extension or "").strip() for item in items):
        yield Finding(
            location=(*_PHONE, "callbacks", "dial"),
            message="nobody has an extension: whoever is called back could not be put through",
        )
    tries_min = phone.callbacks.tries * phone.callbacks.pause_min
    if tries_min > _DAY_MIN:
        yield Finding(
            location=(*_PHONE, "callbacks", "tries"),
            message=f"{phone.callbacks.tries} tries with {phone.callbacks.pause_min} minutes"
            " between them take longer than a day; callbacks are owed sooner, and the last are"
            " never made",
            severity=Severity.WARNING,
        )


def _circle(start: str, groups: Mapping[str, RingGroup]) -> tuple[str, ...]:
    """Returns the way from `start` back to itself; empty when there is none.

    A group that holds the department it stands for is none: that rings its own telephone.
    """
    open_ways = [(start, member) for member in groups[start].members if member != start]
    seen: set[str] = set()
    while open_ways:
        way = open_ways.pop()
        last = way[-1]
        if last == start:
            return way
        if last in groups and last not in seen:
            seen.add(last)
            open_ways += [(*way, member) for member in groups[last].members if member != last]
    return ()


def _leaves(identifier: str, groups: Mapping[str, RingGroup]) -> set[str]:
    """Returns whose telephones are rung for `identifier`, directly or through other groups."""
    open_groups, seen, found = [identifier], {identifier}, set[str]()
    while open_groups:
        for member in groups[open_groups.pop()].members:
            if member not in groups or member == identifier:
                found.add(member)
            elif member not in seen:
                seen.add(member)
                open_groups.append(member)
    return found
