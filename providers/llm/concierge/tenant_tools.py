"""Tools a tenant brings along: what they ask is asked, what they answer is said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.llm.concierge.state import Aim, Awaited, ToolAsked
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say
from providers.llm.concierge.yes_or_no import yes_or_no

_TRIES_MAX = 2
_ANSWERS = (Kind.AFFIRM, Kind.ROUTE, Kind.QUESTION)
"""What an order number or a place may be taken for."""


def use(turn: Turn, name: str) -> None:
    """Uses the tool `name`; it says itself what it has to be told."""
    if turn.can(name):
        turn.call(name, Aim.TENANT_TOOL)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def followed(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Goes on as the tool says."""
    before = turn.state.pending
    if isinstance(before, ToolAsked):
        turn.state.pending = None
    outcome, spoken = str(result.get("outcome")), str(result.get("spoken") or "")
    arguments = {key: value for key, value in awaited.call.arguments.items() if key != "confirmed"}
    asked = ToolAsked(tool=awaited.call.name, arguments=arguments, spoken=spoken)
    if outcome == "invalid" and spoken:
        field = str(result.get("field"))
        known = {key: value for key, value in arguments.items() if key != field}
        tries = before.tries + 1 if isinstance(before, ToolAsked) and before.field == field else 0
        _ask_or_give_up(turn, replace(asked, arguments=known, field=field, tries=tries))
    elif outcome == "confirm" and spoken:
        ask(turn, asked)
    elif outcome == "failed" or not spoken:
        turn.speak(spoken or turn.phrase(Say.TOOL_FAILED))
        turn.offer_help()
    else:
        turn.state.misses = 0
        turn.speak(spoken)
        if awaited.call.arguments.get("confirmed"):
            turn.more()


def ask(turn: Turn, asked: ToolAsked) -> None:
    """Asks in the words of the tool."""
    turn.speak(asked.spoken)
    turn.state.pending, turn.asked = asked, True


def answer(turn: Turn, asked: ToolAsked, text: str) -> bool:
    """Takes the answer to what a tool has asked; False when it is something else."""
    words = turn.grammar.tidy(text)
    act = turn.language.understanding.by_pattern(words, whole=True)
    yes, rest = yes_or_no(turn.grammar, text)
    if yes is False and not rest:
        turn.state.pending = None
        turn.say(Say.CANCELLED)
        turn.more()
    elif not asked.field and yes is True and not rest:
        turn.call(asked.tool, Aim.TENANT_TOOL, {**asked.arguments, "confirmed": True})
    elif turn.grammar.is_question(words) or (act and act.kind not in _ANSWERS):
        return False
    elif asked.field:
        given = {**asked.arguments, asked.field: _in_figures(turn, text)}
        turn.call(asked.tool, Aim.TENANT_TOOL, given)
    else:
        _ask_or_give_up(turn, replace(asked, tries=asked.tries + 1))
    return True


def _ask_or_give_up(turn: Turn, asked: ToolAsked) -> None:
    if asked.tries <= _TRIES_MAX:
        ask(turn, asked)
        return
    turn.state.pending = None
    turn.say(Say.STILL_NOT_UNDERSTOOD)
    turn.offer_help()


def _in_figures(turn: Turn, text: str) -> str:
    """Returns the caller's words with its numbers in figures: "A four two" is "A 4 2"."""
    numerals = turn.language.details.readers.numerals
    return " ".join(
        "".join(numerals.whole(word.strip(".,;:!?").lower())) or word for word in text.split()
    ).rstrip(".!?")
