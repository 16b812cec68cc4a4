"""Judges a scripted voice call by what was done, never by words, and says what went wrong."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import jiwer

from eval.voice_calls_line import Placed
from eval.voice_calls_script import Booked, Noted, Person, same_name
from eval.voices import compared
from receptionist.callbacks.records import CallbackRecord
from receptionist.messages.records import MessageRecord

HEARD_WELL = 0.2
"""Word error rate of each turn up to which a failure is not the recogniser's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that does not hold.

    Attributes:
        kind: What it is about: topic, hours, transfer, message, callback, booking, name, number,
            time, addressee, subject or offer.
        detail: What is instead.
    """

    kind: str
    detail: str


def missing(placed: Placed, zone: ZoneInfo) -> list[Missing]:
    """Returns the facts of the script that do not hold."""
    wanted, person = placed.call.expected, placed.call.caller
    found = [*_told(placed)]
    if wanted.rung and tuple(placed.rung) != wanted.rung:
        found.append(Missing(kind="transfer", detail=f"rung {list(placed.rung)}"))
    if wanted.somebody and not placed.rung:
        found.append(Missing(kind="transfer", detail="nobody was rung"))
    if wanted.message:
        found += _noted("message", wanted.message, placed.messages, person, zone)
    if wanted.callback:
        found += _noted("callback", wanted.callback, placed.callbacks, person, zone)
    if wanted.booking:
        found += _booked(wanted.booking, placed, person, zone)
    return found


def _told(placed: Placed) -> Iterator[Missing]:
    """Yields what was not answered."""
    wanted = placed.call.expected
    answered = [t.result.get("topic") for t in placed.tools if t.outcome == "answered"]
    days = [t.result.get("date") for t in placed.tools if t.name == "check_hours"]
    for topic in wanted.topics:
        if topic not in answered:
            yield Missing(kind="topic", detail=f"{topic}: answered {answered}")
    for day in wanted.hours:
        if day.isoformat() not in days:
            yield Missing(kind="hours", detail=f"{day}: told of {days}")
    searches = [t.outcome for t in placed.tools if t.name == "search_knowledge"]
    if wanted.unknown and "answered" in searches:
        yield Missing(kind="offer", detail=f"answered {answered}")


def _noted(
    kind: str,
    wanted: Noted,
    kept: Sequence[MessageRecord] | Sequence[CallbackRecord],
    person: Person,
    zone: ZoneInfo,
) -> Iterator[Missing]:
    if len(kept) != 1:
        yield Missing(kind=kind, detail=f"{len(kept)} kept")
        return
    record = kept[0]
    yield from _who(record.caller_name, record.callback_number, person)
    if record.contact_id != wanted.contact:
        yield Missing(kind="addressee", detail=record.contact_id)
    if wanted.about.casefold() not in record.about.casefold():
        yield Missing(kind="subject", detail=record.about)
    if wanted.at and isinstance(record, CallbackRecord):
        due = record.due_from.astimezone(zone).replace(tzinfo=None)
        if due != wanted.at:
            yield Missing(kind="time", detail=str(due))


def _booked(wanted: Booked, placed: Placed, person: Person, zone: ZoneInfo) -> Iterator[Missing]:
    bookings = [b for one in placed.calendars.values() for b in one.bookings.values()]
    if len(bookings) != 1:
        yield Missing(kind="booking", detail=f"{len(bookings)} made")
        return
    booking = bookings[0]
    yield from _who(booking.caller_name, booking.callback_number, person)
    if booking.service != wanted.service:
        yield Missing(kind="subject", detail=booking.service)
    start = booking.start.astimezone(zone).replace(tzinfo=None)
    if not wanted.first <= start <= wanted.last:
        yield Missing(kind="time", detail=str(start))


def _who(name: str, number: str, person: Person) -> Iterator[Missing]:
    if not same_name(name, person.name):
        yield Missing(kind="name", detail=name)
    if number != person.digits:
        yield Missing(kind="number", detail=number)


def cause(placed: Placed, failed: Sequence[Missing], language: str) -> str:
    """Returns the likeliest cause of a failure: a first guess, which the transcript must bear out.

    A caller whose words came back otherwise was misheard; one who broke in on the assistant, though
    he never means to, was taken to have finished too soon; else it is what the fact is about.
    """
    heard = [turn.text for turn in placed.turns if turn.speaker == "caller"]
    pairs = zip(placed.said, heard, strict=False) if len(heard) == len(placed.said) else ()
    each = [word_errors([one], [other], language) for one, other in pairs]
    if max([word_errors(placed.said, heard, language), *each]) > HEARD_WELL:
        return "recognition"
    if placed.switches:
        return "language"
    if any(turn.interrupted for turn in placed.turns):
        return "turn-taking"
    kind = failed[0].kind
    if kind in {"name", "number"}:
        return kind
    if kind in {"topic", "offer"}:
        searched = any(tool.name == "search_knowledge" for tool in placed.tools)
        return "knowledge" if searched else "intent"
    if kind == "transfer":
        found = any(tool.name == "find_contact" for tool in placed.tools)
        return "directory" if found else "intent"
    return "dialogue"


def word_errors(said: Sequence[str], heard: Sequence[str], language: str) -> float:
    """Returns the word error rate of a call, however turns and digits were grouped."""
    return round(jiwer.wer(_plain(" ".join(said), language), _plain(" ".join(heard), language)), 3)


def _plain(text: str, language: str) -> str:
    """Returns plain words; neighbouring groups of digits are one word."""
    words = re.sub(r"[^\w\s]", " ", compared(text, language).casefold())
    return re.sub(r"(?<=\d)\s+(?=\d)", "", " ".join(words.split())) or "-"
