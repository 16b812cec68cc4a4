"""Arranging something: a message, a call back, an appointment. Parts are asked for one by one."""

from collections.abc import Mapping
from dataclasses import replace

from providers.llm.concierge.capture.corrections import correct
from providers.llm.concierge.capture.details import Details
from providers.llm.concierge.capture.moments import typed
from providers.llm.concierge.digressions import MAY_BE_SKIPPED, means_something_else
from providers.llm.concierge.draft import Draft, Gap, Task
from providers.llm.concierge.grammar import MAX_CHARACTERS
from providers.llm.concierge.party import Party
from providers.llm.concierge.state import Act, Aim, GapAsked
from providers.llm.concierge.turn import FOLLOWS_WITHIN, Turn
from providers.llm.concierge.vocabulary import Say
from providers.llm.concierge.yes_or_no import undecided, yes_or_no

TRIES_MAX = 2
"""After this many answers without the part asked for, it goes on without it."""
ABOUT_CHARACTERS_MAX = 4000
_WHOLE_DIGITS_MIN = 9
"""Fewer digits, after some that were too few, are the rest of the number."""
_DIGITS_MAX = 12
_QUESTIONS: Mapping[Gap, tuple[Say, Say]] = {
    Gap.NAME: (Say.ASK_NAME, Say.ASK_NAME_AGAIN),
    Gap.NUMBER: (Say.ASK_NUMBER, Say.ASK_NUMBER_AGAIN),
    Gap.EMAIL: (Say.ASK_EMAIL_AGAIN, Say.ASK_EMAIL_AGAIN),
    Gap.ABOUT: (Say.ASK_ABOUT, Say.ASK_ABOUT),
    Gap.WHEN: (Say.ASK_WHEN_CALLBACK, Say.ASK_WHEN_AGAIN),
    Gap.SERVICE: (Say.ASK_SERVICE, Say.ASK_SERVICE),
}


def message(turn: Turn, party: Party | None, act: Act | None = None) -> None:
    """Begins a message for `party` (None: the office) with what `act` already says."""
    draft = Draft(task=Task.MESSAGE, party=party, about=_subject(turn, act))
    _begin(turn, draft, act, (Say.MESSAGE_FOR, Say.MESSAGE_FOR_OFFICE))


def callback(turn: Turn, party: Party | None, act: Act | None = None) -> None:
    """Begins a promise to call back; a message that asks for it where none can be made."""
    if turn.can(Task.CALLBACK):
        draft = Draft(task=Task.CALLBACK, party=party, about=_subject(turn, act))
        _begin(turn, draft, act, (Say.CALLBACK_FROM, Say.CALLBACK_FROM_OFFICE))
        return
    given = turn.language.details.given(act.text) if act else Details()
    about = _subject(turn, act) or given.about
    if given.moment and not about:
        about = f"{turn.grammar.texts.note.subject_call_back}: {given.moment}"
    draft = Draft(task=Task.MESSAGE, party=party, about=about)
    _begin(turn, draft, act, (Say.MESSAGE_FOR, Say.MESSAGE_FOR_OFFICE))


def appointment(turn: Turn, act: Act) -> None:
    """Begins an appointment."""
    latest = turn.state.latest
    service = act.service
    if turn.grammar.find(turn.grammar.texts.routing.refers, act.text):
        service = latest.question if turn.state.turn - latest.turn <= FOLLOWS_WITHIN else ""
    draft = Draft(task=Task.APPOINTMENT, service=service)
    _begin(turn, draft, act, (Say.APPOINTMENT, Say.APPOINTMENT))


def go_on(turn: Turn, tries: int = 0) -> None:
    """Asks for the next part, or has it read back when nothing is missing."""
    draft = turn.state.draft
    if draft is None:
        return
    turn.state.caller = draft.name or turn.state.caller
    gap = draft.gap
    if gap is None or draft.seeks_slot:
        submit(turn)
        return
    ask(turn, gap, tries=tries)


