"""The caller's words as the answer to the question the assistant asked last."""

from dataclasses import replace

from rapidfuzz import fuzz

from providers.llm.concierge import booking, confirming, languages, routing, tasks, tenant_tools
from providers.llm.concierge.draft import Gap
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.social import goodbye
from providers.llm.concierge.state import (
    Act,
    Choice,
    ConfirmAsked,
    CorrectionAsked,
    GapAsked,
    LanguageAsked,
    Offer,
    Offered,
    Pending,
    SlotAsked,
    ToolAsked,
    WhoAsked,
)
from providers.llm.concierge.turn import TASK_QUESTIONS, Turn
from providers.llm.concierge.vocabulary import Kind, Say
from providers.llm.concierge.yes_or_no import undecided, yes_or_no

_SAME_NAME = 88
CONTROLS = frozenset(
    {
        Kind.REPEAT,
        Kind.SLOWER,
        Kind.LOUDER,
        Kind.CANCEL,
        Kind.HUMAN,
        Kind.GOODBYE,
        Kind.ROBOT,
        Kind.WAIT,
        Kind.CAPABILITIES,
        Kind.ABUSE,
    }
)
"""What a caller may say at any time, whatever was asked."""


def answered(turn: Turn, text: str) -> bool:
    """Takes `text` as an answer; False when it is none and must be read on its own."""
    pending = turn.state.pending
    words = turn.grammar.tidy(text)
    if pending is None or not words:
        return False
    control = turn.language.understanding.by_pattern(words, whole=True)
    if control and control.kind in CONTROLS and not _declines(turn, text):
        return False
    return _taken(turn, pending, text)


def _taken(turn: Turn, pending: Pending, text: str) -> bool:
    match pending:
        case Offer():
            return _offer(turn, pending, text)
        case Choice():
            return routing.answer_choice(turn, pending, text)
        case WhoAsked():
            return routing.answer_who(turn, pending, text)
        case GapAsked():
            return tasks.answer_gap(turn, pending, text)
        case SlotAsked():
            return booking.answer_slot(turn, pending, text)
        case ConfirmAsked():
            return confirming.answer_confirmation(turn, pending, text)
        case CorrectionAsked():
            return confirming.answer_correction(turn, pending, text)
        case LanguageAsked():
            return languages.answered(turn, text)
        case ToolAsked():
            return tenant_tools.answer(turn, pending, text)


def answered_aside(turn: Turn, text: str) -> bool:
    """Takes a yes or no to an offer that something else on this call has made."""
    aside, turn.state.aside = turn.state.aside, None
    if aside is None:
        return False
    yes, rest = yes_or_no(turn.grammar, text)
    if yes is None or rest:
        return False
    if yes:
        turn.state.pending = None
        _accept(turn, aside)
    elif isinstance(turn.state.pending, TASK_QUESTIONS):
        turn.say(Say.CANCELLED)
    else:
        turn.state.pending = None
        _refuse(turn, aside)
    return True


def _declines(turn: Turn, text: str) -> bool:
    """Tells whether `text` is a plain no ("no thanks"), which may also sound like a goodbye."""
    return yes_or_no(turn.grammar, text) == (False, "")


def _offer(turn: Turn, offer: Offer, text: str) -> bool:
    yes, rest = yes_or_no(turn.grammar, text)
    if undecided(turn.grammar, text):
        _suggest_less(turn, offer)
        return True
    if rest and (_picked(turn, offer, rest) or _dictates(turn, offer, text)):
        return True
    if rest and yes is not False and _agrees(turn, offer, rest):
        yes, rest = True, ""
    if rest and (yes is None or _asks_more(turn, offer, yes=yes, rest=rest)):
        # Whatever was said instead closes the offer, unless it only asks to hear it again.
        return yes is False and offer.offered is Offered.SUGGESTION and _renamed(turn, offer, text)
    turn.state.pending = None
    if yes:
        _accept(turn, offer)
    else:
        _refuse(turn, offer)
    return True


def _suggest_less(turn: Turn, offer: Offer) -> None:
    """Goes on with a caller who does not know: the smaller of two things is offered."""
    turn.state.pending = None
    turn.say(Say.CANCELLED)
    if offer.offered is Offered.SUGGESTION:
        turn.offer_help()
    elif offer.offered in (Offered.EITHER, Offered.PERSON):
        turn.offer_message(offer.party)
    else:
        turn.ask(Offer(offered=Offered.MORE), Say.HELP)


