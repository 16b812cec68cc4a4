"""All the ways one person or department can be called."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from knowledge.language_data import languages, read
from knowledge.name_sounds import name_languages
from knowledge.name_words import telling_words, words_of
from knowledge.people import Contact, Department
from knowledge.wording import ANY

_PARTICLES = frozenset(
    {"d", "da", "dal", "dalla", "das", "de", "dei", "del", "della", "des", "di", "do", "dos", "du"}
    | {"el", "la", "las", "le", "lo", "los", "mac", "mc", "o", "saint", "san", "santa", "st", "ten"}
    | {"van", "von", "vom", "zu", "zur"}
)
"""Short words that callers, and recognisers, join to the rest of a surname."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to call `owner`.

    Attributes:
        owner: Id of the person or department.
        words: The words of it.
        language: The language it belongs to, `*` for any.
        presumed: Nobody wrote it down: a usual short form of the given name.
    """

    owner: str
    words: tuple[str, ...]
    language: str = ANY
    presumed: bool = False


def name_forms(contact: Contact) -> Iterator[Form]:
    """Yields the full name, the other full names, and short given names with the rest of it."""
    names = [words_of(name) for name in (contact.name, *contact.aliases)]
    names = [words for words in names if words]
    if not names:
        return
    given, *family = names[0]
    names += [(*words_of(nickname), *family) for nickname in contact.nicknames]
    written = dict.fromkeys(_joined(words) for words in names)
    for words in written:
        yield Form(owner=contact.id, words=words)
    short = [(*words_of(name), *family) for name in _diminutives().get(given, ())]
    for words in dict.fromkeys(_joined(words) for words in short):
        if words not in written:
            yield Form(owner=contact.id, words=words, presumed=True)


def title_forms(contact: Contact) -> Iterator[Form]:
    """Yields what the person does, per language."""
    for language, title in contact.title.items():
        yield _form(contact.id, title, language)


def place_forms(contacts: Iterable[Contact]) -> Iterator[Form]:
    """Yields the places people work at, each once per language; the place is its own owner."""
    places = dict.fromkeys(
        (language, place) for contact in contacts for language, place in contact.place.items()
    )
    for language, place in places:
        yield _form(place, place, language)


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


@cache
def _diminutives() -> Mapping[str, tuple[str, ...]]:
    """Returns the usual short forms of given names, of all languages together."""
    found: dict[str, tuple[str, ...]] = {}
    for language in name_languages():
        for name, short in read(language, "names").get("diminutives", {}).items():
            key = "".join(words_of(name))
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *short)))
    return found