def ask(
    turn: Turn,
    gap: Gap,
    *,
    tries: int = 0,
    spoken: str = "",
    proposed: str = "",
    begun: tuple[str, ...] = (),
) -> None:
    """Asks for one part, in the words of the tool when it gave some."""
    draft = turn.state.draft
    key = _QUESTIONS[gap][1 if tries else 0]
    if key is Say.ASK_WHEN_CALLBACK and draft and draft.task is Task.APPOINTMENT:
        key = Say.ASK_WHEN_APPOINTMENT
    asked = GapAsked(gap=gap, tries=tries, proposed=proposed, spoken=spoken, begun=begun)
    if spoken:
        turn.speak(spoken)
        turn.state.pending, turn.asked = asked, True
    else:
        turn.ask(asked, key)


def submit(turn: Turn, *, confirmed: bool = False) -> None:
    """Calls the tool: it reads back first, and does it when the caller has said yes."""
    draft = turn.state.draft
    if draft is None:
        return
    turn.state.pending = None
    arguments = draft.arguments(turn.phrase(Say.UNNAMED))
    given: dict[str, str | bool] = {**arguments, "confirmed": confirmed}
    turn.call(draft.task, Aim.TASK, given, party=draft.party)


def drop(turn: Turn) -> None:
    """Forgets what was being arranged."""
    draft, turn.state.draft, turn.state.pending = turn.state.draft, None, None
    kept = draft is None or draft.task is Task.MESSAGE
    turn.say(Say.MESSAGE_DROPPED if kept else Say.TASK_DROPPED)
    turn.more()


def answer_gap(turn: Turn, asked: GapAsked, text: str) -> bool:
    """Takes an answer to the question for a part; False when it is something else."""
    draft = turn.state.draft
    reader = turn.language.details
    if draft is None:
        return False
    words = turn.grammar.tidy(text)
    more = reader.readers.numerals.whole(words)
    if asked.gap is not Gap.NUMBER and more and draft.number and asked.gap is Gap.ABOUT:
        # A pause inside a number ended the turn too early: the rest of it comes now.
        turn.state.draft = replace(draft, groups=(*draft.groups, *more))
        go_on(turn)
        return True
    if _corrects(turn, draft, text):
        go_on(turn)
        return True
    if means_something_else(turn, asked, text):
        return False
    filled = _joined(asked, _answered(turn, draft, asked, text))
    filled = replace(filled, name=filled.name or _signed(turn))
    if filled == draft:
        filled = _without_value(turn, draft, asked.gap, words)
    if filled == draft:
        return _ask_again(turn, asked, draft, words)
    turn.state.draft = filled
    turn.state.misses = 0
    go_on(turn)
    return True


def _begin(turn: Turn, draft: Draft, act: Act | None, says: tuple[Say, Say]) -> None:
    if not turn.can(draft.task):
        turn.say(Say.NOT_POSSIBLE)
        turn.more()
        return
    given = turn.language.details.given(act.text) if act else Details()
    state = turn.state
    name = _signed(turn) or state.caller
    known = replace(draft, name=name, groups=state.groups, email=state.email)
    state.draft = _filled(known, given)
    if draft.party:
        turn.say(says[0], name=turn.name(draft.party))
    else:
        turn.say(says[1])
    go_on(turn)


def _joined(asked: GapAsked, filled: Draft) -> Draft:
    """Returns the number with its beginning, when a pause had cut it in two."""
    short = 0 < len(filled.number) < _WHOLE_DIGITS_MIN
    whole = len("".join(asked.begun)) + len(filled.number)
    if asked.gap is Gap.NUMBER and asked.begun and short and whole <= _DIGITS_MAX:
        return replace(filled, groups=(*asked.begun, *filled.groups))
    return filled


def _signed(turn: Turn) -> str:
    """Returns the name in this turn that is the caller's: not that of whom he asked for."""
    party = turn.state.party
    return "" if party and party.name == turn.state.signed else turn.state.signed


