"""What a carrier is: how it asks for an answer, how its stream is spoken, what its API can do.

A call arrives as a webhook. It is answered with the address of a WebSocket, the carrier connects
to it, and from then on audio, keys and marks pass there; its API hangs up and puts through.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pipecat.serializers.base_serializer import FrameSerializer

from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.tools.contract import TransferOutcome

XML = "application/xml"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A request of a carrier.

    Attributes:
        url: As the carrier sees it; most sign it.
        headers: Their names in lower case.
        now_s: Unix time at which it came.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    now_s: float

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of the body; nothing when it is no form."""
        if self.method == "GET" or "json" in self.headers.get("content-type", ""):
            return {}
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    @property
    def fields(self) -> Mapping[str, str]:
        """The parameters of address and body."""
        return {**self.query, **self.form}

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON of the body; nothing when it is none."""
        return message_of(self.body)


def message_of(text: str | bytes) -> Mapping[str, Any]:
    """Returns the JSON object in `text`; an empty one when there is none."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def part_of(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Returns the object `name` of a message; an empty one when there is none."""
    part = message.get(name)
    return part if isinstance(part, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call that wants to be answered; numbers as the carrier writes them.

    Attributes:
        verstat: The carrier's finding about the number of the caller (STIR/SHAKEN).
        display: Name of the caller; carriers tell none, nor what follows.
    """

    call_id: str
    caller: str = ""
    called: str = ""
    verstat: str = ""
    display: str = ""
    asserted: str = ""
    privacy: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a webhook is answered with."""

    content: str = ""
    media_type: str = XML


NO_JSON = Reply(content="{}", media_type=JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The stream of a call, as its first message tells.

    Attributes:
        arrival: The call; caller and called are told by few.
        stream_id: Names the stream in what is sent.
        codec: Of its audio, where there are several.
    """

    arrival: Arrival
    stream_id: str = ""
    codec: str = ""


class StreamError(Exception):
    """A stream that cannot be used: not the one awaited, or audio that is not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """A caller who is to be put through.

    Attributes:
        number: Whom to ring, E.164.
        ring_s: How long it may ring.
        dial_url: Tells the carrier what to do, for those that ask.
        result_url: Is told how it ends.
        stream_url: Brings the caller back.
        ask_url: Is asked what happens on the telephone of whoever answers; empty joins the caller.
    """

    number: str
    ring_s: int
    dial_url: str
    result_url: str
    stream_url: str
    ask_url: str = ""


Way = Literal["leaves", "stays", "hands over"]


class Carrier(ABC):
    """One carrier, with the account of the operator.

    Attributes:
        name: In addresses and settings.
        caller_id: Shown to whom callers are put through to; empty is what the carrier shows.
        rate_hz: Of its audio.
        chunk_ms: How much is sent at once.
        has_marks: It tells when what was sent has been heard.
        by_webhook: Calls arrive as webhooks; else as streams that are signed themselves.
        nothing: Answers a webhook after which there is nothing to do.
        asks: Whoever is rung can be asked before he has the caller.
        way: While the caller is put through, his stream `leaves` and may come back or `stays`;
            who `hands over` learns nothing more; None cannot put through.
    """

    name: ClassVar[str]
    rate_hz: ClassVar[int] = 8000
    chunk_ms: ClassVar[int] = 20
    has_marks: ClassVar[bool] = True
    by_webhook: ClassVar[bool] = True
    nothing: ClassVar[Reply] = Reply()
    asks: ClassVar[bool] = False
    way: ClassVar[Way | None] = None

    def __init__(self, api: CarrierApi, caller_id: str = "") -> None:
        self.api = api
        self.caller_id = caller_id

    # --- webhooks ---------------------------------------------------------------------------

    @abstractmethod
    def verify(self, webhook: Webhook) -> None:
        """Raises `NotAllowedError` unless the carrier has sent it."""

    @abstractmethod
    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call that wants to be answered; None when the webhook tells another thing."""

    @abstractmethod
    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Answers the call and has its audio brought to `stream_url`."""

    async def refuse(self, arrival: Arrival) -> Reply | None:
        """Returns how a caller is told that it is busy; None lets the carrier try elsewhere."""
        del arrival
        return None

    async def send_on(self, arrival: Arrival, number: str) -> Reply | None:
        """Has the carrier ring `number` for a caller there is no line for.

        One that cannot refuses him. None lets it try elsewhere.
        """
        del number
        return await self.refuse(arrival)

    async def told(self, webhook: Webhook) -> Reply:
        """Takes a webhook that announces no call."""
        del webhook
        return self.nothing

    # --- the stream -------------------------------------------------------------------------

    @abstractmethod
    def opened(self, message: Mapping[str, Any]) -> Opened | None:
        """Returns what the message that opens the stream tells; None for what comes before it.

        Raises:
            StreamError: its audio is not understood.
        """

    @abstractmethod
    def serializer(self, opened: Opened) -> FrameSerializer:
        """Returns what speaks the stream's language."""

    def mark(self, opened: Opened, name: str) -> str:
        """Returns the message that is sent back once what came before it has been heard."""
        del opened, name
        return ""

    def marked(self, message: Mapping[str, Any]) -> str:
        """Returns the name of the mark that has come back; empty for any other message."""
        del message
        return ""

    @abstractmethod
    def stopped(self, message: Mapping[str, Any]) -> bool:
        """Returns whether the carrier ends the stream with this message."""

    def hand_over(self, serializer: FrameSerializer, number: str) -> None:
        """Has the end of the stream tell whom to ring, where the carrier `hands over`."""
        del serializer, number

    # --- the API ----------------------------------------------------------------------------

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; one that has ended is no error."""
        del call_id

    async def put_through(self, call_id: str, dialling: Dialling) -> bool:
        """Begins to ring; returns whether the carrier does."""
        del call_id, dialling
        return False

    def dial(self, dialling: Dialling) -> Reply:
        """Returns what to do when the carrier asks at `dial_url`."""
        del dialling
        return Reply()

    def result(self, webhook: Webhook) -> TransferOutcome | None:
        """Returns how the ringing has ended; None while it goes on."""
        del webhook
        return None

    def after(self, webhook: Webhook, stream_url: str) -> Reply:
        """Returns what happens to the caller after the result: back to `stream_url`, or nothing.

        Args:
            webhook: The result.
            stream_url: Empty when the caller does not come back.
        """
        del webhook, stream_url
        return self.nothing
