"""What a tool is: a name, typed arguments, a typed outcome.

A result is what the brain reads: a mapping with `outcome` (one of the tool's own StrEnum) and,
where code has worked out the very words to say (hours, prices, answers), `spoken`.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from knowledge.people import Contact, Department
from receptionist.appointments.diary import Diary
from receptionist.callbacks.records import CallbackRecord
from receptionist.messages.records import MessageRecord
from receptionist.tools.keypad import KeypadVault

if TYPE_CHECKING:
    from receptionist.tenants.snapshot import TenantSnapshot


class TransferOutcome(StrEnum):
    """How a transfer ended; each has its own next step."""

    ANSWERED = "answered"
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    FAILED = "failed"


class TransferLine(Protocol):
    """The way to a person; each way of calling brings its own."""

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        """Puts the caller through and returns how it ended."""
        ...


class NoLine:
    """A call on which nobody can be put through: a recording, a text, a browser without SIP."""

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        """Returns `unreachable`: there is no line to ring."""
        del target, reason
        return TransferOutcome.UNREACHABLE


class LanguageSwitch(Protocol):
    """Makes a call go on in another language; each way of calling brings its own."""

    async def __call__(self, language: str) -> None:
        """Speaks and understands `language` (one of the tenant's) from now on."""
        ...


class MessageStore(Protocol):
    """Where messages are kept."""

    async def save(self, message: MessageRecord) -> str:
        """Keeps `message` and returns its id.

        Raises:
            StorageError: it could not be kept.
        """
        ...


class CallbackStore(Protocol):
    """Where promises to call back are kept."""

    async def save(self, callback: CallbackRecord) -> str:
        """Keeps `callback` and returns its id.

        Raises:
            StorageError: it could not be kept.
        """
        ...


@dataclass(slots=True, kw_only=True)
class ToolContext:
    """What a tool may know and use on one call.

    Attributes:
        snapshot: The tenant as it was when the call began.
        language: ISO 639-1 language of the call.
        now: Reads the local date and time of the tenant (aware).
        line: The way to a person.
        messages: Where messages are kept; without it none can be taken.
        callbacks: Where callbacks are kept; without it none can be promised.
        diary: Where appointments are booked; without it none can be.
        switch: Changes the language of the call; without it only what tools say changes.
        call_id: The call that messages, callbacks and appointments belong to.
        cleared: Tells whether the caller's last turn may be acted on, once that is known.
        said: How often each line of `Texts.tools` was said, so that its variants take turns.
        keypad: What the caller has typed in secret.
        gate: Decides whether a tool may run; without it every one may.
        rings: Told when a telephone begins to ring for the caller, and when that is over.
        returned: Tells the caller that a machine speaks again; awaited once a person has had him.
        urgent: Somebody may be in danger: people are rung outside their hours too.
        ending: Set by `end_call`, or by an answered transfer: the call ends once all is said.
        transferred: A person has the call.
    """

    snapshot: "TenantSnapshot"
    language: str
    now: "Clock"
    line: TransferLine
    messages: MessageStore | None = None
    callbacks: CallbackStore | None = None
    diary: Diary | None = None
    switch: LanguageSwitch | None = None
    call_id: str = ""
    cleared: "Cleared | None" = None
    said: Counter[str] = field(default_factory=Counter[str])
    keypad: KeypadVault = field(default_factory=KeypadVault)
    gate: "Gate | None" = None
    rings: Callable[[bool], object] | None = None
    returned: Callable[[], Awaitable[None]] | None = None
    urgent: bool = False
    ending: bool = False
    transferred: bool = False


class Cleared(Protocol):
    """Waits for the judgement of the caller's last turn."""

    async def __call__(self) -> bool:
        """Returns whether what the brain wants to do about it may be done."""
        ...


class Gate(Protocol):
    """Stands before every run of a tool."""

    def admit(self, tool: "ToolSpec", arguments: "Arguments") -> Mapping[str, Any] | None:
        """Returns the result of a run that may not be; None when it may."""
        ...

    def ended(self, tool: "ToolSpec", arguments: "Arguments", result: Mapping[str, Any]) -> None:
        """Takes how a run that was admitted has ended."""
        ...


class Clock(Protocol):
    """Reads the time."""

    def __call__(self) -> datetime:
        """Returns the aware local time of the tenant."""
        ...


class Arguments(BaseModel):
    """Base of every tool's arguments; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class ToolSpec(ABC):
    """What every tool has.

    Attributes:
        name: What a brain calls it by.
        description: When to use it, for a language model.
        arguments: Its arguments; their field descriptions are part of the schema.
        timeout_ms: After this the result is `{"outcome": "failed"}`.
        done: Outcomes after which the same is not done again on one call: whoever asks for it once
            more is given the same result.
        harmless: It changes nothing outside the call, and need not wait until the caller's turn
            has been judged.
        told_late: A caller who spoke meanwhile is still told how it ended.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    arguments: ClassVar[type[Arguments]]
    timeout_ms: ClassVar[int] = 2000
    done: ClassVar[frozenset[str]] = frozenset()
    harmless: ClassVar[bool] = False
    told_late: ClassVar[bool] = False

    def key(self, arguments: Any) -> str:
        """Returns what tells this run from others: equal keys ask for the same thing."""
        return f"{self.name} {arguments.model_dump_json()}"


class Tool(ToolSpec):
    """One thing the assistant can do as soon as it is asked to."""

    @abstractmethod
    async def run(self, arguments: Any, context: ToolContext) -> Mapping[str, Any]:
        """Does it and returns the result, JSON-serialisable, with `outcome`."""
