"""All the ways one person or department can be called."""

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.language_data import languages
from knowledge.name_words import telling_words, words_of
from knowledge.people import Contact, Department
from knowledge.wording import ANY

_PARTICLES = frozenset(
    {"d", "da", "de", "dei", "del", "della", "di", "du", "la", "le", "lo", "mac", "mc", "o"}
    | {"san", "st", "van", "von"}
)
"""Short words that callers, and recognisers, join to the rest of a surname."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to call `owner`: its words and the language it belongs to, `*` for any."""

    owner: str
    words: tuple[str, ...]
    language: str = ANY


def name_forms(contact: Contact) -> Iterator[Form]:
    """Yields the full name, the other full names, and nicknames with the rest of the name."""
    names = [words_of(name) for name in (contact.name, *contact.aliases)]
    family = names[0][1:]
    names += [(*words_of(nickname), *family) for nickname in contact.nicknames]
    for words in names:
        yield Form(owner=contact.id, words=words)
        joined = _joined(words)
        if joined != words:
            yield Form(owner=contact.id, words=joined)


def title_forms(contact: Contact) -> Iterator[Form]:
    """Yields what the person does, per language."""
    for language, title in contact.title.items():
        yield _form(contact.id, title, language)


def department_forms(department: Department) -> Iterator[Form]:
    """Yields names, aliases and services, per language."""
    for language, name in department.names.items():
        yield _form(department.id, name, language)
    for texts in (department.aliases, department.services):
        for language, several in texts.items():
            for text in several:
                yield _form(department.id, text, language)


def _form(owner: str, text: str, language: str) -> Form:
    spoken = languages() if language == ANY else (language,)
    return Form(owner=owner, words=telling_words(text, spoken), language=language)


def _joined(words: tuple[str, ...]) -> tuple[str, ...]:
    result: list[str] = []
    for word in words:
        if len(result) > 1 and result[-1] in _PARTICLES:
            result[-1] += word
        else:
            result.append(word)
    return tuple(result)
