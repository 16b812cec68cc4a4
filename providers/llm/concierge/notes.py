"""Taking a message: who, which number, about what; read back, corrected, then noted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.llm.concierge.details import DetailReader, Details
from providers.llm.concierge.state import (
    Act,
    Aim,
    Awaited,
    ConfirmAsked,
    CorrectionAsked,
    Draft,
    Gap,
    GapAsked,
    Party,
)
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say

TRIES_MAX = 2
"""After this many answers without the part asked for, the message goes on without it."""
_QUESTIONS = {
    Gap.NAME: (Say.ASK_NAME, Say.ASK_NAME_AGAIN),
    Gap.NUMBER: (Say.ASK_NUMBER, Say.ASK_NUMBER_AGAIN),
    Gap.ABOUT: (Say.ASK_ABOUT, Say.ASK_ABOUT),
}
_NAME_ANSWER_WORDS_MAX = 3


def start(turn: Turn, party: Party | None, act: Act | None = None) -> None:
    """Begins a message for `party` (None: the office) with what `act` already says."""
    if not turn.can("take_message"):
        turn.say(Say.NOT_POSSIBLE)
        turn.more()
        return
    given = DetailReader(turn.language).given(act.text) if act else Details()
    about = (act.about or act.reason) if act else ""
    if turn.grammar.full(turn.grammar.texts.note.call_back, about):
        about = ""
    about = turn.grammar.strip_front(turn.grammar.texts.note.about_answers, about)
    draft = Draft(party=party, name=turn.state.caller, about=about)
    turn.state.draft = _filled(draft, given)
    if party:
        turn.say(Say.MESSAGE_FOR, name=party.name)
    else:
        turn.say(Say.MESSAGE_FOR_OFFICE)
    go_on(turn)


def go_on(turn: Turn, tries: int = 0) -> None:
    """Asks for the next part of the message, or reads it back when it is whole."""
    draft = turn.state.draft
    if draft is None:
        return
    turn.state.caller = draft.name or turn.state.caller
    gap = draft.gap
    if gap is None:
        read_back(turn)
        return
    turn.ask(GapAsked(gap=gap, tries=tries), _QUESTIONS[gap][1 if tries else 0])


def read_back(turn: Turn, *, tries: int = 0) -> None:
    """Reads the message back and asks whether it is right."""
    draft = turn.state.draft
    if draft is None:
        return
    name = draft.name or turn.phrase(Say.UNNAMED)
    asked = ConfirmAsked(tries=tries)
    if draft.number:
        number = turn.language.numerals.speak(draft.groups)
        turn.ask(asked, Say.CONFIRM, name=name, number=number, about=draft.about)
    else:
        turn.ask(asked, Say.CONFIRM_WITHOUT_NUMBER, name=name, about=draft.about)


def answer_gap(turn: Turn, asked: GapAsked, text: str) -> bool:
    """Takes an answer to the question for a part; False when it is something else."""
    draft = turn.state.draft
    reader = DetailReader(turn.language)
    if draft is None:
        return False
    if asked.gap is Gap.ABOUT and (more := reader.more_digits(text)) and draft.number:
        # A pause inside a number ended the turn too early: the rest of it comes now.
        turn.state.draft = replace(draft, groups=(*draft.groups, *more))
        go_on(turn)
        return True
    if _corrects(turn, draft, text):
        go_on(turn)
        return True
    if _means_something_else(turn, asked, text):
        return False
    filled = _filled(draft, reader.answer(asked.gap, text))
    words = turn.grammar.tidy(text)
    if filled == draft and asked.gap is Gap.NUMBER and _skips(turn, words):
        filled = replace(draft, skipped=draft.skipped | {Gap.NUMBER})
    if filled == draft:
        return _ask_again(turn, asked, draft, words)
    turn.state.draft = filled
    turn.state.misses = 0
    go_on(turn)
    return True


def answer_confirmation(turn: Turn, asked: ConfirmAsked, text: str) -> bool:
    """Takes the answer to the read-back; False when it is something else."""
    yes, rest = yes_or_no(turn, text)
    reader = DetailReader(turn.language)
    draft = turn.state.draft
    if draft is None:
        return False
    if yes is not True or rest:
        if changed := reader.correct(draft, rest or text):
            turn.state.draft = changed
            go_on(turn)
            return True
        if rest and turn.language.understanding.by_pattern(rest):
            return False
    if yes is True:
        note(turn)
    elif yes is False:
        turn.ask(CorrectionAsked(), Say.ASK_CORRECTION)
    elif asked.tries >= TRIES_MAX or turn.grammar.is_question(turn.grammar.tidy(text)):
        return False
    else:
        turn.ask(ConfirmAsked(tries=asked.tries + 1), Say.CONFIRM_AGAIN)
    return True


def answer_correction(turn: Turn, text: str) -> bool:
    """Takes the answer to "what is wrong?"; False when it names no part."""
    draft = turn.state.draft
    if draft is None:
        return False
    changed = DetailReader(turn.language).correct(draft, text)
    if changed:
        turn.state.draft = changed
        go_on(turn)
    return changed is not None


def note(turn: Turn) -> None:
    """Has the message kept."""
    draft = turn.state.draft
    if draft is None:
        return
    turn.state.pending = None
    turn.call(
        "take_message",
        Aim.NOTE,
        party=draft.party,
        about=draft.about,
        caller_name=draft.name or turn.phrase(Say.UNNAMED),
        callback_number=draft.number,
        contact_id=draft.party.identifier if draft.party else "",
    )


def noted(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Says whether the message was kept."""
    draft = turn.state.draft
    if result.get("outcome") == "noted":
        turn.state.draft = None
        turn.say(Say.NOTED)
        turn.more()
    elif result.get("outcome") == "invalid" and draft and draft.number:
        turn.state.draft = replace(draft, groups=())
        go_on(turn, tries=1)
    else:
        turn.state.draft = None
        turn.say(Say.NOT_NOTED)
        turn.offer_help(awaited.party)


