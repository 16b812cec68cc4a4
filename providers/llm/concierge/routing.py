"""Reaching somebody: find who is meant, ring, and say truthfully how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from providers.llm.concierge import tasks
from providers.llm.concierge.options import listed_apart, titled
from providers.llm.concierge.parties import choose, parties, party, resembles
from providers.llm.concierge.party import Party
from providers.llm.concierge.state import Act, Aim, Awaited, Choice, Offer, Offered, WhoAsked
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say
from providers.llm.concierge.yes_or_no import undecided

OPERATOR = "operator"
OPTIONS_MAX = 4
"""More names in one question are not remembered."""
TRIES_MAX = 2
_ENDINGS = {
    "declined": Say.DECLINED,
    "busy": Say.BUSY,
    "no_answer": Say.NO_ANSWER,
    "voicemail": Say.VOICEMAIL,
    "unreachable": Say.UNREACHABLE,
    "cancelled": Say.TRANSFER_CANCELLED,
}


def look_up(turn: Turn, act: Act, aim: Aim) -> None:
    """Finds out who is meant by `act.target`."""
    if aim is Aim.TRANSFER and not turn.can("transfer_call"):
        turn.say(Say.NOT_POSSIBLE)
        turn.offer_message()
    elif not turn.can("find_contact"):
        _without_directory(turn, act, aim)
    elif not act.target and not act.department:
        turn.ask(WhoAsked(aim=aim), Say.ASK_WHO)
    else:
        department = act.department if act.target else ""
        name = act.target or act.department
        turn.call("find_contact", aim, act=act, name=name, department=department)


def looked_up(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Goes on with whoever was found, asks which one, or says that nobody was."""
    act, aim = awaited.act, awaited.aim
    outcome = result.get("outcome")
    options = parties(result.get("candidates"))
    contact = party(result.get("contact"))
    if outcome == "found" and contact:
        reached(turn, contact, aim, act)
    elif outcome == "ambiguous" and len(options) == 1:
        _suggest(turn, options[0], aim, act, Say.DO_YOU_MEAN)
    elif outcome == "ambiguous" and options:
        ask_which(turn, options, aim, act=act)
    elif outcome == "unknown":
        _unknown(turn, awaited, result)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def reached(turn: Turn, contact: Party, aim: Aim, act: Act | None = None) -> None:
    """Does with `contact` what the caller wants: a transfer or a message."""
    turn.state.misses, turn.state.party = 0, contact
    if aim is Aim.MESSAGE:
        tasks.message(turn, contact, act)
    elif aim is Aim.CALLBACK:
        tasks.callback(turn, contact, act)
    else:
        transfer(turn, contact, reason=act.reason if act else "")


def escalate(turn: Turn, question: str) -> None:
    """Puts the caller through to whoever `question` concerns, or else to the operator."""
    if question and turn.can("find_contact", "transfer_call"):
        turn.call("find_contact", Aim.ESCALATE, name=question)
    else:
        transfer(turn, None)


def escalated(turn: Turn, result: Mapping[str, Any]) -> None:
    """Rings whoever was found for a question; the operator when that is not clear."""
    contact = party(result.get("contact"))
    transfer(turn, contact if result.get("outcome") == "found" else None)


def transfer(turn: Turn, contact: Party | None, *, reason: str = "") -> None:
    """Rings `contact`, or the operator when None. Nothing is said before it has ended."""
    if not turn.can("transfer_call"):
        turn.say(Say.NOT_POSSIBLE)
        turn.offer_message(contact)
        return
    turn.state.pending = None
    turn.state.draft = None
    identifier = contact.identifier if contact else OPERATOR
    turn.call("transfer_call", Aim.TRANSFER, party=contact, contact_id=identifier, reason=reason)


