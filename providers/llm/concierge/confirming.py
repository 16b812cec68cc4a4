"""The end of a task: what the tool answers, the caller's yes or no, and one part put right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.llm.concierge import booking, tasks
from providers.llm.concierge.capture.corrections import correct
from providers.llm.concierge.draft import Draft, Gap, Task
from providers.llm.concierge.state import Awaited, ConfirmAsked, CorrectionAsked, GapAsked
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Say
from providers.llm.concierge.yes_or_no import yes_or_no

REJECTIONS_MAX = 5
"""A tool that asks for parts of one thing more often than this will not be satisfied."""
_REJECTIONS_MAX = {Gap.SERVICE: 2}
"""Who has twice named what cannot be booked wants something else."""
_DONE = frozenset({"noted", "promised", "booked"})
_FIELDS = {
    "caller_name": Gap.NAME,
    "callback_number": Gap.NUMBER,
    "email": Gap.EMAIL,
    "about": Gap.ABOUT,
    "when": Gap.WHEN,
    "slot": Gap.WHEN,
    "service": Gap.SERVICE,
}
_CORRECTIONS = {
    Task.MESSAGE: Say.ASK_CORRECTION,
    Task.CALLBACK: Say.ASK_CORRECTION_CALLBACK,
    Task.APPOINTMENT: Say.ASK_CORRECTION_APPOINTMENT,
}


def followed(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Goes on as the tool of a task says."""
    draft = turn.state.draft
    outcome = str(result.get("outcome"))
    spoken = str(result.get("spoken") or "")
    if outcome in _DONE:
        turn.state.draft = None
        turn.speak(spoken) if spoken else turn.say(Say.NOTED)
        turn.more()
    elif draft is None:
        _failed(turn, awaited)
    elif outcome == "confirm" and spoken:
        slot = booking.slot_of(result.get("slot"))
        turn.state.groups = draft.groups or turn.state.groups
        turn.state.email = draft.email or turn.state.email
        turn.state.draft = replace(draft, slot=slot.identifier if slot else draft.slot)
        ask(turn, ConfirmAsked(spoken=spoken))
    elif outcome in {"slots", "none", "taken"}:
        booking.offered(turn, draft, result)
    elif outcome == "not_offered":
        _rejected(turn, draft, Gap.SERVICE, result)
    elif outcome == "invalid" and (gap := _FIELDS.get(str(result.get("field")))):
        _rejected(turn, draft, gap, result)
    else:
        _failed(turn, awaited)


def _rejected(turn: Turn, draft: Draft, gap: Gap, result: Mapping[str, Any]) -> None:
    """Asks for a part again; not for ever, and not a third time for one the caller keeps back."""
    kept_back = gap in draft.skipped and draft.rejections
    if kept_back and draft.task is Task.CALLBACK:
        # Nobody can be promised a call without a number, but a message can be left.
        note = turn.grammar.texts.note.subject_call_back
        about = ", ".join(part for part in (draft.about or note, draft.when) if part)
        turn.state.draft = replace(draft, task=Task.MESSAGE, about=about, when="", rejections=0)
        turn.say(Say.MESSAGE_FOR_OFFICE)
        tasks.go_on(turn)
    elif kept_back or draft.rejections >= _REJECTIONS_MAX.get(gap, REJECTIONS_MAX):
        turn.state.draft = None
        turn.say(Say.TASK_FAILED)
        turn.offer_help(draft.party)
    else:
        turn.state.draft = replace(_without(draft, gap), rejections=draft.rejections + 1)
        spoken, proposed = str(result.get("spoken") or ""), str(result.get("next") or "")
        begun = draft.groups if gap is Gap.NUMBER else ()
        tasks.ask(turn, gap, tries=1, spoken=spoken, proposed=proposed, begun=begun)


def ask(turn: Turn, asked: ConfirmAsked) -> None:
    """Reads back in the words of the tool, which end in a question."""
    turn.speak(asked.spoken)
    turn.state.pending, turn.asked = asked, True


def answer_confirmation(turn: Turn, asked: ConfirmAsked, text: str) -> bool:
    """Takes the answer to the read-back; False when it is something else."""
    yes, rest = yes_or_no(turn.grammar, text)
    draft = turn.state.draft
    if draft is None:
        return False
    if yes is not True or rest:
        for words in dict.fromkeys((rest, text)):
            if words and (changed := _corrected(turn, draft, words)):
                turn.state.draft = changed
                tasks.go_on(turn)
                return True
        if rest and turn.language.understanding.by_pattern(rest):
            return False
    if yes is True:
        tasks.submit(turn, confirmed=True)
    elif yes is False:
        key = _CORRECTIONS[draft.task]
        turn.ask(CorrectionAsked(spoken=asked.spoken), key)
    elif asked.tries >= tasks.TRIES_MAX or turn.grammar.is_question(turn.grammar.tidy(text)):
        return False
    else:
        turn.ask(replace(asked, tries=asked.tries + 1), Say.CONFIRM_AGAIN)
    return True


def answer_correction(turn: Turn, asked: CorrectionAsked, text: str) -> bool:
    """Takes the answer to "what is wrong?"; False when it names no part."""
    draft = turn.state.draft
    if draft is None:
        return False
    if changed := _corrected(turn, draft, text):
        turn.state.draft = changed
        tasks.go_on(turn)
        return True
    yes, rest = yes_or_no(turn.grammar, text)
    if yes is True and not rest:
        tasks.submit(turn, confirmed=True)
        return True
    if asked.tries or turn.grammar.is_question(turn.grammar.tidy(text)):
        return False
    turn.ask(replace(asked, tries=asked.tries + 1), _CORRECTIONS[draft.task])
    return True


def ask_again(turn: Turn) -> None:
    """Asks the open question of a task once more after something else was answered."""
    draft, pending = turn.state.draft, turn.state.pending
    if isinstance(pending, ConfirmAsked):
        ask(turn, pending)
    elif isinstance(pending, GapAsked) and pending.proposed:
        tasks.ask(turn, pending.gap, spoken=pending.spoken, proposed=pending.proposed)
    elif isinstance(pending, CorrectionAsked) and draft:
        turn.ask(pending, _CORRECTIONS[draft.task])
    else:
        tasks.go_on(turn)


def _corrected(turn: Turn, draft: Draft, text: str) -> Draft | None:
    return correct(turn.language.details, turn.grammar, draft, text)


def _without(draft: Draft, gap: Gap) -> Draft:
    changed = replace(draft, skipped=draft.skipped - {gap})
    if gap is Gap.NUMBER:
        return replace(changed, groups=())
    if gap is Gap.WHEN:
        return replace(changed, when="", slot="")
    if gap is Gap.SERVICE:
        return replace(changed, service="", slot="")
    return replace(changed, **{gap.value: ""})


def _failed(turn: Turn, awaited: Awaited) -> None:
    turn.state.draft = None
    kept = awaited.call.name == Task.MESSAGE
    turn.say(Say.NOT_NOTED if kept else Say.TASK_FAILED)
    turn.offer_help(awaited.party)
