"""What a dialogue has come to: immutable values held by one state per step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from providers.llm.concierge.draft import Draft, Gap
from providers.llm.concierge.party import Party
from providers.llm.concierge.vocabulary import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool to run. `identifier` depends on the dialogue alone."""

    identifier: str
    name: str
    arguments: Mapping[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the brain answers: text to say now, tools to run now, either or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing the caller wants, and what his words fill in.

    Attributes:
        text: The part of the utterance it stands in, in the caller's words.
        target: The person, department or service asked for; of a question, what in it may be one.
        department: Where that person works, when said.
        reason: Why, when said.
        about: The message itself, when said.
        destination: The department whose hours are asked for.
        service: What an appointment is for.
        language: The language asked for.
        wish: Nothing but a few words and a "please": somebody is asked for.
        anybody: Whoever knows about `target` is asked for, which is a subject.
    """

    kind: Kind
    text: str
    target: str = ""
    department: str = ""
    reason: str = ""
    about: str = ""
    destination: str = ""
    service: str = ""
    language: str = ""
    wish: bool = False
    anybody: bool = False


class Aim(StrEnum):
    """Why a tool was called: decides what its result leads to."""

    ANSWER = "answer"
    PROBE = "probe"
    FALL_BACK = "fall_back"
    TRANSFER = "transfer"
    MESSAGE = "message"
    CALLBACK = "callback"
    CHOICE = "choice"
    ESCALATE = "escalate"
    EXTENSION = "extension"
    HOURS = "hours"
    TASK = "task"
    LANGUAGE = "language"
    TENANT_TOOL = "tenant_tool"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A tool whose result is due. `act` is what it is for, `party` who is being rung."""

    call: ToolCall
    aim: Aim
    act: Act | None = None
    party: Party | None = None


class Offered(StrEnum):
    """What `yes` would mean."""

    PERSON = "person"
    MESSAGE = "message"
    EITHER = "either"
    MORE = "more"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The assistant has offered something.

    Attributes:
        offered: What.
        party: For whom; None is the operator.
        suggestion: The name suggested, or the question that led to the offer of a person.
        aim: What the person suggested was wanted for.
        act: The request that led to the suggestion.
    """

    offered: Offered
    party: Party | None = None
    suggestion: str = ""
    aim: Aim = Aim.TRANSFER
    act: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The assistant has asked which of several people is meant; `act` is what for."""

    parties: tuple[Party, ...]
    aim: Aim
    tries: int = 0
    act: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAsked:
    """The assistant has asked whom the caller wants."""

    aim: Aim


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAsked:
    """The assistant has asked for a part of what is being arranged.

    Attributes:
        proposed: What `yes` would fill in.
        spoken: How it was asked, when in the words of the tool.
        begun: Digits that were too few to be a number.
    """

    gap: Gap
    tries: int = 0
    proposed: str = ""
    spoken: str = ""
    begun: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A free time as the calendar offers it."""

    identifier: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAsked:
    """Free times were offered."""

    slots: tuple[Slot, ...]
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAsked:
    """It was read back in the words of the tool, and the caller asked whether it is right."""

    spoken: str
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionAsked:
    """The assistant has asked which part is wrong."""

    spoken: str
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageAsked:
    """The assistant has asked which language the caller wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAsked:
    """A tool of the tenant has to be told something.

    Attributes:
        arguments: What it has been told.
        field: What is asked for; "" is a yes to what was read back.
        spoken: The question, in the words of the tool.
    """

    tool: str
    arguments: Mapping[str, str | bool]
    spoken: str
    field: str = ""
    tries: int = 0


Pending = (
    Offer
    | Choice
    | WhoAsked
    | GapAsked
    | SlotAsked
    | ConfirmAsked
    | CorrectionAsked
    | LanguageAsked
    | ToolAsked
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """What was answered last, and in which turn: "and on Sunday?" asks on.

    Attributes:
        topic: Id of the topic; empty when it was something else.
        question: In the caller's words.
        destination: Whose hours they were.
        hours: They were hours.
    """

    turn: int
    topic: str = ""
    question: str = ""
    destination: str = ""
    hours: bool = False


@dataclass(slots=True, kw_only=True)
class State:
    """Where the dialogue stands. A step works on a copy; the values themselves never change.

    Attributes:
        turn: Number of caller turns so far.
        language: The language gone over to on this call; empty is the one it began in.
        pending: The question the assistant has asked and the caller has not answered.
        aside: Something else on this call has offered a person or a message meanwhile.
        party: Who was asked for last: "her" in "tell her I called".
        draft: What is being arranged.
        queue: What the caller wants and has not been given yet, in order.
        awaited: Tools running.
        found: Results of a batch whose tools have not all ended.
        misses: Turns in a row that were not understood.
        caller: The caller's name, once given.
        signed: A name in this turn that may be the caller's.
        groups: The caller's number, once a tool has accepted it.
        email: The caller's address, the same.
        last_said: What a caller who asks to repeat hears.
        said: How often each sentence has been said: chooses its variant.
        calls: Tools called in this turn.
        latest: What was answered last.
        insults: How often the caller has insulted the assistant.
        ended: The farewell has been said.
        reply: What the last step answered.
    """

    turn: int = 0
    language: str = ""
    pending: Pending | None = None
    aside: Offer | None = None
    party: Party | None = None
    draft: Draft | None = None
    queue: tuple[Act, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    found: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    misses: int = 0
    caller: str = ""
    signed: str = ""
    groups: tuple[str, ...] = ()
    email: str = ""
    last_said: str = ""
    said: Mapping[str, int] = field(default_factory=dict[str, int])
    calls: int = 0
    latest: Latest = Latest(turn=0)
    insults: int = 0
    ended: bool = False
    reply: Reply = Reply()

    def fork(self) -> "State":
        """Returns a copy to work on."""
        return replace(self)
