"""Carriers that are told in XML what to do with a call: TwiML, and what was made like it."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import Arrival, Reply, Way, Webhook
from receptionist.telephony.media_stream.event_stream import EventStream
from receptionist.tools.contract import TransferOutcome

_ENDED: Mapping[str, TransferOutcome] = {
    "completed": TransferOutcome.ANSWERED,
    "answered": TransferOutcome.ANSWERED,
    "busy": TransferOutcome.BUSY,
    "no-answer": TransferOutcome.NO_ANSWER,
    "timeout": TransferOutcome.NO_ANSWER,
    "canceled": TransferOutcome.CANCELLED,
    "cancel": TransferOutcome.CANCELLED,
    "failed": TransferOutcome.UNREACHABLE,  # a number that cannot ring
}


class Markup(EventStream):
    """A carrier that asks for XML when a call comes, and again when a dialled one ends.

    Attributes:
        call_parameter: Names the call in its requests.
        busy: What turns a caller down.
    """

    way: ClassVar[Way | None] = "leaves"
    format_field: ClassVar[str] = "mediaFormat"
    audio: ClassVar[str] = "audio/x-mulaw at 8000 Hz"
    call_parameter: ClassVar[str]
    busy: ClassVar[str]

    def __init__(self, api: CarrierApi, account: str, auth_token: str, caller_id: str = "") -> None:
        super().__init__(api, caller_id)
        self.account = account
        self.key = auth_token.encode()

    @abstractmethod
    def connect(self, stream_url: str) -> str:
        """Returns what brings a call to a stream."""

    def arrival(self, webhook: Webhook) -> Arrival | None:
        """Returns the call of a request for XML."""
        fields = webhook.fields
        if not fields.get(self.call_parameter):
            return None
        return Arrival(
            call_id=fields[self.call_parameter],
            caller=fields.get("From", ""),
            called=fields.get("To", ""),
            verstat=fields.get("StirVerstat", ""),
        )

    async def answer(self, arrival: Arrival, stream_url: str) -> Reply:
        """Returns the XML that connects the stream."""
        return response(self.connect(stream_url))

    async def refuse(self, arrival: Arrival) -> Reply | None:
        """Returns the XML of a busy line."""
        return response(self.busy)

    async def send_on(self, arrival: Arrival, number: str) -> Reply | None:
        """Returns the XML that rings another number; the call ends with the ringing."""
        return response(self.dialled(number))

    def dialled(
        self, number: str, settings: Mapping[str, str] = {}, of_number: Mapping[str, str] = {}
    ) -> str:
        """Returns what rings `number`, with settings of the verb and of the number."""
        verb = _attributes({**settings, "callerId": self.caller_id})
        return f"<Dial{verb}><Number{_attributes(of_number)}>{escape(number)}</Number></Dial>"

    def understands(self, form: Mapping[str, Any]) -> bool:
        """Takes mu-law alone."""
        return form.get("encoding") == "audio/x-mulaw" and form.get("sampleRate") == 8000

    def after(self, webhook: Webhook, stream_url: str) -> Reply:
        """Returns the XML that brings the caller back, or hangs up."""
        return response(self.connect(stream_url) if stream_url else "<Hangup/>")


def response(verbs: str) -> Reply:
    """Returns `verbs` as an answer."""
    return Reply(content=f"<Response>{verbs}</Response>")


def ended(status: str) -> TransferOutcome:
    """Returns what the end of a dialled call means."""
    return _ENDED.get(status, TransferOutcome.FAILED)


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value)
