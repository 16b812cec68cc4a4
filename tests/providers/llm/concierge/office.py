"""An office whose tools answer from a script, and a caller who talks to the concierge about it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.state import Reply, ToolCall
from providers.llm.concierge.turn import Language, Others
from tests.providers.llm.concierge.facts import (
    CLOCK,
    CONTACT,
    DEPARTMENTS,
    ESCALATE,
    KNOWN,
    MONDAY,
    PEOPLE,
    SLOTS,
    SPOKEN,
    UNSURE,
    WEAK,
)

ALL_TOOLS = frozenset(
    {
        "search_knowledge",
        "check_hours",
        "find_contact",
        "transfer_call",
        "take_message",
        "promise_callback",
        "book_appointment",
        "switch_language",
        "end_call",
    }
)
COMPANY = "Bianchi and Sons"
STEPS_MAX = 10


@dataclass
class Office:
    """The tools' side.

    Attributes:
        lines: Contact id to how a transfer to it ends; the others are answered.
        broken: Tools that fail.
        number_needed: Nobody is called back without a number.
        read_back: What was read back so far, by tool.
    """

    lines: Mapping[str, str] = field(default_factory=dict[str, str])
    broken: Collection[str] = ()
    number_needed: bool = False
    read_back: list[tuple[str, Mapping[str, Any]]] = field(
        default_factory=list[tuple[str, Mapping[str, Any]]]
    )

    def run(self, call: ToolCall) -> Mapping[str, Any]:
        if call.name in self.broken:
            return {"outcome": "failed"}
        return getattr(self, f"_{call.name}")(call.arguments)

    def _search_knowledge(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        for key, answer in KNOWN.items():
            if key in arguments["question"]:
                escalate = ESCALATE.get(key, "never")
                score = WEAK.get(key, 1.0)
                return {
                    **({"contact": self._contact(CONTACT[key])} if key in CONTACT else {}),
                    "outcome": "answered",
                    "topic": key,
                    "spoken": answer,
                    "escalate": escalate,
                    "score": score,
                }
        if after := arguments.get("after"):
            return {"outcome": "answered", "topic": after, "spoken": KNOWN[after], "score": 1.0}
        return {"outcome": "unknown", "score": 0.1, "alternatives": []}

    def _check_hours(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        assert arguments["when"]
        return {"outcome": "hours", "spoken": CLOCK}

    def _find_contact(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        name, within = arguments["name"], arguments.get("department", "")
        if name in UNSURE:
            return {"outcome": "ambiguous", "candidates": [self._contact(UNSURE[name])]}
        units = [unit for unit, words in DEPARTMENTS.items() if any(w in name for w in words)]
        places = [unit for unit, words in DEPARTMENTS.items() if any(w in within for w in words)]
        people = [
            person
            for person in PEOPLE
            if (fuzz.token_set_ratio(name, person["name"].lower()) >= 80 or name == person["title"])
            and (not places or person["department"] in places)
        ]
        if not people and units:
            return {"outcome": "found", "contact": self._contact(units[0])}
        contacts = [self._contact(person["id"]) for person in people]
        if len(contacts) == 1:
            return {"outcome": "found", "contact": contacts[0]}
        if contacts:
            return {"outcome": "ambiguous", "candidates": contacts}
        near = [p["name"] for p in PEOPLE if fuzz.ratio(name, p["name"].lower()) >= 60]
        named = [self._contact(place) for place in places]
        return {"outcome": "unknown", "heard": name, "suggestions": [*near[:1], *named]}

    def _transfer_call(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        target = arguments["contact_id"]
        outcome = self.lines.get(target, "answered")
        reason = {"reason": "closed"} if outcome == "closed" else {}
        outcome = "unreachable" if outcome == "closed" else outcome
        return {"outcome": outcome, "contact": self._contact(target), **reason}

    def _take_message(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        assert arguments["about"]
        done = {"outcome": "noted", "message_id": "m-1", "contact": None}
        return self._confirmed("take_message", arguments, done)

    def _promise_callback(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "sunday" in arguments["when"]:
            spoken = "We are closed then. Would Monday at nine suit you?"
            return {"outcome": "invalid", "field": "when", "spoken": spoken, "next": MONDAY}
        if self.number_needed and not arguments.get("callback_number"):
            return {"outcome": "invalid", "field": "callback_number", "spoken": "Which number?"}
        done = {"outcome": "promised", "id": "c-1", "spoken": f"We call {arguments['when']}."}
        return self._confirmed("promise_callback", arguments, done)

    def _book_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "roof" in arguments["service"]:
            return {"outcome": "not_offered", "spoken": "I can book a consultation. Shall I?"}
        slot = arguments.get("slot", "")
        if not slot and "sunday" in arguments["when"]:
            return {"outcome": "none", "slots": [], "spoken": "Nothing on Sunday. Which day?"}
        if not slot:
            spoken = "I have Tuesday at ten or Tuesday at half past three. Which one?"
            return {"outcome": "slots", "slots": SLOTS, "spoken": spoken}
        done = {"outcome": "booked", "id": slot, "spoken": f"Booked {slot}."}
        return self._confirmed("book_appointment", arguments, done)

    def _switch_language(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = arguments["language"]
        if asked in SPOKEN:
            return {"outcome": "switched", "language": SPOKEN[asked]}
        spoken = "I speak English and Italian."
        return {"outcome": "not_available", "languages": ["en", "it"], "spoken": spoken}

    def _confirmed(
        self, name: str, arguments: Mapping[str, Any], done: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Reads back first, as every tool with consequences does."""
        given = {key: value for key, value in arguments.items() if key != "confirmed"}
        if not given.get("caller_name"):
            return {"outcome": "invalid", "field": "caller_name", "spoken": "Your name?"}
        number = str(given.get("callback_number", ""))
        if number.startswith("666") or number == "01632":
            spoken = "That number is too short. What is it?"
            return {"outcome": "invalid", "field": "callback_number", "spoken": spoken}
        if arguments["confirmed"] and (name, given) in self.read_back:
            return done
        self.read_back.append((name, given))
        said = [str(value) for key, value in given.items() if not key.endswith("_id")]
        return {"outcome": "confirm", "spoken": f"So: {', '.join(said)}. Is that right?"}

    def _end_call(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        del arguments
        return {"outcome": "ending"}

    def _contact(self, identifier: str) -> Mapping[str, Any] | None:
        for person in PEOPLE:
            if person["id"] == identifier:
                return {"kind": "person", **person}
        if identifier in DEPARTMENTS:
            return {"id": identifier, "kind": "department", "name": identifier}
        return None


@dataclass
class Turn:
    """What one turn of the caller brought."""

    said: str
    calls: Sequence[ToolCall]


class Caller:
    """Talks to a concierge, running its tools in an office."""

    def __init__(
        self,
        language: Language,
        office: Office | None = None,
        tools: Collection[str] = ALL_TOOLS,
        others: Others = lambda _code: None,
    ) -> None:
        self.concierge = Concierge(language, company=COMPANY, others=others)
        self.messages: list[dict[str, Any]] = []
        self._office = office or Office()
        self._tools = tools

    @property
    def arranged(self) -> dict[str, str]:
        """The parts of what is being arranged so far; none when nothing is."""
        arranging = self.concierge.arranging
        return dict(arranging[1]) if arranging else {}

    def say(self, text: str) -> Turn:
        """Says `text` and returns all that follows until the assistant waits again."""
        self.messages.append({"role": "user", "content": text})
        said: list[str] = []
        calls: list[ToolCall] = []
        for _ in range(STEPS_MAX):
            reply = self.concierge.respond(self.messages, self._tools)
            if reply.text:
                said.append(reply.text)
                self.messages.append({"role": "assistant", "content": reply.text})
            for call in reply.calls:
                calls.append(call)
                self._record(call)
            if not reply.calls:
                return Turn(said=" ".join(said), calls=calls)
        raise AssertionError("the concierge never came back to the caller")

    def overhears(self, text: str) -> None:
        """Something else on the call says `text`, such as the silence ladder."""
        self.messages.append({"role": "assistant", "content": text})

    def goes_over(self, code: str) -> None:
        """Code has found out that the caller speaks another language."""
        call = ToolCall(identifier=f"found-{code}", name="switch_language", arguments={})
        self.messages += messages_of(call, json.dumps({"outcome": "switched", "language": code}))

    def _record(self, call: ToolCall) -> None:
        result = json.dumps(self._office.run(call), ensure_ascii=False)
        self.messages += messages_of(call, result)


def messages_of(call: ToolCall, result: str) -> list[dict[str, Any]]:
    """Returns a call and its result as they stand in the context."""
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    wrapped = {"id": call.identifier, "type": "function", "function": function}
    return [
        {"role": "assistant", "tool_calls": [wrapped]},
        {"role": "tool", "tool_call_id": call.identifier, "content": result},
    ]


def acted(reply: Reply) -> bool:
    """Tells whether a reply says or does anything."""
    return bool(reply.text or reply.calls)
