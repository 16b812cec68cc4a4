"""Everything that needs no tool: greetings, thanks, who and what the assistant is, goodbye."""

from providers.llm.concierge import notes
from providers.llm.concierge.state import Act, Aim, Choice, GapAsked, Offer, Offered, WhoAsked
from providers.llm.concierge.turn import TASK_QUESTIONS, Turn
from providers.llm.concierge.vocabulary import Kind, Say

_PLAIN = {
    Kind.HOW_ARE_YOU: Say.HOW_ARE_YOU,
    Kind.ROBOT: Say.ROBOT,
    Kind.IDENTITY: Say.IDENTITY,
    Kind.CAPABILITIES: Say.CAPABILITIES,
}


def small_talk(turn: Turn, act: Act) -> None:
    """Answers in a sentence and comes back to business."""
    turn.state.misses = 0
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
    """Says the last thing again."""
    del act
    turn.quiet = True
    if turn.state.last_said:
        turn.say(Say.REPEAT, text=turn.state.last_said)
    else:
        turn.say(Say.NOTHING_TO_REPEAT)


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
        notes.drop(turn)
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
