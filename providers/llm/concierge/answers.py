"""Questions: what the company knows, when it is open, and what to do when nothing is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from rapidfuzz import fuzz

from providers.llm.concierge import misses, routing, tenant_tools
from providers.llm.concierge.grammar import plain
from providers.llm.concierge.parties import names, parties, party, resembles
from providers.llm.concierge.party import Party
from providers.llm.concierge.state import Act, Aim, Awaited, Latest, Offer, Offered
from providers.llm.concierge.turn import FOLLOWS_WITHIN, Turn
from providers.llm.concierge.vocabulary import Kind, Say

BARE_WORDS_MAX = 3
"""So few words may as well be a name or a department as a topic."""
FALL_BACK_WORDS_MAX = 9
"""In a longer sentence a word that looks like a department says nothing."""
DOUBTFUL_BELOW = 0.65
"""Names of departments and titles of the demo tenant that are taken for a topic score 0.45..1.1 in
six languages, half of them below this; questions of so few words from 0.69 (development data)."""
_NAMED = 88
_SUGGESTED = 70


def question(turn: Turn, act: Act) -> None:
    """Looks a question up; bare words are looked up as a topic and as a name at once."""
    few = len(act.text.split()) <= BARE_WORDS_MAX and not turn.grammar.is_question(act.text)
    bare = bool(act.target) or few
    after = _follows(turn)
    names = turn.can("find_contact", "transfer_call")
    if not turn.can("search_knowledge"):
        if names and bare:
            turn.call("find_contact", Aim.FALL_BACK, act=act, name=act.target or act.text)
        else:
            misses.unknown(turn)
        return
    if bare and names:
        asked = act.target or act.text
        turn.call("search_knowledge", Aim.PROBE, act=act, question=asked, after=after)
        turn.call("find_contact", Aim.PROBE, act=act, name=act.target or act.text)
    else:
        turn.call("search_knowledge", Aim.ANSWER, act=act, question=act.text, after=after)


def hours(turn: Turn, act: Act) -> None:
    """Has the hours worked out."""
    if turn.can("check_hours"):
        latest = turn.state.latest
        # "And on Sunday?" means whoever the hours before were of.
        on = latest.hours and turn.state.turn - latest.turn <= FOLLOWS_WITHIN
        whose = act.destination or (latest.destination if on else "")
        turn.call("check_hours", Aim.HOURS, act=act, when=act.text, destination=whose)
    else:
        question(turn, act)


def told_hours(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Says the hours as they were worked out."""
    spoken = result.get("spoken")
    if isinstance(spoken, str) and spoken.strip():
        whose = str(awaited.call.arguments.get("destination", ""))
        turn.state.misses = 0
        turn.state.latest = Latest(turn=turn.state.turn, hours=True, destination=whose)
        turn.speak(spoken)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def answered(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    """Says the answer that was found, or goes on looking."""
    spoken = result.get("spoken")
    outcome = result.get("outcome")
    if outcome == "answered" and isinstance(spoken, str) and spoken.strip():
        _tell(turn, awaited, result)
    elif outcome == "use_tool":
        tenant_tools.use(turn, str(result.get("tool")))
    elif outcome == "other_language":
        turn.say(Say.OTHER_LANGUAGE)
        turn.offer_help()
    elif outcome == "unknown" and awaited.act and _may_name_somebody(turn, awaited.act):
        turn.call("find_contact", Aim.FALL_BACK, act=awaited.act, name=awaited.act.text)
    elif outcome == "unknown":
        misses.unknown(turn)
    else:
        turn.say(Say.TOOL_FAILED)
        turn.offer_help()


def probed(turn: Turn, awaited: Awaited, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Decides whether bare words were a topic or a name."""
    answer, contact = results.get("search_knowledge", {}), results.get("find_contact", {})
    act = awaited.act or Act(kind=Kind.QUESTION, text="")
    known = answer.get("outcome") in {"answered", "use_tool"} and not _doubtful(answer, contact)
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
        misses.unknown(turn)
    else:
        misses.not_understood(turn)


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
        misses.unknown(turn)


def _follows(turn: Turn) -> str:
    """Returns the topic that was answered last, for a question that asks on."""
    latest = turn.state.latest
    recent = turn.state.turn - latest.turn <= FOLLOWS_WITHIN
    return latest.topic if recent else ""


def _tell(turn: Turn, awaited: Awaited, result: Mapping[str, Any]) -> None:
    asked = str(awaited.call.arguments.get("question", ""))
    topic = str(result.get("topic") or "")
    turn.state.misses = 0
    turn.state.latest = Latest(turn=turn.state.turn, topic=topic, question=asked)
    _speak_source(turn, str(result["spoken"]), result.get("source"))
    contact = _escalation(result)
    escalate = str(result.get("escalate", "never"))
    if escalate == "always" and turn.can("transfer_call"):
        routing.transfer(turn, contact)
    elif escalate != "never" and not turn.state.queue:
        turn.offer_person(about=asked, party=contact)


def _escalation(result: Mapping[str, Any]) -> Party | None:
    """Returns who is rung for an answer; known by id alone, the tool that rings names them."""
    value: object = result.get("contact")
    if isinstance(value, str) and value:
        return Party(identifier=value, name="")
    return party(value)


def _speak_source(turn: Turn, spoken: str, source: object) -> None:
    """Says an answer; one out of a document is said to come from there."""
    title = (
        str(cast("Mapping[str, Any]", source).get("title") or "")
        if isinstance(source, Mapping)
        else ""
    )
    if title:
        turn.say(Say.FROM_DOCUMENT, title=title, text=spoken)
    else:
        turn.speak(spoken)


def _offer_contact(turn: Turn, contact: Party) -> None:
    turn.state.misses, turn.state.party = 0, contact
    offer = Offer(offered=Offered.PERSON, party=contact)
    turn.ask(offer, Say.MAYBE_CONTACT, name=turn.name(contact))


def _confirm_contact(turn: Turn, result: Mapping[str, Any]) -> None:
    contact = party(result.get("contact"))
    offer = Offer(offered=Offered.PERSON, party=contact)
    turn.ask(offer, Say.CONFIRM_CONTACT, name=turn.name(contact))


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