def _without_value(turn: Turn, draft: Draft, gap: Gap, words: str) -> Draft:
    """Takes an answer that gives no value of its own: the one before, none, or "I don't know"."""
    known = turn.state.groups
    note = turn.grammar.texts.note
    agrees = yes_or_no(turn.grammar, words) == (True, "")
    if gap is Gap.NUMBER and known and (agrees or turn.grammar.find(note.reuses_number, words)):
        return replace(draft, groups=known)
    if gap in MAY_BE_SKIPPED and _skips(turn, words):
        return replace(draft, skipped=draft.skipped | {gap})
    if undecided(turn.grammar, words):
        if gap is Gap.WHEN and draft.task is Task.APPOINTMENT:
            return replace(draft, when=words)
        return replace(draft, skipped=draft.skipped | {gap})
    return draft


def _subject(turn: Turn, act: Act | None) -> str:
    """Returns what the message is, when the request for it says so."""
    note = turn.grammar.texts.note
    about = (act.about or act.reason) if act else ""
    if turn.grammar.full(note.call_back, about):
        return ""
    return turn.grammar.strip_front(note.about_answers, about)


def _answered(turn: Turn, draft: Draft, asked: GapAsked, text: str) -> Draft:
    """Returns `draft` with what the answer to a question says."""
    if asked.gap is Gap.WHEN and (digits := typed(text.strip())):
        return replace(draft, when=digits)
    given = turn.language.details.answer(asked.gap, text)
    if asked.proposed and not given and yes_or_no(turn.grammar, text) == (True, ""):
        return replace(draft, when=asked.proposed)
    if asked.gap is Gap.ABOUT and len(text) > MAX_CHARACTERS:
        given = replace(given, about=text.strip()[:ABOUT_CHARACTERS_MAX])
    words = turn.grammar.tidy(text)
    if asked.gap is Gap.SERVICE:
        details = turn.language.details
        nothing = details.readers.moments.only(given.about) or details.only_introduces(words)
        service = "" if nothing or undecided(turn.grammar, words) else given.about
        return _filled(replace(draft, service=service), replace(given, about=""))
    any_time = turn.grammar.find(turn.grammar.texts.routing.any_of_them, words)
    # The calendar may know a way to say it that is not known here, and offers what it took it for.
    unknown = asked.tries and draft.task is Task.APPOINTMENT
    if asked.gap is Gap.WHEN and not given.moment and (unknown or any_time):
        return replace(_filled(draft, given), when=turn.grammar.core(words))
    return _filled(draft, given)


def _filled(draft: Draft, given: Details) -> Draft:
    timed = draft.task is not Task.MESSAGE
    return replace(
        draft,
        name=given.name or draft.name,
        groups=given.groups or draft.groups,
        email=given.email or draft.email,
        about=given.about or draft.about,
        when=str(given.moment) or draft.when if timed else "",
    )


def _corrects(turn: Turn, draft: Draft, text: str) -> bool:
    """Takes "no, the number is ..." while the next part is being asked for."""
    no, rest = yes_or_no(turn.grammar, text)
    if no is not False or not rest or _skips(turn, turn.grammar.tidy(text)):
        return False
    changed = correct(turn.language.details, turn.grammar, draft, rest)
    if changed:
        turn.state.draft = changed
    return changed is not None


def _skips(turn: Turn, words: str) -> bool:
    if turn.grammar.find(turn.grammar.texts.note.skips_number, words):
        return True
    return yes_or_no(turn.grammar, words) == (False, "")


def _ask_again(turn: Turn, asked: GapAsked, draft: Draft, words: str) -> bool:
    if turn.grammar.is_question(words):
        return False
    if asked.tries < (1 if asked.gap is Gap.ABOUT else TRIES_MAX):
        spoken = asked.spoken if asked.proposed else ""
        ask(turn, asked.gap, tries=asked.tries + 1, spoken=spoken, proposed=asked.proposed)
        return True
    if asked.gap is Gap.ABOUT:
        draft = replace(draft, about=turn.grammar.texts.note.subject_call_back)
    turn.state.draft = replace(draft, skipped=draft.skipped | {asked.gap})
    go_on(turn)
    return True
