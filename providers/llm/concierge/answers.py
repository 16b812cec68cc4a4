"""Questions: what the company knows, when it is open, and what to do when nothing is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from providers.llm.concierge import routing
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.parties import names, parties, party, resembles
from providers.llm.concierge.state import Act, Aim, Awaited, Offer, Offered, Party
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind, Say

BARE_WORDS_MAX = 3
"""So few words may as well be a name or a department as a topic."""
FALL_BACK_WORDS_MAX = 9
"""In a longer sentence a word that looks like a department says nothing."""
MISSES_BEFORE_PERSON = 2
MISSES_BEFORE_TRANSFER = 3
DOUBTFUL_BELOW = 0.55
"""Names of departments score 0.1..0.5 as topics of the demo tenant, topics themselves from 0.77."""
_NAMED = 88
_SUGGESTED = 70


def question(turn: Turn, act: Act) -> None:
    """Looks a question up; bare words are looked up as a topic and as a name at once."""
    few = len(act.text.split()) <= BARE_WORDS_MAX and not turn.grammar.is_question(act.text)
    bare = bool(act.target) or few
    act = _in_context(turn, act)
    names = turn.can("find_contact", "transfer_call")
    if not turn.can("search_knowledge"):
        if names and bare:
            turn.call("find_contact", Aim.FALL_BACK, act=act, name=act.target or act.text)
        else:
            unknown(turn)
        return
    if bare and names:
        turn.call("search_knowledge", Aim.PROBE, act=act, question=act.target or act.text)
        turn.call("find_contact", Aim.PROBE, act=act, name=act.target or act.text)
    else:
        turn.call("search_knowledge", Aim.ANSWER, act=act, question=act.text)


def hours(turn: Turn, act: Act) -> None:
    """Has the hours worked out."""
    if turn.can("check_hours"):
        turn.call("check_hours", Aim.HOURS, act=act, when=act.text, destination=act.destination)
    else:
        question(turn, act)


def told_hours(turn: Turn, result: Mapping[str, Any]) -> None:
    """Says the hours as they were worked out."""
    spoken = result.get("spoken")
    if isinstance(spoken, str) and spoken.strip():
        turn.state.misses = 0
        turn.speak(spoken)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def answered(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Says the answer that was found, or goes on looking."""
    spoken = result.get("spoken")
    outcome = result.get("outcome")
    if outcome == "answered" and isinstance(spoken, str) and spoken.strip():
        _tell(turn, awaited, spoken, str(result.get("escalate", "never")))
    elif outcome == "unknown" and awaited.act and _may_name_somebody(turn, awaited.act):
        turn.call("find_contact", Aim.FALL_BACK, act=awaited.act, name=awaited.act.text)
    elif outcome == "unknown":
        unknown(turn)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def probed(turn: Turn, awaited: Awaited, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Decides whether bare words were a topic or a name."""
    answer, contact = results.get("search_knowledge", {}), results.get("find_contact", {})
    act = awaited.act or Act(kind=Kind.QUESTION, text="")
    known = answer.get("outcome") == "answered" and not _doubtful(answer, contact)
    somebody = contact.get("outcome") in {"found", "ambiguous"} or _almost(act.text, contact)
    titled = _titled(act.target, contact)
    if (somebody and (not known or titled or _names(act.target or act.text, contact))) or (
        act.wish and not known
    ):
        if (titled or not act.target) and _far_from(act.text, contact):
            _confirm_contact(turn, contact)
            return
        act = replace(act, target=act.target or act.text)
        looked = Awaited(call=awaited.call, aim=Aim.TRANSFER, act=act)
        routing.looked_up(turn, looked, contact)
    elif known:
        answered(turn, awaited, answer)
    elif act.target or len(act.text.split()) == BARE_WORDS_MAX:
        unknown(turn)
    else:
        not_understood(turn)


def fallen_back(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Offers whoever may know what the assistant does not.

    In a question that names nobody, a word that only sounds like a name is no name.
    """
    contact = party(result.get("contact"))
    text = awaited.act.text if awaited.act else ""
    meant = contact and (contact.kind != "person" or names(text, contact.name))
    if result.get("outcome") == "found" and contact and meant:
        _offer_contact(turn, contact)
    else:
        unknown(turn)


def unknown(turn: Turn) -> None:
    """Says that it does not know and offers what it can; the third time it hands over."""
    turn.state.misses += 1
    _hand_over_or(turn, Say.UNKNOWN_ANSWER)


def not_understood(turn: Turn) -> None:
    """Asks again kindly; then offers a person; then hands over."""
    turn.state.misses += 1
    if turn.state.misses < MISSES_BEFORE_PERSON:
        turn.say(Say.NOT_UNDERSTOOD)
    else:
        _hand_over_or(turn, Say.STILL_NOT_UNDERSTOOD)


def _hand_over_or(turn: Turn, key: Say) -> None:
    turn.say(key)
    if turn.state.misses >= MISSES_BEFORE_TRANSFER and turn.can("transfer_call"):
        turn.state.misses = 0
        routing.transfer(turn, None)
    else:
        turn.offer_help()


def _in_context(turn: Turn, act: Act) -> Act:
    """Puts the question before in front of one that means nothing without it."""
    before, when = turn.state.question
    refers = turn.grammar.full(turn.grammar.texts.parts.refers_back, act.text)
    recent = before and turn.state.turn - when <= 1
    return replace(act, text=f"{before} {act.text}") if recent and refers else act


def _tell(turn: Turn, awaited: Awaited, spoken: str, escalate: str) -> None:
    asked = awaited.call.arguments.get("question", "")
    turn.state.misses, turn.state.question = 0, (asked, turn.state.turn)
    turn.speak(spoken)
    if escalate == "always" and turn.can("transfer_call"):
        routing.transfer(turn, None)
    elif escalate != "never" and not turn.state.queue:
        turn.offer_person(about=asked)


def _offer_contact(turn: Turn, contact: Party) -> None:
    turn.state.misses, turn.state.party = 0, contact
    offer = Offer(offered=Offered.PERSON, party=contact)
    turn.ask(offer, Say.MAYBE_CONTACT, name=contact.name)


def _confirm_contact(turn: Turn, result: Mapping[str, Any]) -> None:
    contact = party(result.get("contact"))
    offer = Offer(offered=Offered.PERSON, party=contact)
    turn.ask(offer, Say.CONFIRM_CONTACT, name=contact.name if contact else "")


def _far_from(text: str, result: Mapping[str, Any]) -> bool:
    """Tells whether bare words hardly sound like the person found: nobody is rung by mistake."""
    contact = party(result.get("contact"))
    return contact is not None and contact.kind == "person" and not resembles(text, contact.name)


def _doubtful(answer: Mapping[str, Any], contact: Mapping[str, Any]) -> bool:
    """Tells whether a weak answer stands against somebody found: "can I have accounts"."""
    score = answer.get("score")
    weak = isinstance(score, int | float) and score < DOUBTFUL_BELOW
    return weak and contact.get("outcome") == "found"


def _titled(target: str, result: Mapping[str, Any]) -> bool:
    """Tells whether `target` is the very title of the person found: "the plumber"."""
    contact = party(result.get("contact"))
    if contact is None or not (target and contact.title):
        return False
    return fuzz.ratio(plain(target), plain(contact.title)) >= _NAMED


def _almost(text: str, result: Mapping[str, Any]) -> bool:
    """Tells whether bare words sound like the whole name of somebody suggested."""
    names = [plain(option.name) for option in parties(result.get("suggestions"))]
    return any(fuzz.ratio(plain(text), name) >= _SUGGESTED for name in names)


def _may_name_somebody(turn: Turn, act: Act) -> bool:
    few = len(act.text.split()) <= FALL_BACK_WORDS_MAX
    return few and turn.can("find_contact", "transfer_call")


def _names(text: str, result: Mapping[str, Any]) -> bool:
    """Tells whether `text` is the very name found, not a service that leads to it."""
    contact = party(result.get("contact"))
    if contact is None:
        return result.get("outcome") == "ambiguous"
    name = plain(contact.name)
    return fuzz.ratio(plain(text), name) >= _NAMED or (
        contact.kind == "person" and fuzz.token_set_ratio(plain(text), name) >= _NAMED
    )
