"""What can be wrong in a tenant although every value is of the right kind."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.holiday_names import is_supported, regions
from knowledge.language_data import languages
from knowledge.name_words import words_of
from knowledge.people import Contact
from knowledge.phrasing import point_of
from knowledge.wording import ANY
from providers import pipecat_catalogue
from providers.errors import ProviderError
from providers.registry import Registry
from providers.spec import Slot
from receptionist.tenants.advice import advice
from receptionist.tenants.draft import Draft, draft_of
from receptionist.tenants.finding import Finding, Location
from receptionist.tenants.phone_checks import phone_findings
from receptionist.tenants.screen_reach import reach_findings
from receptionist.tenants.tool_checks import tool_findings


def findings(value: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields what does not fit together in the bundle `value`, as far as it can be read."""
    draft = draft_of(value)
    yield from _place_and_time(draft)
    yield from _languages(draft)
    yield from _identifiers(draft)
    yield from _references(draft)
    yield from _homonyms(draft)
    yield from _topic_languages(draft)
    yield from _questions(draft)
    yield from _appointments(draft)
    for where, message in tool_findings(draft):
        yield Finding(location=("tools", *where), message=message)
    yield from phone_findings(draft)
    yield from _engines(draft)
    yield from reach_findings(draft)
    yield from advice(draft)