def _asks_more(turn: Turn, offer: Offer, *, yes: bool, rest: str) -> bool:
    """Tells whether what follows a yes or a no is a request of its own."""
    if not yes and not turn.grammar.starts(turn.grammar.texts.parts.declines, rest):
        return True
    if offer.offered in (Offered.MORE, Offered.SUGGESTION) or turn.grammar.is_question(rest):
        return True
    return turn.language.understanding.by_pattern(rest) is not None


def _picked(turn: Turn, offer: Offer, rest: str) -> bool:
    """Takes "a message" or "a person" as the answer to an offer of help."""
    if offer.offered in (Offered.MORE, Offered.SUGGESTION):
        return False
    texts = turn.grammar.texts.routing
    if turn.grammar.full(texts.picks_message, rest) and turn.can("take_message"):
        turn.state.pending = None
        tasks.message(turn, offer.party)
        return True
    if turn.grammar.full(texts.picks_person, rest) and turn.can("transfer_call"):
        turn.state.pending = None
        routing.transfer(turn, offer.party if offer.offered is Offered.PERSON else None)
        return True
    return False


def _dictates(turn: Turn, offer: Offer, text: str) -> bool:
    """Takes a caller who leaves the message offered without saying yes to it first."""
    if offer.offered not in (Offered.MESSAGE, Offered.EITHER) or not turn.can("take_message"):
        return False
    words = turn.grammar.tidy(text)
    act = turn.language.understanding.by_pattern(words)
    asks = turn.grammar.is_question(turn.grammar.core(words))
    if asks or (act and act.kind is not Kind.MESSAGE) or not _introduces(turn, offer, text):
        return False
    turn.state.pending = None
    tasks.message(turn, offer.party, replace(act or Act(kind=Kind.MESSAGE, text=""), text=text))
    return True


def _introduces(turn: Turn, offer: Offer, text: str) -> bool:
    """Tells whether the caller gives his name or number; a bare name may be anybody's."""
    reader = turn.language.details
    if given := reader.given(text):
        return bool(given.name or given.groups or offer.offered is Offered.MESSAGE)
    name = reader.answer(Gap.NAME, text).name
    if not name or offer.offered is not Offered.MESSAGE or plain(name) == plain(text):
        return False
    turn.state.caller = name
    return True


def _accept(turn: Turn, offer: Offer) -> None:
    match offer.offered:
        case Offered.PERSON if offer.party is None:
            routing.escalate(turn, offer.suggestion)
        case Offered.PERSON:
            routing.transfer(turn, offer.party)
        case Offered.EITHER:
            routing.transfer(turn, None)
        case Offered.MESSAGE:
            tasks.message(turn, offer.party)
        case Offered.MORE:
            turn.say(Say.GO_AHEAD)
        case Offered.SUGGESTION:
            if offer.party:
                routing.reached(turn, offer.party, offer.aim, offer.act)
            else:
                act = offer.act or Act(kind=Kind.ROUTE, text="")
                act = replace(act, target=offer.suggestion, department="")
                routing.look_up(turn, act, offer.aim)


def _refuse(turn: Turn, offer: Offer) -> None:
    if offer.offered is Offered.MORE:
        goodbye(turn, Act(kind=Kind.GOODBYE, text=""))
    elif offer.offered is Offered.SUGGESTION:
        turn.offer_help()
    else:
        turn.say(Say.CANCELLED)
        turn.more()


def _agrees(turn: Turn, offer: Offer, rest: str) -> bool:
    """Takes "Mario Rossi, yes" and "him, please" after "do you mean Mario Rossi?"."""
    name = offer.party.name if offer.party else offer.suggestion
    if offer.offered not in (Offered.PERSON, Offered.SUGGESTION) or not name:
        return False
    rest = turn.grammar.core(rest)
    if set(rest.split()) <= {*turn.grammar.texts.routing.not_targets}:
        return True
    return fuzz.token_set_ratio(plain(rest), plain(name)) >= _SAME_NAME


def _renamed(turn: Turn, offer: Offer, text: str) -> bool:
    """Takes "no, Mario Bianchi" after "do you mean Mario Rossi?"."""
    meant = turn.grammar.negation(text)
    rest = yes_or_no(turn.grammar, text)[1]
    if meant and yes_or_no(turn.grammar, meant[1])[0] is None:
        rest = meant[1]
    if turn.language.understanding.by_pattern(rest):
        return False
    turn.state.pending = None
    if turn.grammar.starts(turn.grammar.texts.parts.declines, rest):
        rest = turn.language.details.answer(Gap.NAME, rest).name.lower()
    if not rest:
        _refuse(turn, offer)
        return True
    act = replace(offer.act or Act(kind=Kind.ROUTE, text=""), target=rest, department="")
    routing.look_up(turn, act, offer.aim)
    return True