def transferred(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Says how ringing ended; each ending has its own sentence and next step."""
    contact = party(result.get("contact")) or awaited.party
    name = turn.name(contact)
    outcome = str(result.get("outcome"))
    spoken = result.get("spoken")
    if outcome == "answered":
        turn.state.queue = ()
        turn.say(Say.ANSWERED, name=name)
        return
    if isinstance(spoken, str) and spoken.strip():
        turn.speak(spoken)
    elif outcome == "unreachable" and result.get("reason") == "closed":
        turn.say(Say.CLOSED, name=name)
    else:
        turn.say(_ENDINGS.get(outcome, Say.TRANSFER_FAILED), name=name)
    if any(
        act.kind in (Kind.ROUTE, Kind.HUMAN, Kind.MESSAGE, Kind.CALLBACK)
        for act in turn.state.queue
    ):
        return
    turn.offer_message(contact if awaited.party else None)


def ask_which(
    turn: Turn, options: Sequence[Party], aim: Aim, *, act: Act | None = None, tries: int = 0
) -> None:
    """Asks which of several people is meant, by what sets them apart."""
    shown = tuple(options[:OPTIONS_MAX])
    choice = Choice(parties=shown, aim=aim, tries=tries, act=act)
    listed = listed_apart(turn, shown)
    names = {option.name for option in shown}
    if tries:
        turn.ask(choice, Say.ASK_WHICH_AGAIN, options=listed)
    elif len(names) == 1:
        turn.ask(choice, Say.ASK_WHICH_SAME_NAME, name=shown[0].name, options=listed)
    else:
        turn.ask(choice, Say.ASK_WHICH, options=listed)


def answer_choice(turn: Turn, asked: Choice, text: str) -> bool:
    """Takes the answer to "which one?"; False when it is something else."""
    words = turn.grammar.tidy(text)
    if turn.grammar.find(turn.grammar.texts.routing.none_of_them, words):
        turn.state.pending = None
        turn.offer_help()
        return True
    if undecided(turn.grammar, words):
        # Whoever answers the telephone will know.
        turn.state.pending = None
        turn.offer_person()
        return True
    chosen = choose(asked.parties, words, turn.grammar)
    if chosen:
        turn.state.pending = None
        reached(turn, chosen, asked.aim, asked.act)
        return True
    other = turn.language.understanding.by_pattern(words)
    if (other and other.kind not in (Kind.AFFIRM, Kind.DENY)) or turn.grammar.is_question(words):
        return False
    if turn.can("find_contact"):
        # The directory knows other names for its departments than those read out.
        same = len({option.name for option in asked.parties}) == 1
        name, department = (asked.parties[0].name, words) if same else (words, "")
        turn.call("find_contact", Aim.CHOICE, name=name, department=department)
    else:
        _not_chosen(turn, asked)
    return True


def narrowed(turn: Turn, result: Mapping[str, Any]) -> None:
    """Takes what the directory makes of an answer to "which one?"."""
    asked = turn.state.pending
    if not isinstance(asked, Choice):
        return
    contact = party(result.get("contact"))
    known = {option.identifier for option in asked.parties}
    if result.get("outcome") == "found" and contact and contact.identifier in known:
        turn.state.pending = None
        reached(turn, contact, asked.aim, asked.act)
    else:
        _not_chosen(turn, asked)


def _not_chosen(turn: Turn, asked: Choice) -> None:
    if asked.tries >= TRIES_MAX:
        turn.state.pending = None
        turn.say(Say.STILL_NOT_UNDERSTOOD)
        turn.offer_help()
    else:
        ask_which(turn, asked.parties, asked.aim, act=asked.act, tries=asked.tries + 1)


def answer_who(turn: Turn, asked: WhoAsked, text: str) -> bool:
    """Takes the answer to "who would you like?"; False when it is something else."""
    words = turn.grammar.core(turn.grammar.tidy(text))
    act = turn.language.understanding.by_pattern(words)
    if act and act.kind is not Kind.ROUTE:
        return False
    turn.state.pending = None
    turn.state.queue = ()
    target = act.target if act else words
    look_up(turn, Act(kind=Kind.ROUTE, text="", target=target), asked.aim)
    return True


def _unknown(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    act = awaited.act
    if act and act.anybody and awaited.aim is Aim.TRANSFER:
        transfer(turn, None, reason=act.target)
        return
    heard = titled((act.target or act.department) if act else str(result.get("heard", "")))
    turn.state.misses += 1
    named = parties(result.get("suggestions"))
    units = [option for option in named if option.kind == "department"]
    people = [option for option in named if option not in units and resembles(heard, option.name)]
    if len(people) == 1:
        _suggest(turn, people[0], awaited.aim, act, Say.DID_YOU_MEAN, heard=heard)
        return
    turn.say(Say.UNKNOWN_CONTACT, heard=heard)
    if people and all(option.identifier for option in people):
        ask_which(turn, people, awaited.aim, act=act)
    elif len(units) == 1 and awaited.aim is Aim.TRANSFER:
        _suggest(turn, units[0], awaited.aim, act, Say.CONFIRM_CONTACT)
    elif awaited.aim is Aim.TRANSFER:
        turn.offer_help()
    else:
        _anybody(turn, awaited.aim, act, units[0] if len(units) == 1 else None)


def _suggest(
    turn: Turn, contact: Party, aim: Aim, act: Act | None, key: Say, *, heard: str = ""
) -> None:
    """Asks whether `contact` is meant; nobody is rung on a guess."""
    offer = Offer(
        offered=Offered.SUGGESTION,
        suggestion=contact.name,
        party=contact if contact.identifier else None,
        aim=aim,
        act=act,
    )
    turn.ask(offer, key, heard=heard, name=turn.name(contact))


def _without_directory(turn: Turn, act: Act, aim: Aim) -> None:
    if aim is Aim.TRANSFER:
        transfer(turn, None, reason=act.reason)
    else:
        _anybody(turn, aim, act)


def _anybody(turn: Turn, aim: Aim, act: Act | None, contact: Party | None = None) -> None:
    if aim is Aim.CALLBACK:
        tasks.callback(turn, contact, act)
    else:
        tasks.message(turn, contact, act)
