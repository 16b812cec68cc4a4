"""Which names a recogniser is told to expect."""

from collections.abc import Sequence

from knowledge.people import Contact, Department
from knowledge.wording import worded

SMALL = 60
"""People up to whom all are hints. A recogniser takes about thirty names and cuts the rest off."""


def expected_names(
    departments: Sequence[Department], contacts: Sequence[Contact], language: str
) -> tuple[str, ...]:
    """Returns names in the order they matter; a recogniser takes as many as it can.

    People come first, in the order the tenant wrote them, for their names are what it would never
    guess. Of a large company no name is a hint: thirty of a thousand are seldom those asked for,
    and who is asked for is found by sound anyway; the departments remain.
    """
    names = [contact.name for contact in contacts] if len(contacts) <= SMALL else []
    names += [worded(department.names, language) for department in departments]
    return tuple(dict.fromkeys(name for name in names if name))