def _place_and_time(draft: Draft) -> Iterator[Finding]:
    if draft.time_zone is not None and not _is_zone(draft.time_zone):
        yield Finding(
            location=("time_zone",),
            message=f"unknown time zone {draft.time_zone!r}; write it as Europe/Rome",
        )
    if draft.country is None or draft.hours is None:
        return
    region = draft.hours.region
    if not is_supported(draft.country):
        if draft.hours.holidays or region:
            yield Finding(
                location=("country",),
                message=f"no public holidays are known for {draft.country!r}; "
                "use an ISO 3166-1 code, or write holidays: false in hours.yaml",
            )
    elif region is not None and region not in regions(draft.country):
        known = ", ".join(regions(draft.country)) or "none"
        yield Finding(
            location=("hours", "region"),
            message=f"unknown region {region!r} of {draft.country}; known: {known}",
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _languages(draft: Draft) -> Iterator[Finding]:
    for index, language in enumerate(draft.languages):
        location: Location = ("languages", index)
        if language in draft.languages[:index]:
            yield Finding(location=location, message=f"{language!r} is given twice")
        elif language not in languages():
            yield Finding(
                location=location,
                message=f"no texts for {language!r}; there are: {', '.join(languages())}",
            )
        elif draft.greeting and language not in draft.greeting:
            yield Finding(location=location, message=f"there is no greeting in {language!r}")
    for language in draft.greeting:
        if draft.languages and language not in (*draft.languages, *languages()):
            yield Finding(
                location=("greeting", language),
                message=f"a greeting in {language!r}, which is not among the languages",
            )
    for number, language in draft.numbers.items():
        if draft.languages and language not in draft.languages:
            yield Finding(
                location=("numbers", number),
                message=f"calls to {number!r} are to be answered in {language!r}, "
                "which is not among the languages",
            )


def _identifiers(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, Location] = {}
    for group, items in (("departments", draft.departments), ("contacts", draft.contacts)):
        for index, item in items.items():
            location: Location = (group, index, "id")
            if item.id in seen or item.id == "operator":
                message = f"the id {item.id!r} is already taken"
                yield Finding(location=location, message=message, other=seen.get(item.id))
            seen.setdefault(item.id, location)
    topics: dict[str, Location] = {}
    for index, topic in draft.topics.items():
        location = ("topics", index, "id")
        if topic.id in topics:
            message = f"the id {topic.id!r} is already taken"
            yield Finding(location=location, message=message, other=topics[topic.id])
        topics.setdefault(topic.id, location)


def _references(draft: Draft) -> Iterator[Finding]:
    known = draft.department_ids
    choice = f"known: {', '.join(sorted(known)) or 'none'}"
    if draft.escalation is not None and draft.escalation not in known:
        yield Finding(
            location=("escalation",),
            message=f"there is no department {draft.escalation!r}; {choice}",
        )
    people = known | {contact.id for contact in draft.contacts.values()}
    for index, identifier in enumerate(draft.escalation_next):
        if identifier not in people:
            yield Finding(
                location=("escalation_next", index),
                message=f"there is no department or person {identifier!r}",
            )
    for group, items in (("contacts", draft.contacts), ("topics", draft.topics)):
        for index, item in items.items():
            if item.department is not None and item.department not in known:
                yield Finding(
                    location=(group, index, "department"),
                    message=f"there is no department {item.department!r}; {choice}",
                )


def _homonyms(draft: Draft) -> Iterator[Finding]:
    seen: dict[tuple[tuple[str, ...], str, str], int] = {}
    for index, contact in draft.contacts.items():
        for name in dict.fromkeys(words_of(name) for name in (contact.name, *contact.aliases)):
            key = (name, contact.department, _title(contact))
            if key in seen:
                yield Finding(
                    location=("contacts", index, "name"),
                    message=f"nobody can tell this {contact.name!r} from another in the same "
                    "department; give each a title of their own",
                    other=("contacts", seen[key], "name"),
                )
            seen.setdefault(key, index)


def _title(contact: Contact) -> str:
    return repr(sorted((key, words_of(title)) for key, title in contact.title.items()))


def _topic_languages(draft: Draft) -> Iterator[Finding]:
    # What is missing in a language nobody can answer in follows from that, and is not said.
    wanted = [language for language in draft.languages if language in languages()]
    for index, department in draft.departments.items():
        for language in wanted:
            if language not in department.names and ANY not in department.names:
                yield Finding(
                    location=("departments", index, "names"),
                    message=f"department {department.id!r} has no name in {language!r}",
                )
    for index, topic in draft.topics.items():
        for language in wanted:
            if language not in topic.languages:
                yield Finding(
                    location=("topics", index, "languages"),
                    message=f"topic {topic.id!r} has no answer in {language!r}",
                )
        for language in topic.languages:
            if draft.languages and language not in (*draft.languages, *languages()):
                yield Finding(
                    location=("topics", index, "languages", language),
                    message=f"topic {topic.id!r} answers in {language!r}, "
                    "which is not among the languages",
                )


def _questions(draft: Draft) -> Iterator[Finding]:
    seen: dict[tuple[str, str], tuple[Location, str]] = {}
    for index, topic in draft.topics.items():
        for language, wordings in topic.languages.items():
            for number, question in enumerate(wordings.questions):
                location: Location = ("topics", index, "languages", language, "questions", number)
                key = (language, point_of(question, language))
                if not key[1]:
                    yield Finding(location=location, message="a question without words")
                    continue
                if key in seen:
                    other, owner = seen[key]
                    message = (
                        f"the question {question!r} is given twice"
                        if owner == topic.id
                        else f"the question {question!r} already belongs to topic {owner!r}"
                    )
                    yield Finding(location=location, message=message, other=other)
                seen.setdefault(key, (location, topic.id))


def _appointments(draft: Draft) -> Iterator[Finding]:
    if draft.appointments is None:
        return
    known = draft.department_ids | {contact.id for contact in draft.contacts.values()}
    for index, calendar in enumerate(draft.appointments.calendars):
        if calendar.of and calendar.of not in known:
            yield Finding(
                location=("appointments", "calendars", index, "of"),
                message=f"there is no department or contact {calendar.of!r}",
            )
    for index, service in enumerate(draft.appointments.services):
        for language in draft.languages:
            if language in languages() and not {language, ANY} & service.names.keys():
                yield Finding(
                    location=("appointments", "services", index, "names"),
                    message=f"service {service.id!r} has no name in {language!r}",
                )


def _engines(draft: Draft) -> Iterator[Finding]:
    """Finds engines nobody has; none is loaded, nor is a vendor's package imported."""
    registry = Registry()
    for where, spec in draft.engines.items():
        slot = Slot(str(where[0]))
        try:
            registry.target(slot, spec)
            if spec.scheme == "pipecat":
                pipecat_catalogue.find(slot, spec)
        except ProviderError as error:
            yield Finding(location=("engines", *where), message=str(error))
