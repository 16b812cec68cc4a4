"""People and departments as tools show them to a brain."""

from collections.abc import Mapping
from typing import Any

from knowledge.directory import Destination
from knowledge.hours_answer import Subject
from knowledge.people import Contact
from knowledge.wording import worded
from receptionist.tenants.snapshot import TenantSnapshot


def shown(destination: Destination, snapshot: TenantSnapshot, language: str) -> Mapping[str, Any]:
    """Returns what a brain may know of `destination`; never the number that rings it."""
    if isinstance(destination, Contact):
        department = snapshot.directory.departments[destination.department]
        return {
            "id": destination.id,
            "kind": "person",
            "name": destination.name,
            "department": worded(department.names, language),
            "title": worded(destination.title, language),
            "place": worded(destination.place, language),
        }
    name = worded(destination.names, language)
    return {
        "id": destination.id,
        "kind": "department",
        "name": name,
        "department": name,
        "title": "",
        "place": "",
    }


def named(destination: Destination, snapshot: TenantSnapshot, language: str) -> str:
    """Returns how `destination` is named inside a sentence: a department with its article."""
    name: str = shown(destination, snapshot, language)["name"]
    if isinstance(destination, Contact):
        return name
    texts = snapshot.texts[language].concierge
    first = name.lower().replace("'", " ").partition(" ")[0]
    wording: str = (
        texts["routing"].get("department_words", {}).get(first) or texts["phrases"]["department"][0]
    )
    return wording.replace("{name}", name)


def subject(destination: Destination | None, language: str) -> Subject:
    """Returns who is said to be open: the company when there is no destination."""
    if destination is None:
        return Subject()
    if isinstance(destination, Contact):
        return Subject(kind="person", name=destination.name)
    return Subject(kind="department", name=worded(destination.names, language))
