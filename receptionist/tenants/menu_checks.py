"""What can be wrong in the keypad menu of a tenant."""

from collections.abc import Iterator

from receptionist.menu.config import MESSAGE
from receptionist.telephony.numbers import understood
from receptionist.tenants.draft import Draft
from receptionist.tenants.finding import Finding, Location


def menu_findings(draft: Draft) -> Iterator[Finding]:
    """Yields the keys that ring nobody."""
    if draft.phone is None or draft.country is None:
        return
    countries = draft.phone.transfer.countries or (draft.country,)
    items = {item.id: item for item in (*draft.departments.values(), *draft.contacts.values())}
    for key, target in draft.phone.menu.items():
        where: Location = ("phone", "menu", key)
        if target == MESSAGE or target in draft.phone.transfer.groups:
            continue
        item = items.get(target)
        if item is None:
            if target not in draft.department_ids:
                yield Finding(
                    location=where,
                    message=f"there is no department or person {target!r}; or write {MESSAGE!r}",
                )
        elif not understood(item.extension or "", draft.country).may_be_rung(countries):
            yield Finding(location=where, message=f"{target!r} has no extension that may be rung")
