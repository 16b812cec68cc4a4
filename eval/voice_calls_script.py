"""Who calls in the scripted voice calls, what he says, and what he must have got in the end.

One file of eval/data/voice_calls per language, written before any of its calls was placed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz import fuzz

from receptionist.calls.events import ToolFinished

FOLDER = Path(__file__).parent / "data" / "voice_calls"
SAME_NAME = 85
"""From this likeness (0..100) two spellings are one name: "Sara Whitmore" is Sarah Whitmore."""
MOST_TURNS = 12
MOST_ASKED = 3
"""A caller who is asked the same more often hangs up."""
MOST_CORRECTED = 2


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Noted(_Model):
    """A message or a callback that must be kept; `at` is when to call back, local time."""

    contact: str
    about: str = Field(description="A word of what it is about.")
    at: datetime | None = None


class Booked(_Model):
    """An appointment that must stand in a calendar and begin between two local times."""

    service: str
    first: datetime
    last: datetime


class Expected(_Model):
    """What must have happened when the call is over; what is not named may or may not have.

    Attributes:
        topics: Answered, in any order.
        hours: Days whose opening hours were told.
        rung: Who was rung, in order.
        somebody: Anybody at all was rung.
        message: The message kept.
        callback: The callback promised.
        booking: The appointment made.
        unknown: A question was answered with "I do not know".
    """

    topics: tuple[str, ...] = ()
    hours: tuple[date, ...] = ()
    rung: tuple[str, ...] = ()
    somebody: bool = False
    message: Noted | None = None
    callback: Noted | None = None
    booking: Booked | None = None
    unknown: bool = False


class Person(_Model):
    """The caller: his name, his number as he says it, and in E.164."""

    name: str = ""
    number: str = ""
    digits: Annotated[str, Field(pattern=r"^(\+\d+)?$")] = ""


class ScriptedCall(_Model):
    """One call.

    Attributes:
        line: How a transfer ends; None is a call that has no line.
        wants: Whom the caller asks for by name.
        says: What the caller comes with, in order.
        replies: His answers, by what he is asked.
    """

    id: str
    line: Literal["answered", "busy"] | None = None
    wants: str = ""
    says: Annotated[tuple[str, ...], Field(min_length=1)]
    replies: Mapping[str, str] = Field(default_factory=dict[str, str])
    caller: Person = Person()
    expected: Expected


class Scripts(_Model):
    """The calls of one language.

    Attributes:
        voices: Callers' voices; the calls take turns.
        asks: Patterns of the assistant's questions, by what they ask for; the first that fits.
        answers: Answers every caller has; `confirmed`, `wrong_number`, `wrong_name`, `slot` and
            `wrong_person` answer what the assistant reads back and offers.
    """

    voices: Annotated[tuple[str, ...], Field(min_length=1)]
    asks: Mapping[str, str]
    answers: Mapping[str, str]
    calls: tuple[ScriptedCall, ...]


def read(language: str) -> Scripts:
    """Returns the calls of `language`."""
    written: Any = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return Scripts.model_validate(written)


def languages() -> list[str]:
    """Returns the languages there are calls in."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def same_name(one: str, other: str) -> bool:
    """Tells whether two spellings are near enough to find a caller by."""
    return fuzz.ratio(one.casefold(), other.casefold()) >= SAME_NAME


def settled(wanted: Expected, tools: Sequence[ToolFinished]) -> bool:
    """Tells whether a caller has heard of everything he called for, right or wrong."""
    outcomes = {tool.outcome for tool in tools}
    topics = {tool.result.get("topic") for tool in tools if tool.outcome == "answered"}
    days = {tool.result.get("date") for tool in tools if tool.name == "check_hours"}
    return (
        topics.issuperset(wanted.topics)
        and days.issuperset(day.isoformat() for day in wanted.hours)
        and (
            not (wanted.rung or wanted.somebody)
            or any(tool.name == "transfer_call" for tool in tools)
        )
        and (wanted.message is None or "noted" in outcomes)
        and (wanted.callback is None or "promised" in outcomes)
        and (wanted.booking is None or "booked" in outcomes)
    )


class Caller:
    """A caller who says his piece, answers what he is asked and puts right what is wrong.

    One who is asked nothing and has not got what he called for says his last words once more.

    Args:
        scripts: Of his language.
        call: His call.
    """

    def __init__(self, scripts: Scripts, call: ScriptedCall) -> None:
        self._scripts = scripts
        self._call = call
        self._replies = {**scripts.answers, **call.replies}
        self._left = list(call.says)
        self._asked: dict[str, int] = {}
        self._done: list[ToolFinished] = []
        self._last = ""

    def says(self, heard: str, tools: Sequence[ToolFinished]) -> str | None:
        """Returns what he says next; None when he has nothing to say and hangs up.

        Args:
            heard: What the assistant has said since he spoke last.
            tools: What it has done since then.
        """
        self._done += tools
        asked = self._read_back(tools) or self.asked_for(heard)
        last, self._last = self._last, ""
        if asked in self._replies:
            self._last = self._worded(self._replies[asked]) if self._may(asked) else ""
        elif self._left and asked != "again":
            self._last = self._worded(self._left.pop(0))
        elif (asked == "again" or "?" not in heard) and not self._settled() and self._may("again"):
            self._last = last
        return self._last or None

    def _may(self, asked: str) -> bool:
        self._asked[asked] = self._asked.get(asked, 0) + 1
        return self._asked[asked] <= MOST_ASKED

    def _settled(self) -> bool:
        return settled(self._call.expected, self._done)

    def _read_back(self, tools: Sequence[ToolFinished]) -> str:
        """Returns what to say to what was read back or offered by the last of `tools`."""
        if not tools:
            return ""
        last, person = tools[-1], self._call.caller
        if last.outcome in {"slots", "taken", "none"}:
            return "slot"
        if last.outcome != "confirm":
            return ""
        digits = re.sub(r"\D", "", str(last.arguments.get("callback_number", "")))
        corrected = self._asked.get("wrong_number", 0) + self._asked.get("wrong_name", 0)
        if corrected < MOST_CORRECTED:
            national = person.digits.removeprefix("+44")
            if digits not in {f"0{national}", f"44{national}", f"0044{national}"}:
                return "wrong_number"
            if not same_name(str(last.arguments.get("caller_name", "")), person.name):
                return "wrong_name"
        return "confirmed"

    def asked_for(self, heard: str) -> str:
        """Returns what the assistant asks for: by its last sentence, else by all it said."""
        if not re.search("[?:]", heard):
            return ""
        asks = dict(self._scripts.asks)
        again = asks.pop("again")
        for text in (re.split(r"(?<=[.!?…])\s+", heard.strip())[-1], heard):
            for kind, pattern in asks.items():
                if re.search(pattern, text.casefold()):
                    return self._meant(kind, heard)
        return "again" if re.search(again, heard.casefold()) else ""

    def _meant(self, kind: str, heard: str) -> str:
        """Returns `kind`, unless it is about times, or about somebody else than he wants."""
        surname = self._call.wants.split()[-1] if self._call.wants else ""
        if kind in self._call.replies:
            return kind
        if kind == "which" and not self._call.wants:
            return "slot"
        looked_up = bool(self._done) and self._done[-1].name == "find_contact"
        other = looked_up and kind in {"accept", "which"} and surname not in heard
        return "wrong_person" if other else kind

    def _worded(self, text: str) -> str:
        person = self._call.caller
        text = text.replace("{name}", person.name).replace("{number}", person.number)
        return text.replace("{wants}", self._call.wants)
