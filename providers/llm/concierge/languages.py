"""Another language: which one, and what becomes of the dialogue when it changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.llm.concierge import answers, tasks
from providers.llm.concierge.state import (
    Act,
    Aim,
    ConfirmAsked,
    CorrectionAsked,
    GapAsked,
    LanguageAsked,
    Offer,
    Offered,
    SlotAsked,
    ToolAsked,
)
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say

SWITCH = "switch_language"


def wished(turn: Turn, act: Act) -> None:
    """Goes over to the language asked for, or asks which one it is to be."""
    if turn.state.pending == Offer(offered=Offered.PERSON):
        # It was offered for want of a language; another one is asked for instead.
        turn.state.pending = None
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
    """Goes on in the language of the call, where it was."""
    outcome, spoken = result.get("outcome"), str(result.get("spoken") or "")
    if outcome == "switched":
        _go_over(turn, str(result.get("language") or ""))
    elif outcome == "already":
        turn.say(Say.GO_AHEAD)
    elif spoken:
        turn.speak(spoken)
        if not turn.busy:
            turn.state.pending = Offer(offered=Offered.PERSON)
    else:
        turn.say(Say.NOT_POSSIBLE)
        turn.offer_help()


def _go_over(turn: Turn, code: str) -> None:
    """Speaks another language from here on; whatever is open or being arranged is kept.

    A read-back, or the times on offer, were words of the language before: the tool says them anew.
    """
    state = turn.state
    if language := turn.others(code):
        state.language, turn.language = code, language
    state.misses, state.last_said = 0, ""
    match state.pending:
        case ConfirmAsked() | CorrectionAsked() | SlotAsked() if state.draft:
            # Still open until the tool has answered: the caller may be faster.
            open_question = state.pending
            tasks.submit(turn)
            state.pending = open_question
        case GapAsked(proposed=proposed) if proposed and state.draft:
            # What was proposed is read back instead, in the new language.
            state.draft = replace(state.draft, when=proposed)
            tasks.submit(turn)
        case ToolAsked() as tool:
            turn.call(tool.tool, Aim.TENANT_TOOL, tool.arguments)
        case Offer(offered=offered) as offer if offered is not Offered.MORE:
            turn.offer(offer)
        case Offer() | LanguageAsked() | None:
            state.pending = None
            if not state.queue:
                turn.say(Say.GO_AHEAD)
        case _:
            pass
