"""What keeps callers from a person, or from knowing what they talk to."""

import re
from collections.abc import Iterator, Mapping

from receptionist.telephony.numbers import NumberClass, understood
from receptionist.tenants.draft import Draft
from receptionist.tenants.finding import Finding, Severity

_NAME = r"(?-i:[A-ZÀ-Þ][a-zà-ÿ]+)\b"
_PERSON: Mapping[str, str] = {
    "en": rf"\b(?:this is|my name is|i am|i'm) (?!your\b|the\b){_NAME}",
    "it": rf"\b(?:sono|mi chiamo|il mio nome è) {_NAME}",
    "es": rf"\b(?:soy|me llamo|mi nombre es|le habla|le atiende) {_NAME}",
    "fr": rf"\b(?:je suis|je m'appelle|mon nom est|ici) {_NAME}",
    "de": rf"\b(?:ich bin|ich heiße|mein name ist|hier ist|hier spricht) {_NAME}",
    "pt": rf"\b(?:sou a|sou o|sou|chamo-me|o meu nome é|meu nome é|fala a|fala o) {_NAME}",
}
"""How somebody gives a name, per language."""
_MACHINE = re.compile(
    r"virtu[ae]l|automat|autom[aá]t|artificial|artifici|künstlich|digital|\bai\b|\bki\b|\bia\b|"
    r"\b(?:ro)?bot\b|machine|macchina|máquina|maschine",
    re.IGNORECASE,
)


def reach_findings(draft: Draft) -> Iterator[Finding]:
    """Yields what is wrong with the way to a person and with greetings."""
    yield from _escalation(draft)
    yield from _names(draft)


def _escalation(draft: Draft) -> Iterator[Finding]:
    """Finds out whether a caller who wants a person can ever reach one (AI Act, Art. 14)."""
    for index, department in draft.departments.items():
        if department.id != draft.escalation:
            continue
        if _is_dear(department.extension or "", draft.country):
            yield Finding(
                location=("departments", index, "extension"),
                message="callers who want a person are put through to this number, and it is a "
                "premium-rate or shared-cost number; give an ordinary one",
            )


def _is_dear(number: str, country: str | None) -> bool:
    return understood(number, country or "").kind is NumberClass.DEAR


def _names(draft: Draft) -> Iterator[Finding]:
    for language, text in draft.greeting.items():
        pattern = _PERSON.get(language)
        if pattern is None or not isinstance(text, str) or _MACHINE.search(text):
            continue
        if re.search(pattern, text, re.IGNORECASE):
            yield Finding(
                location=("greeting", language),
                message="a name as of a person; write that the assistant is virtual. Callers are "
                "told first that a machine answers, whatever the greeting says",
                severity=Severity.WARNING,
            )
