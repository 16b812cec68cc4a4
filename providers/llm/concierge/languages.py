"""Another language: which one, and what becomes of the dialogue when it changes."""

from collections.abc import Mapping
from typing import Any

from providers.llm.concierge import answers
from providers.llm.concierge.state import Act, Aim, LanguageAsked, State
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say

SWITCH = "switch_language"


def wished(turn: Turn, act: Act) -> None:
    """Goes over to the language asked for, or asks which one it is to be."""
    if not turn.can(SWITCH) or (not act.language and turn.grammar.is_question(act.text)):
        answers.question(turn, act)
    elif act.language:
        turn.call(SWITCH, Aim.LANGUAGE, act=act, language=act.language)
    else:
        turn.ask(LanguageAsked(), Say.ASK_LANGUAGE)


def answered(turn: Turn, text: str) -> bool:
    """Takes the answer to "which language?"; False when it names none."""
    act = turn.language.understanding.by_pattern(turn.grammar.tidy(text))
    if act is None or act.kind is not Kind.LANGUAGE or not act.language:
        return False
    turn.state.pending = None
    wished(turn, act)
    return True


def switched(turn: Turn, result: Mapping[str, Any]) -> None:
    """Goes on in the language of the call.

    What was said before was said in another language, which this brain has read as its own, so
    nothing but the count of turns is kept.
    """
    outcome, spoken = result.get("outcome"), str(result.get("spoken") or "")
    if outcome == "switched":
        fresh = State(turn=turn.state.turn, calls=turn.state.calls, said=turn.state.said)
        fresh.queue, fresh.awaited = turn.state.queue, turn.state.awaited
        turn.state = fresh
        if not fresh.queue:
            turn.say(Say.GO_AHEAD)
    elif outcome == "already":
        turn.say(Say.GO_AHEAD)
    elif spoken:
        turn.speak(spoken)
        turn.state.pending = turn.state.pending or LanguageAsked()
    else:
        turn.say(Say.NOT_POSSIBLE)
        turn.offer_help()
