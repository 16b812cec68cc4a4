"""What is said when nothing is known or nothing was understood; see decision 0015."""

import re
from collections.abc import Mapping
from typing import Any

from providers.llm.concierge import routing
from providers.llm.concierge.parties import party
from providers.llm.concierge.state import Aim
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Say

MISSES_BEFORE_PERSON = 2
MISSES_BEFORE_TRANSFER = 3
_EXTENSION = re.compile(r"\d(?: \d){1,5}")
"""Digits one by one, as they are typed: nobody is rung for a number that a noise was taken for."""


def unknown(turn: Turn) -> None:
    """Says that it does not know and offers what it can. The caller was understood: he decides."""
    turn.say(Say.UNKNOWN_ANSWER)
    turn.offer_help()


def not_understood(turn: Turn) -> None:
    """Asks again kindly; then offers a person; then puts the caller through and says so."""
    turn.state.misses += 1
    if turn.state.misses < MISSES_BEFORE_PERSON:
        turn.say(Say.NOT_UNDERSTOOD)
        return
    turn.say(Say.STILL_NOT_UNDERSTOOD)
    if turn.state.misses >= MISSES_BEFORE_TRANSFER and turn.can("transfer_call"):
        turn.state.misses = 0
        turn.say(Say.HAND_OVER)
        routing.transfer(turn, None)
    else:
        # A message is for whoever could not be reached a moment ago.
        turn.offer_help(turn.state.party)


def too_much(turn: Turn) -> None:
    """Asks for one sentence after a speech in which no request was found."""
    turn.state.misses += 1
    turn.say(Say.TOO_MUCH)
    if turn.state.misses >= MISSES_BEFORE_PERSON:
        turn.offer_help()


def digits(turn: Turn, typed: str) -> None:
    """Looks for whose extension was typed; of any other number it says that it was heard."""
    if _EXTENSION.fullmatch(typed) and turn.can("find_contact", "transfer_call"):
        turn.call("find_contact", Aim.EXTENSION, name=typed)
    else:
        _only_digits(turn)


def dialled(turn: Turn, result: Mapping[str, Any]) -> None:
    """Rings whose extension it is; nobody asked for the number when it is nobody's."""
    contact = party(result.get("contact"))
    if result.get("outcome") == "found" and contact:
        routing.reached(turn, contact, Aim.TRANSFER)
    else:
        _only_digits(turn)


def _only_digits(turn: Turn) -> None:
    turn.state.misses += 1
    if turn.state.misses >= MISSES_BEFORE_PERSON:
        turn.say(Say.STILL_NOT_UNDERSTOOD)
        turn.offer_help()
    else:
        turn.say(Say.ONLY_DIGITS)
