"""What a tenant's callers will stumble over although it can be used as it is."""

from collections.abc import Iterator, Mapping
from datetime import date

from rapidfuzz import fuzz

from knowledge.people import Contact, Department
from knowledge.phrasing import point_of, stems
from knowledge.topics import Topic
from receptionist.tenants.draft import Draft
from receptionist.tenants.finding import Finding, Location, Severity

_TELLING_LETTERS = 4
"""Shorter words (is, the, do) may differ between two ways to ask the same."""
_ALIKE = 86.0
"""Likeness of the letters of two questions with the same telling words."""


def advice(draft: Draft) -> Iterator[Finding]:
    """Yields what can be used but is likely a mistake."""
    yield from _near_duplicates(draft)
    yield from _without_number(draft)


def _near_duplicates(draft: Draft) -> Iterator[Finding]:
    """Finds questions that differ by little words only and have different answers."""
    alike: dict[tuple[str, frozenset[str]], list[tuple[Location, Topic, str]]] = {}
    for index, topic in draft.topics.items():
        for language, wordings in topic.languages.items():
            for number, question in enumerate(wordings.questions):
                asked = point_of(question, language)
                location: Location = ("topics", index, "languages", language, "questions", number)
                telling = frozenset(one for one in stems(asked) if len(one) >= _TELLING_LETTERS)
                if not telling:
                    continue
                seen = alike.setdefault((language, telling), [])
                for other, owner, before in seen:
                    if _contradict(topic, owner, language) and _nearly(asked, before):
                        yield Finding(
                            location=location,
                            message=f"the question {question!r} asks nearly the same as one of "
                            f"topic {owner.id!r}, which has another answer",
                            other=other,
                            severity=Severity.WARNING,
                        )
                        break
                seen.append((location, topic, asked))


def _contradict(one: Topic, other: Topic, language: str) -> bool:
    """Whether two topics answer differently on the same day."""
    if one.id == other.id or one.languages[language].answer == other.languages[language].answer:
        return False
    from_day = max(one.valid_from or date.min, other.valid_from or date.min)
    return from_day <= min(one.valid_until or date.max, other.valid_until or date.max)


def _nearly(one: str, other: str) -> bool:
    """Whether two different questions are alike; the same one is a finding of its own."""
    return one != other and fuzz.token_sort_ratio(one, other) >= _ALIKE


def _without_number(draft: Draft) -> Iterator[Finding]:
    groups: tuple[tuple[str, str, Mapping[int, Contact] | Mapping[int, Department]], ...] = (
        ("departments", "department", draft.departments),
        ("contacts", "contact", draft.contacts),
    )
    for group, kind, items in groups:
        for index, item in items.items():
            if not (item.extension or "").strip():
                yield Finding(
                    location=(group, index, "id"),
                    message=f"{kind} {item.id!r} has no number (extension); callers who ask for "
                    "it are offered to leave a message",
                    severity=Severity.WARNING,
                )
