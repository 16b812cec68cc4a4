"""The brain itself: the whole dialogue is played again from its messages, so it keeps no state."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from providers.llm.concierge import answers, notes, pending, routing, social
from providers.llm.concierge.details import DetailReader
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.state import (
    Act,
    Aim,
    Awaited,
    Offer,
    Offered,
    Reply,
    State,
    ToolCall,
)
from providers.llm.concierge.transcript import Event, Finished, Heard, Message, Spoken, called, read
from providers.llm.concierge.turn import TASK_QUESTIONS, Language, Turn
from providers.llm.concierge.vocabulary import Kind, Say

_AIMS = {
    "search_knowledge": Aim.ANSWER,
    "check_hours": Aim.HOURS,
    "find_contact": Aim.TRANSFER,
    "transfer_call": Aim.TRANSFER,
    "take_message": Aim.NOTE,
    "end_call": Aim.END,
}
"""What a result leads to when another brain has called the tool."""


class Concierge:
    """One call's brain. The same messages always give the same reply.

    What was worked out for earlier messages of the same call is kept, which only saves time.

    Args:
        language: What is shared by all calls in one language.
        company: The name the caller hears.
    """

    def __init__(self, language: Language, *, company: str) -> None:
        self._language = language
        self._company = company
        self._tools: frozenset[str] = frozenset()
        self._events: tuple[Event, ...] = ()
        self._states: list[State] = [State()]

    def respond(self, messages: Sequence[Message], tools: Collection[str]) -> Reply:
        """Returns what to say and which tools to run after `messages`.

        Args:
            messages: The dialogue so far, OpenAI style; instructions in it are not read.
            tools: Names of the tools on offer.
        """
        events = read(messages)
        offered = frozenset(tools)
        if offered != self._tools:
            self._tools, self._events, self._states = offered, (), [State()]
        same = 0
        while same < min(len(events), len(self._events)) and events[same] == self._events[same]:
            same += 1
        del self._states[same + 1 :]
        for event in events[same:]:
            self._states.append(self._step(self._states[-1], event))
        self._events = events
        state = self._states[-1]
        if state.reply.calls and called(messages).intersection(
            call.identifier for call in state.reply.calls
        ):
            return Reply()
        return self._unprompted(state) if _answered_already(events, state) else state.reply

    def _step(self, before: State, event: Event) -> State:
        state = before.fork()
        if isinstance(event, Spoken):
            _overheard(state, event.text, self._language)
            return state
        turn = self._turn(state)
        if isinstance(event, Heard):
            state.turn += 1
            state.calls, state.queue, state.awaited, state.found = 0, (), (), ()
            if state.aside or not _resumes(turn, event.text, before.awaited):
                _heard(turn, event.text)
        else:
            _finished(turn, event)
        if not state.awaited:
            _work_off(turn)
        _close(turn)
        state.reply = turn.reply()
        if state.reply.text and not turn.quiet:
            state.last_said = _last_said(before, state, event)
        return state

    def _unprompted(self, state: State) -> Reply:
        """Answers when the caller has not spoken since: greets, or asks the open question."""
        turn = self._turn(state.fork())
        if state.turn == 0 or not state.last_said:
            turn.say(Say.HELP)
        else:
            turn.say(Say.REPEAT, text=state.last_said)
        return turn.reply()

    def _turn(self, state: State) -> Turn:
        return Turn(state, self._language, tools=self._tools, company=self._company)


def _answered_already(events: Sequence[Event], state: State) -> bool:
    """Tells whether nothing has happened since the assistant spoke.

    What was said together with a tool call may be written down after the tool's result: such
    words are no answer to that result.
    """
    tail: list[str] = []
    for event in reversed(events):
        if not isinstance(event, Spoken):
            break
        tail.append(plain(event.text))
    if not tail:
        return not events
    said = plain(state.reply.text) in " ".join(reversed(tail))
    return said and not state.reply.calls


def _resumes(turn: Turn, text: str, withdrawn: Sequence[Awaited]) -> bool:
    """Calls tools again that a mere "uh-huh" of the caller has withdrawn; True when it did."""
    words = turn.grammar.tidy(text)
    act = turn.language.understanding.by_pattern(words, whole=True) if words else None
    if not withdrawn or (words and (act is None or act.kind not in _BACKCHANNELS)):
        return False
    for due in withdrawn:
        if due.aim is not Aim.END:
            turn.call(due.call.name, due.aim, act=due.act, party=due.party, **due.call.arguments)
    return turn.calling


def _heard(turn: Turn, text: str) -> None:
    state = turn.state
    reader = DetailReader(turn.language)
    words = turn.grammar.tidy(text)
    state.caller = reader.introduced(words) or state.caller
    state.ended = False
    if not any(character.isalnum() for character in words):
        answers.not_understood(turn)
    elif state.pending is None and reader.only_introduces(words):
        state.queue = (Act(kind=Kind.GREETING, text=words),)
    elif not pending.answered_aside(turn, text) and not pending.answered(turn, text):
        state.queue = turn.language.understanding.acts(text)


def _work_off(turn: Turn) -> None:
    """Starts what the caller wants, one after the other, until a tool has to be waited for."""
    while turn.state.queue and not turn.calling:
        act, *rest = turn.state.queue
        turn.state.queue = tuple(rest)
        if not isinstance(turn.state.pending, TASK_QUESTIONS) and act.kind not in _KEEPS_OFFER:
            turn.state.pending = None
        _HANDLERS[act.kind](turn, act)


def _close(turn: Turn) -> None:
    """Comes back to the open question, and makes sure that something is answered."""
    state = turn.state
    if turn.calling or state.awaited or turn.quiet:
        return
    if not turn.asked and isinstance(state.pending, TASK_QUESTIONS) and not state.ended:
        _ask_again(turn)
    if turn.silent and not state.ended:
        answers.not_understood(turn)


def _ask_again(turn: Turn) -> None:
    state = turn.state
    match state.pending:
        case routing.Choice() as choice:
            routing.ask_which(
                turn, choice.parties, choice.aim, reason=choice.reason, tries=max(choice.tries, 1)
            )
        case routing.WhoAsked() as who:
            turn.ask(who, Say.ASK_WHO)
        case _:
            notes.go_on(turn)


def _finished(turn: Turn, event: Finished) -> None:
    state = turn.state
    awaited = next((due for due in state.awaited if due.call.identifier == event.identifier), None)
    if awaited is None:
        call = ToolCall(identifier=event.identifier, name=event.name, arguments={})
        awaited = Awaited(call=call, aim=_AIMS.get(event.name, Aim.ANSWER))
    state.awaited = tuple(due for due in state.awaited if due is not awaited)
    if awaited.aim is Aim.PROBE:
        state.found = (*state.found, (event.name, event.outcome))
        if not state.awaited:
            answers.probed(turn, awaited, dict(state.found))
            state.found = ()
    else:
        _follow(turn, awaited, event.outcome)


def _follow(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    if awaited.aim is Aim.END:
        if not turn.state.ended:
            turn.state.ended = True
            turn.say(Say.FAREWELL)
    elif awaited.aim is Aim.HOURS:
        answers.told_hours(turn, result)
    elif awaited.aim is Aim.NOTE:
        notes.noted(turn, awaited, result)
    elif awaited.aim is Aim.FALL_BACK:
        answers.fallen_back(turn, awaited, result)
    elif awaited.aim is Aim.ESCALATE:
        routing.escalated(turn, result)
    elif awaited.aim is Aim.CHOICE:
        routing.narrowed(turn, result)
    elif awaited.call.name == "transfer_call":
        routing.transferred(turn, awaited, result)
    elif awaited.call.name == "find_contact":
        routing.looked_up(turn, awaited, result)
    else:
        answers.answered(turn, awaited, result)


def _last_said(before: State, state: State, event: Event) -> str:
    """Returns all that was said since the caller spoke last."""
    if isinstance(event, Heard):
        return state.reply.text
    return f"{before.reply.text} {state.reply.text}".strip()


def _overheard(state: State, text: str, language: Language) -> None:
    """Takes note of something said on this call that this brain did not say."""
    heard, mine = plain(text), plain(f"{state.last_said} {state.reply.text}")
    if not heard or heard in mine or (mine and mine in heard):
        return
    state.last_said = text
    routes = language.grammar.texts.routing
    if language.grammar.find(routes.assistant_offers_person, heard):
        state.aside = Offer(offered=Offered.PERSON)
    elif language.grammar.find(routes.assistant_offers_message, heard):
        state.aside = Offer(offered=Offered.MESSAGE)


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
        notes.start(turn, turn.state.party, act)


_HANDLERS: Mapping[Kind, Callable[[Turn, Act], None]] = {
    Kind.GREETING: social.greeting,
    Kind.HOW_ARE_YOU: social.small_talk,
    Kind.ROBOT: social.small_talk,
    Kind.IDENTITY: social.small_talk,
    Kind.CAPABILITIES: social.small_talk,
    Kind.THANKS: social.thanks,
    Kind.GOODBYE: social.goodbye,
    Kind.AFFIRM: social.yes,
    Kind.DENY: social.no,
    Kind.REPEAT: social.repeat,
    Kind.WAIT: social.wait,
    Kind.CANCEL: social.cancel,
    Kind.HUMAN: _human,
    Kind.ROUTE: _route,
    Kind.MESSAGE: _message,
    Kind.HOURS: answers.hours,
    Kind.QUESTION: answers.question,
}
_BACKCHANNELS = frozenset({Kind.AFFIRM, Kind.GREETING, Kind.THANKS, Kind.WAIT})
_KEEPS_OFFER = frozenset(
    {Kind.REPEAT, Kind.WAIT, Kind.ROBOT, Kind.IDENTITY, Kind.CAPABILITIES, Kind.HOW_ARE_YOU}
)
