"""Calls from a browser: admitted, connected, shown on the page as they go, and freed."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiortc import RTCIceCandidate
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from receptionist.calls.events import AlarmRaised, CallEvent, ConsentHeard, Disposition, Guarded
from receptionist.calls.plan import CallPlan, CallRequest
from receptionist.calls.session import CallSession
from receptionist.calls.timeline import Timeline
from receptionist.errors import BusyError, NotFoundError, OfferError
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.webrtc import (
    CONNECT_S,
    RATE_IN_HZ,
    BrowserConnection,
    transport_for,
)

WAITING_MESSAGES = 32
"""A page that sends faster than the call can take loses what is beyond this."""


MOST_CANDIDATES = 100
"""Of one call: each costs checks over the network; a laptop has ten."""


class _FromPage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeyPressed(_FromPage):
    """A key of the dial pad."""

    type: Literal["dtmf"]
    digit: Annotated[str, Field(pattern=r"^[0-9*#]$")]


class Written(_FromPage):
    """Words the caller typed instead of speaking."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class HungUp(_FromPage):
    """The caller pressed the red button."""

    type: Literal["hang_up"]


PageMessage = KeyPressed | Written | HungUp
_PAGE_MESSAGE: TypeAdapter[PageMessage] = TypeAdapter(
    Annotated[PageMessage, Field(discriminator="type")]
)
_EVENT: TypeAdapter[CallEvent] = TypeAdapter(CallEvent)

_NOT_SHOWN = (Guarded, AlarmRaised, ConsentHeard)
"""A caller is not told by which rules he is judged: whoever knows them gets around them."""


def shown(event: CallEvent) -> dict[str, Any]:
    """Returns what the page is told of `event`: its fields, and `type` such as `turn_ended`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return {"type": name, **_EVENT.dump_python(event, mode="json")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser needs to connect."""

    call_id: str
    sdp: str


class BrowserCalls:
    """The browsers' calls of this process.

    Args:
        supervisor: Answers them.
        group: Owns their tasks.
        connect_s: A browser that has not connected by then is forgotten.
    """

    def __init__(
        self, supervisor: Supervisor, group: asyncio.TaskGroup, *, connect_s: float = CONNECT_S
    ) -> None:
        self._supervisor = supervisor
        self._group = group
        self._connect_s = connect_s
        self._calls: set[asyncio.Task[None]] = set()
        self._connections: dict[str, BrowserConnection] = {}
        self._trickled: Counter[str] = Counter()
        self._negotiating = 0

    def __len__(self) -> int:
        """Returns the number of calls, those included that are still connecting."""
        return len(self._calls) + self._negotiating

    async def answer(self, sdp: str, language: str | None) -> Answer:
        """Answers an offer; the call begins when the browser has connected.

        Raises:
            BusyError: no further call can be taken.
            OfferError: the offer cannot be answered.
        """
        if len(self) >= self._supervisor.settings.max_calls:
            raise BusyError("All lines are busy; call again in a few minutes.")
        plan = self._supervisor.plan(
            CallRequest(call_id=new_call_id(), channel="browser", language=language)
        )
        self._negotiating += 1
        try:
            connection = await BrowserConnection.answering(sdp)
        finally:
            self._negotiating -= 1
        call = BrowserCall(self._supervisor, plan, connection)
        task = self._group.create_task(
            call.run(self._connect_s), name=f"browser call {plan.call_id}"
        )
        self._calls.add(task)
        self._connections[plan.call_id] = connection
        task.add_done_callback(lambda done: self._forget(done, plan.call_id))
        return Answer(call_id=plan.call_id, sdp=connection.answer_sdp)

    async def trickle(self, call_id: str, candidates: Sequence[RTCIceCandidate | None]) -> None:
        """Takes addresses a browser has found since its offer; None after the last.

        Raises:
            NotFoundError: there is no such call.
            OfferError: they cannot be used, or are too many.
        """
        connection = self._connections.get(call_id)
        if connection is None:
            raise NotFoundError("This call is over, or has never been.")
        self._trickled[call_id] += len(candidates)
        if self._trickled[call_id] > MOST_CANDIDATES:
            raise OfferError(f"A browser may have {MOST_CANDIDATES} addresses at most.")
        for candidate in candidates:
            await connection.candidate(candidate)

    def _forget(self, task: "asyncio.Task[None]", call_id: str) -> None:
        self._calls.discard(task)
        self._connections.pop(call_id, None)
        self._trickled.pop(call_id, None)

    def close(self) -> None:
        """Cancels every call that has not ended."""
        for task in self._calls:
            task.cancel()


class BrowserCall:
    """One browser's call, from the answered offer to the closed connection."""

    def __init__(
        self, supervisor: Supervisor, plan: CallPlan, connection: BrowserConnection
    ) -> None:
        self._supervisor = supervisor
        self._plan = plan
        self._connection = connection
        self._keypad = Keypad(plan.snapshot.config.phone.keys_pause_ms)
        self._messages: asyncio.Queue[PageMessage] = asyncio.Queue(WAITING_MESSAGES)
        connection.on_message(self._take)

    async def run(self, connect_s: float) -> None:
        """Runs the call; returns when nothing of it is left. Never raises but when cancelled."""
        try:
            try:
                async with asyncio.timeout(connect_s):
                    await self._connection.here.wait()
                await self._answer()
            finally:
                await self._connection.part()
        except TimeoutError:
            logger.warning(f"call {self._plan.call_id}: the browser did not connect")
        except Exception as error:
            logger.opt(exception=error).error(f"call {self._plan.call_id} failed")

    async def _answer(self) -> None:
        rate_out_hz = self._supervisor.rate_out_hz(self._plan)
        async with asyncio.TaskGroup() as group:
            duties: list[asyncio.Task[None]] = []

            def ready(session: CallSession) -> None:
                duties.append(group.create_task(self._attend(session), name="page"))

            await self._supervisor.answer(
                self._plan,
                transport_for(self._connection, rate_out_hz),
                Timeline(RATE_IN_HZ, rate_out_hz),
                sinks=[self._show],
                ready=ready,
            )
            for duty in duties:
                duty.cancel()

    async def _attend(self, session: CallSession) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(session), name="messages")
            group.create_task(self._keypad.gather(session.keys), name="keypad")
            group.create_task(self._end_with_browser(session), name="browser gone")

    async def _show(self, event: CallEvent) -> None:
        if not isinstance(event, _NOT_SHOWN):
            self._connection.send_app_message(shown(event))

    def _take(self, message: Any) -> None:
        try:
            self._messages.put_nowait(_PAGE_MESSAGE.validate_python(message))
        except (ValidationError, asyncio.QueueFull) as error:
            logger.warning(f"call {self._plan.call_id}: a message of the page is dropped: {error}")

    async def _read(self, session: CallSession) -> None:
        """Does what the page says."""
        while True:
            match await self._messages.get():
                case KeyPressed(digit=digit):
                    self._keypad.press(digit)
                case Written(text=text):
                    await session.hear(text.strip())
                case HungUp():
                    session.hang_up()

    async def _end_with_browser(self, session: CallSession) -> None:
        """Ends the call when the browser is gone."""
        await self._connection.gone.wait()
        session.hang_up(
            Disposition.MEDIA_LOST if self._connection.lost else Disposition.CALLER_HUNG_UP
        )
