"""The free times a calendar offers, and the caller's choice among them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from providers.llm.concierge import tasks
from providers.llm.concierge.capture.moments import typed
from providers.llm.concierge.draft import Draft, Gap
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.parties import position
from providers.llm.concierge.state import Slot, SlotAsked
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Say
from providers.llm.concierge.yes_or_no import yes_or_no

_CHOICE_DIGITS = 2
"""More digits that are typed are a day or a time."""
_DAY_DIGITS = 4
"""Of a day and a month that were typed before: what comes next may be the time of that day."""
_DAY_LETTERS = 4
"""Tell days of the week apart, and find "terça" in "terça-feira"."""


def slot_of(value: object) -> Slot | None:
    """Returns the free time a tool named, by its id alone or with its words."""
    if isinstance(value, str) and value:
        return Slot(identifier=value, spoken="")
    if not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, Any]", value)
    identifier = str(fields.get("id") or "")
    return (
        Slot(identifier=identifier, spoken=str(fields.get("spoken") or "")) if identifier else None
    )


def offered(turn: Turn, draft: Draft, result: Mapping[str, Any]) -> None:
    """Says which times are free, in the words of the tool; asks for another day when none is."""
    values: object = result.get("slots")
    items = cast("Sequence[object]", values) if isinstance(values, Sequence) else ()
    slots = tuple(slot for item in items if (slot := slot_of(item)))
    spoken = str(result.get("spoken") or "")
    turn.state.draft = replace(draft, slot="")
    if slots:
        turn.speak(spoken or turn.phrase(Say.SLOTS_AGAIN, options=_listed(turn, slots)))
        turn.state.pending, turn.asked = SlotAsked(slots=slots), True
    else:
        turn.state.draft = replace(draft, slot="", when="")
        tasks.ask(turn, Gap.WHEN, tries=1, spoken=spoken)


def answer_slot(turn: Turn, asked: SlotAsked, text: str) -> bool:
    """Takes the answer to the times offered; False when it is something else."""
    draft = turn.state.draft
    words = turn.grammar.tidy(text)
    if draft is None or not words:
        return False
    digits = typed(text.strip())
    if len(digits) > _CHOICE_DIGITS:
        day = draft.when if len(draft.when) == len(digits) == _DAY_DIGITS else ""
        turn.state.draft = replace(draft, when=typed(day) + digits)
        tasks.go_on(turn)
        return True
    if chosen := _chosen(turn, asked.slots, words):
        turn.state.draft = replace(draft, slot=chosen.identifier)
        tasks.go_on(turn)
        return True
    when = turn.language.details.readers.moments.changed(draft.when, words)
    if turn.grammar.is_question(words) and not when and not _wants_other(turn, words):
        return False
    if when:
        turn.state.draft = replace(draft, when=when)
        tasks.go_on(turn)
    elif _wants_other(turn, words):
        turn.state.draft = replace(draft, when="")
        tasks.ask(turn, Gap.WHEN)
    elif turn.language.understanding.by_pattern(words, whole=True):
        return False
    elif asked.tries >= tasks.TRIES_MAX:
        turn.state.draft = turn.state.pending = None
        turn.say(Say.STILL_NOT_UNDERSTOOD)
        turn.offer_help()
    else:
        again = replace(asked, tries=asked.tries + 1)
        turn.ask(again, Say.SLOTS_AGAIN, options=_listed(turn, asked.slots))
    return True


def ask_again(turn: Turn, asked: SlotAsked) -> None:
    """Asks which time suits once more after something else was answered."""
    turn.ask(asked, Say.SLOTS_AGAIN, options=_listed(turn, asked.slots))


def _wants_other(turn: Turn, words: str) -> bool:
    routing = turn.grammar.texts.routing
    wishes = (*routing.wants_other_time, *routing.wants_earlier, *routing.wants_later)
    refused = turn.grammar.find((*wishes, *routing.none_of_them), words)
    return bool(refused) or yes_or_no(turn.grammar, words)[0] is False


def _chosen(turn: Turn, slots: Sequence[Slot], words: str) -> Slot | None:
    routing = turn.grammar.texts.routing
    if turn.grammar.find(routing.wants_other_time, words):
        return None
    named = _named(turn, slots, words)
    if named:
        return named
    if turn.grammar.find((*routing.picks_earliest, *routing.any_of_them), words):
        return slots[0]
    if turn.grammar.find(routing.picks_latest, words):
        return slots[-1]
    index = position(words, len(slots), turn.grammar)
    if index is not None:
        return slots[index]
    agreed = yes_or_no(turn.grammar, words)[0] is True
    return slots[0] if agreed and len(slots) == 1 else None


def _named(turn: Turn, slots: Sequence[Slot], words: str) -> Slot | None:
    """Returns the one time whose own words the caller says, numbers however written."""
    # "On" chooses nothing; a number or a day does.
    said = {term for term in _terms(turn, words) if term.isdecimal() or len(term) > 2}
    terms = [_terms(turn, slot.spoken) for slot in slots]
    shared = set[str].intersection(*terms) if len(terms) > 1 else set[str]()
    counts = [len((own - shared) & said) for own in terms]
    best = max(counts)
    if not best or counts.count(best) > 1:
        return None
    # A day or a time that no offer has is a new wish, not a choice.
    moment = _terms(turn, str(turn.language.details.readers.moments.find(words)))
    days = {term[:_DAY_LETTERS] for term in moment if turn.grammar.full(("<weekday>",), term)}
    strange = {term for term in moment if term.isdecimal()} - set[str]().union(*terms)
    strange |= days - {term[:_DAY_LETTERS] for own in terms for term in own}
    return None if strange else slots[counts.index(best)]


def _terms(turn: Turn, text: str) -> set[str]:
    numerals = turn.language.details.readers.numerals
    return {"".join(numerals.whole(word)) or word for word in plain(text.replace(":", " ")).split()}


def _listed(turn: Turn, slots: Sequence[Slot]) -> str:
    spoken = [slot.spoken for slot in slots]
    if len(spoken) < 2:
        return "".join(spoken)
    return f"{', '.join(spoken[:-1])} {turn.grammar.texts.routing.conjunction_or} {spoken[-1]}"
