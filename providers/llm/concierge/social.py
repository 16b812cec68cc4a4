"""Everything that needs no tool: greetings, thanks, who and what the assistant is, goodbye."""

import re

from providers.llm.concierge import routing, tasks
from providers.llm.concierge.state import Act, Aim, Choice, GapAsked, Offer, Offered, WhoAsked
from providers.llm.concierge.turn import TASK_QUESTIONS, Turn
from providers.llm.concierge.vocabulary import Kind, Say

_PLAIN = {
    Kind.HOW_ARE_YOU: Say.HOW_ARE_YOU,
    Kind.ROBOT: Say.ROBOT,
    Kind.IDENTITY: Say.IDENTITY,
    Kind.CAPABILITIES: Say.CAPABILITIES,
    Kind.WEATHER: Say.WEATHER,
    Kind.JOKE: Say.JOKE,
    Kind.PERSONAL: Say.PERSONAL,
    Kind.COMPLIMENT: Say.COMPLIMENT,
}
INSULTS_BEFORE_PERSON = 2
_CLAUSE_END = re.compile(r"[,;:]\s+")


def small_talk(turn: Turn, act: Act) -> None:
    """Answers in a sentence and comes back to business."""
    turn.state.misses = 0
    if act.kind is Kind.IDENTITY and act.target:
        turn.say(Say.IDENTITY_YES)
    else:
        turn.say(_PLAIN[act.kind])
    if not isinstance(turn.state.pending, (*TASK_QUESTIONS, Offer)):
        turn.say(Say.HELP)


def greeting(turn: Turn, act: Act) -> None:
    """Greets back."""
    del act
    turn.say(Say.GREETING)
    if not isinstance(turn.state.pending, TASK_QUESTIONS):
        turn.say(Say.HELP)


def thanks(turn: Turn, act: Act) -> None:
    """Takes thanks; unless a question is open, asks whether there is more."""
    del act
    turn.say(Say.THANKS)
    if not isinstance(turn.state.pending, TASK_QUESTIONS):
        turn.more()


def wait(turn: Turn, act: Act) -> None:
    """Gives the caller time; open questions stay open and are not asked again."""
    del act
    turn.quiet = True
    turn.say(Say.WAIT)


def repeat(turn: Turn, act: Act) -> None:
    """Says the last thing again: as it was, in short sentences, or with a word about loudness."""
    turn.quiet = True
    said = turn.state.last_said
    if not said:
        turn.say(Say.NOTHING_TO_REPEAT)
    elif act.kind is Kind.SLOWER:
        turn.say(Say.SLOWER, text=slowly(said))
    else:
        turn.say(Say.LOUDER if act.kind is Kind.LOUDER else Say.REPEAT, text=said)


def slowly(text: str) -> str:
    """Returns `text` in shorter sentences: a voice pauses at each, between groups of digits too."""
    pieces = [piece.strip() for piece in _CLAUSE_END.split(text)]
    return ". ".join(piece[:1].upper() + piece[1:] for piece in pieces if piece)


def insult(turn: Turn, act: Act) -> None:
    """Stays calm and offers a person; the second time one is rung. It never argues."""
    del act
    turn.state.insults += 1
    if turn.state.insults < INSULTS_BEFORE_PERSON:
        turn.say(Say.ABUSE)
        _person_or_message(turn)
        return
    turn.say(Say.ABUSE_AGAIN)
    routing.transfer(turn, None) if turn.can("transfer_call") else turn.offer_help()


def anger(turn: Turn, act: Act) -> None:
    """Says that it is sorry and offers a person."""
    del act
    turn.say(Say.ANGER)
    _person_or_message(turn)


def _person_or_message(turn: Turn) -> None:
    turn.state.pending = turn.state.draft = None
    turn.offer_person()


def goodbye(turn: Turn, act: Act) -> None:
    """Says goodbye, then ends the call."""
    del act
    turn.state.pending = turn.state.draft = None
    turn.state.ended = True
    turn.say(Say.FAREWELL)
    if turn.can("end_call"):
        turn.call("end_call", Aim.END, reason="goodbye")


def cancel(turn: Turn, act: Act) -> None:
    """Drops whatever is under way."""
    del act
    if turn.state.draft is not None or isinstance(turn.state.pending, GapAsked):
        tasks.drop(turn)
        return
    if isinstance(turn.state.pending, Choice | WhoAsked):
        turn.state.pending = None
    turn.say(Say.CANCELLED)
    turn.more()


def yes(turn: Turn, act: Act) -> None:
    """A yes to nothing in particular."""
    del act
    if turn.state.turn > 1 and turn.state.pending is None:
        turn.more()
    else:
        turn.say(Say.HELP)


def no(turn: Turn, act: Act) -> None:
    """A no to nothing in particular."""
    del act
    turn.state.pending = None
    turn.say(Say.CANCELLED)
    turn.ask(Offer(offered=Offered.MORE), Say.ANYTHING_ELSE)
