"""The brain itself: the whole dialogue is played again from its messages, so it keeps no state."""

from collections.abc import Collection, Mapping, Sequence

from providers.llm.concierge import dispatch, misses
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.hearing import heard
from providers.llm.concierge.state import Aim, Awaited, Offer, Offered, Reply, State
from providers.llm.concierge.transcript import Event, Heard, Message, Spoken, called, read
from providers.llm.concierge.turn import TASK_QUESTIONS, Language, Others, Turn
from providers.llm.concierge.vocabulary import Kind, Say


class Concierge:
    """One call's brain. The same messages always give the same reply.

    What was worked out for earlier messages of the same call is kept, which only saves time.

    Args:
        language: What is shared by all calls in the language this one begins in.
        company: The name the caller hears.
        others: The same for the languages the call may go over to, by code. Each part of the call
            is read in the language it was in.
    """

    def __init__(
        self, language: Language, *, company: str, others: Others = lambda _code: None
    ) -> None:
        self._language = language
        self._others = others
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
        unprompted = _answered_already(events, state) and not state.ended
        return self._unprompted(state) if unprompted else state.reply

    @property
    def arranging(self) -> tuple[str, Mapping[str, str]] | None:
        """The tool for which parts are being gathered and what is known so far, or None."""
        draft = self._states[-1].draft
        if draft is None:
            return None
        given = {key: value for key, value in draft.arguments("").items() if value}
        return draft.task.value, given

    def _step(self, before: State, event: Event) -> State:
        state = before.fork()
        if isinstance(event, Spoken):
            _overheard(state, event.text, self._spoken(state))
            return state
        turn = self._turn(state)
        if isinstance(event, Heard):
            state.turn += 1
            state.calls, state.queue, state.awaited, state.found = 0, (), (), ()
            if state.aside or not _resumes(turn, event.text, before.awaited):
                heard(turn, event.text)
        else:
            dispatch.finished(turn, event)
            state = turn.state
        if not state.awaited:
            dispatch.work_off(turn)
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
        return Turn(
            state,
            self._spoken(state),
            tools=self._tools,
            company=self._company,
            others=self._others,
        )

    def _spoken(self, state: State) -> Language:
        return (self._others(state.language) if state.language else None) or self._language


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
            turn.call(due.call.name, due.aim, due.call.arguments, act=due.act, party=due.party)
    return turn.calling


def _close(turn: Turn) -> None:
    """Comes back to the open question, and makes sure that something is answered."""
    state = turn.state
    if turn.calling or state.awaited or turn.quiet:
        return
    if not turn.asked and isinstance(state.pending, TASK_QUESTIONS) and not state.ended:
        dispatch.ask_again(turn)
    if turn.silent and not state.ended:
        misses.not_understood(turn)


def _last_said(before: State, state: State, event: Event) -> str:
    """Returns all that was said since the caller spoke last."""
    if isinstance(event, Heard):
        return state.reply.text
    return f"{before.reply.text} {state.reply.text}".strip()


def _overheard(state: State, text: str, language: Language) -> None:
    """Takes note of something said on this call that this brain did not say."""
    told, mine = plain(text), plain(f"{state.last_said} {state.reply.text}")
    if not told or told in mine or (mine and mine in told):
        return
    state.last_said = text
    routes = language.grammar.texts.routing
    if language.grammar.find(routes.assistant_offers_person, told):
        state.aside = Offer(offered=Offered.PERSON)
    elif language.grammar.find(routes.assistant_offers_message, told):
        state.aside = Offer(offered=Offered.MESSAGE)


_BACKCHANNELS = frozenset({Kind.AFFIRM, Kind.GREETING, Kind.THANKS, Kind.WAIT})
