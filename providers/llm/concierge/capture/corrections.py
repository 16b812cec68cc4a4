"""One part of what was read back, put right: "the number ends in 45", "not Friday, Thursday"."""

from dataclasses import replace

from rapidfuzz import fuzz

from providers.llm.concierge.capture.details import (
    ANSWER_DIGITS_MIN,
    NUMBER_DIGITS_MIN,
    DetailReader,
    merged,
)
from providers.llm.concierge.draft import Draft, Gap, Task
from providers.llm.concierge.grammar import Grammar

_SAME = 70


def correct(reader: DetailReader, grammar: Grammar, draft: Draft, text: str) -> Draft | None:
    """Returns `draft` with what the caller corrects; None when he corrects nothing.

    A part he calls wrong without saying it again is emptied, so that it is asked for.
    """
    words = grammar.tidy(text)
    for step in (_digits, _instead, _part, _again):
        changed = step(reader, grammar, draft, words, text)
        if changed is not None:
            same_time = changed.when == draft.when and changed.service == draft.service
            return changed if same_time else replace(changed, slot="")
    return None


def _digits(
    reader: DetailReader, grammar: Grammar, draft: Draft, words: str, text: str
) -> Draft | None:
    """Takes "it ends in 45" and "it starts with 06"."""
    del text
    amends = grammar.texts.capture.amends
    number = draft.number
    for sources, at_end in ((amends.ends, True), (amends.starts, False)):
        found = grammar.find(sources, words)
        said = found and reader.readers.numerals.find(found["digits"], least=1)
        if said and len(said.digits) < len(number):
            rest = number[: -len(said.digits)] if at_end else number[len(said.digits) :]
            return replace(draft, groups=(rest, said.digits) if at_end else (said.digits, rest))
    return None


def _instead(
    reader: DetailReader, grammar: Grammar, draft: Draft, words: str, text: str
) -> Draft | None:
    """Takes "not Friday, Thursday" and "Marco, not Mario": whichever part holds the wrong one."""
    del words
    found = grammar.negation(text)
    if found is None:
        return None
    wrong, meant = found
    read = reader.readers
    before, after = "".join(read.numerals.whole(wrong)), "".join(read.numerals.whole(meant))
    if before and after and before in draft.number:
        head, _, tail = draft.number.rpartition(before)
        return replace(draft, groups=tuple(part for part in (head, after, tail) if part))
    if (
        draft.when
        and read.moments.find(wrong)
        and (when := read.moments.changed(draft.when, meant))
    ):
        return replace(draft, when=when)
    if any(fuzz.ratio(wrong, part) >= _SAME for part in (*draft.name.lower().split(), draft.name)):
        name = reader.name(read.speller.written(meant))
        return replace(draft, name=merged(draft.name, name)) if name else None
    if draft.service and wrong in draft.service.lower():
        return replace(draft, service=meant)
    if wrong and wrong in draft.about.lower():
        place = draft.about.lower().index(wrong)
        about = draft.about[:place] + meant + draft.about[place + len(wrong) :]
        return replace(draft, about=about)
    return None


def _part(
    reader: DetailReader, grammar: Grammar, draft: Draft, words: str, text: str
) -> Draft | None:
    """Takes a part that is named: "the name is wrong", "the number is 555 0123"."""
    note, read = grammar.texts.note, reader.readers
    about_number = grammar.find(note.corrects_number, words)
    least = ANSWER_DIGITS_MIN if about_number else NUMBER_DIGITS_MIN
    number = read.numerals.find(words, least=least)
    changed = draft
    email = read.emails.find(text, asked=bool(grammar.find(note.corrects_email, words)))
    if email:
        changed = replace(changed, email=email)
    elif draft.email and grammar.find(note.corrects_email, words):
        changed = replace(changed, email="", skipped=draft.skipped - {Gap.NUMBER})
    elif number:
        changed = replace(changed, groups=number.groups)
    elif about_number:
        changed = replace(changed, groups=(), skipped=draft.skipped - {Gap.NUMBER})
    if found := grammar.find(note.corrects_name, words):
        said = read.speller.written(found.groupdict("").get("name") or "")
        named = reader.name(said)
        named = read.amender.amend(named, words) or named if named else ""
        amended = "" if named else read.amender.amend(draft.name, words) if draft.name else ""
        changed = replace(changed, name=merged(draft.name, named) if named else amended)
    elif found := grammar.find(note.corrects_about, words):
        about = found.groupdict("").get("about") or ""
        changed = replace(changed, about=reader.subject(about, text))
    elif draft.task is not Task.MESSAGE and grammar.find(note.corrects_when, words):
        changed = replace(changed, when=read.moments.changed(draft.when, words))
    return changed if number or email or changed != draft else None


def _again(
    reader: DetailReader, grammar: Grammar, draft: Draft, words: str, text: str
) -> Draft | None:
    """Takes a part that is simply said again: "Thursday at five", "Ann with an e"."""
    del text
    read = reader.readers
    core = grammar.core(words)
    if draft.when and read.moments.only(core):
        return replace(draft, when=read.moments.changed(draft.when, core))
    if not draft.name:
        return None
    found = grammar.full(grammar.texts.note.name_answers, read.speller.written(core))
    named = reader.name(found["name"]) if found else ""
    amended = read.amender.amend(named or draft.name, words)
    if amended:
        return replace(draft, name=merged(draft.name, amended))
    likeness = [fuzz.ratio(named.lower(), part) for part in draft.name.lower().split()]
    if named and named != draft.name and max((*likeness, fuzz.ratio(named, draft.name))) >= _SAME:
        return replace(draft, name=merged(draft.name, named))
    return None
