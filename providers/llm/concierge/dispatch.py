"""Which part of the brain takes what: requests by their kind, results by what they are for."""

from collections.abc import Callable, Mapping
from typing import Any

from providers.llm.concierge import (
    answers,
    booking,
    confirming,
    languages,
    misses,
    routing,
    social,
    tasks,
    tenant_tools,
)
from providers.llm.concierge.draft import Task
from providers.llm.concierge.state import (
    Act,
    Aim,
    Awaited,
    Choice,
    SlotAsked,
    ToolAsked,
    ToolCall,
    WhoAsked,
)
from providers.llm.concierge.transcript import Finished
from providers.llm.concierge.turn import TASK_QUESTIONS, Turn
from providers.llm.concierge.vocabulary import Kind, Say

_AIMS = {
    "search_knowledge": Aim.ANSWER,
    "check_hours": Aim.HOURS,
    "find_contact": Aim.TRANSFER,
    "transfer_call": Aim.TRANSFER,
    "switch_language": Aim.LANGUAGE,
    "end_call": Aim.END,
    **dict.fromkeys(Task, Aim.TASK),
}
"""What a result leads to when another brain has called the tool."""
_KEEPS_OFFER = frozenset(
    {
        Kind.REPEAT,
        Kind.SLOWER,
        Kind.LOUDER,
        Kind.WAIT,
        Kind.ROBOT,
        Kind.IDENTITY,
        Kind.CAPABILITIES,
        Kind.HOW_ARE_YOU,
        Kind.COMPLIMENT,
        Kind.LANGUAGE,
    }
)


def work_off(turn: Turn) -> None:
    """Starts what the caller wants, one after the other, until a tool has to be waited for."""
    while turn.state.queue and not turn.calling:
        act, *rest = turn.state.queue
        turn.state.queue = tuple(rest)
        if not isinstance(turn.state.pending, TASK_QUESTIONS) and act.kind not in _KEEPS_OFFER:
            turn.state.pending = None
        _HANDLERS[act.kind](turn, act)


def finished(turn: Turn, event: Finished) -> None:
    """Goes on with the result of a tool."""
    state = turn.state
    awaited = next((due for due in state.awaited if due.call.identifier == event.identifier), None)
    if awaited is None:
        call = ToolCall(identifier=event.identifier, name=event.name, arguments={})
        awaited = Awaited(call=call, aim=_AIMS.get(event.name, Aim.TENANT_TOOL))
    state.awaited = tuple(due for due in state.awaited if due is not awaited)
    if awaited.aim is Aim.PROBE:
        state.found = (*state.found, (event.name, event.outcome))
        if not state.awaited:
            answers.probed(turn, awaited, dict(state.found))
            state.found = ()
    else:
        _follow(turn, awaited, event.outcome)


def ask_again(turn: Turn) -> None:
    """Asks the open question once more after something else was answered."""
    match turn.state.pending:
        case Choice() as choice:
            routing.ask_which(
                turn, choice.parties, choice.aim, act=choice.act, tries=max(choice.tries, 1)
            )
        case WhoAsked() as who:
            turn.ask(who, Say.ASK_WHO)
        case ToolAsked() as tool:
            tenant_tools.ask(turn, tool)
        case SlotAsked() as slots:
            booking.ask_again(turn, slots)
        case _:
            confirming.ask_again(turn)


def _follow(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    match awaited.aim:
        case Aim.END:
            if not turn.state.ended:
                turn.state.ended = True
                turn.say(Say.FAREWELL)
        case Aim.HOURS:
            answers.told_hours(turn, awaited, result)
        case Aim.TASK:
            confirming.followed(turn, awaited, result)
        case Aim.TENANT_TOOL:
            tenant_tools.followed(turn, awaited, result)
        case Aim.LANGUAGE | Aim.ESCALATE | Aim.CHOICE | Aim.EXTENSION:
            _FOUND[awaited.aim](turn, result)
        case Aim.FALL_BACK:
            answers.fallen_back(turn, awaited, result)
        case _:
            _NAMED.get(awaited.call.name, answers.answered)(turn, awaited, result)


_FOUND: Mapping[Aim, Callable[[Turn, Mapping[str, Any]], None]] = {
    Aim.LANGUAGE: languages.switched,
    Aim.ESCALATE: routing.escalated,
    Aim.CHOICE: routing.narrowed,
    Aim.EXTENSION: misses.dialled,
}
_NAMED: Mapping[str, Callable[[Turn, Awaited, Mapping[str, Any]], None]] = {
    "transfer_call": routing.transferred,
    "find_contact": routing.looked_up,
}


def _human(turn: Turn, act: Act) -> None:
    routing.transfer(turn, None, reason=act.reason)


def _route(turn: Turn, act: Act) -> None:
    if turn.state.party and not act.target and not act.department:
        routing.reached(turn, turn.state.party, Aim.TRANSFER, act)
    else:
        routing.look_up(turn, act, Aim.TRANSFER)


def _message(turn: Turn, act: Act) -> None:
    if act.target or act.department:
        routing.look_up(turn, act, Aim.MESSAGE)
    else:
        tasks.message(turn, turn.state.party, act)


def _callback(turn: Turn, act: Act) -> None:
    if act.target or act.department:
        routing.look_up(turn, act, Aim.CALLBACK)
    else:
        tasks.callback(turn, turn.state.party, act)


def _appointment(turn: Turn, act: Act) -> None:
    if turn.can(Task.APPOINTMENT):
        tasks.appointment(turn, act)
    else:
        answers.question(turn, act)


_HANDLERS: Mapping[Kind, Callable[[Turn, Act], None]] = {
    Kind.GREETING: social.greeting,
    Kind.HOW_ARE_YOU: social.small_talk,
    Kind.ROBOT: social.small_talk,
    Kind.IDENTITY: social.small_talk,
    Kind.CAPABILITIES: social.small_talk,
    Kind.WEATHER: social.small_talk,
    Kind.JOKE: social.small_talk,
    Kind.PERSONAL: social.small_talk,
    Kind.COMPLIMENT: social.small_talk,
    Kind.ABUSE: social.insult,
    Kind.ANGER: social.anger,
    Kind.THANKS: social.thanks,
    Kind.GOODBYE: social.goodbye,
    Kind.AFFIRM: social.yes,
    Kind.DENY: social.no,
    Kind.REPEAT: social.repeat,
    Kind.SLOWER: social.repeat,
    Kind.LOUDER: social.repeat,
    Kind.WAIT: social.wait,
    Kind.CANCEL: social.cancel,
    Kind.LANGUAGE: languages.wished,
    Kind.HUMAN: _human,
    Kind.ROUTE: _route,
    Kind.APPOINTMENT: _appointment,
    Kind.CALLBACK: _callback,
    Kind.MESSAGE: _message,
    Kind.HOURS: answers.hours,
    Kind.QUESTION: answers.question,
}