def drop(turn: Turn) -> None:
    """Forgets the message."""
    turn.state.draft = None
    turn.state.pending = None
    turn.say(Say.MESSAGE_DROPPED)
    turn.more()


def yes_or_no(turn: Turn, text: str) -> tuple[bool | None, str]:
    """Returns whether an answer begins with a yes or a no, and what follows it."""
    parts = turn.grammar.texts.parts
    words = turn.grammar.tidy(text)
    for meaning, sources in ((False, parts.denies), (True, parts.affirms)):
        rest = turn.grammar.strip_front(sources, words)
        if rest != words:
            return meaning, turn.grammar.strip_front((*parts.lead_ins, *parts.lead_outs), rest)
    return None, words


def _corrects(turn: Turn, draft: Draft, text: str) -> bool:
    """Takes "no, the number is ..." while the next part is being asked for."""
    no, rest = yes_or_no(turn, text)
    if no is not False or not rest or _skips(turn, turn.grammar.tidy(text)):
        return False
    changed = DetailReader(turn.language).correct(draft, rest)
    if changed:
        turn.state.draft = changed
    return changed is not None


def _filled(draft: Draft, given: Details) -> Draft:
    return replace(
        draft,
        name=given.name or draft.name,
        groups=given.groups or draft.groups,
        about=given.about or draft.about,
    )


def _skips(turn: Turn, words: str) -> bool:
    grammar = turn.grammar
    if grammar.find(grammar.texts.note.skips_number, words):
        return True
    return yes_or_no(turn, words) == (False, "")


def _ask_again(turn: Turn, asked: GapAsked, draft: Draft, words: str) -> bool:
    if turn.grammar.is_question(words):
        return False
    if asked.tries < TRIES_MAX:
        go_on(turn, tries=asked.tries + 1)
        return True
    turn.state.draft = replace(draft, skipped=draft.skipped | {asked.gap})
    go_on(turn)
    return True


def _means_something_else(turn: Turn, asked: GapAsked, text: str) -> bool:
    """Tells whether the caller asks for something instead of answering."""
    understanding, grammar = turn.language.understanding, turn.grammar
    words = grammar.tidy(text)
    if asked.gap is Gap.ABOUT:
        act = understanding.by_pattern(words, whole=True)
        return act is not None and act.kind in _ALWAYS_ELSE
    if DetailReader(turn.language).given(text):
        return False
    act = understanding.by_pattern(words)
    if act is None:
        return grammar.is_question(words)
    if act.kind in (Kind.AFFIRM, Kind.DENY, Kind.MESSAGE, Kind.GREETING):
        return False
    # "Anna Verdi, please" is a name here, not somebody to be put through to.
    short = len(grammar.core(words).split()) <= _NAME_ANSWER_WORDS_MAX
    return not (act.kind is Kind.ROUTE and short)


_ALWAYS_ELSE = frozenset(
    {Kind.REPEAT, Kind.HUMAN, Kind.GOODBYE, Kind.CANCEL, Kind.ROBOT, Kind.WAIT, Kind.HOURS}
)
