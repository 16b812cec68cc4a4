"""One call of a carrier: the session, and the stream that carries it."""

import asyncio

from loguru import logger

from receptionist.calls.events import Disposition
from receptionist.calls.plan import CallPlan
from receptionist.calls.session import CallSession
from receptionist.calls.timeline import Timeline
from receptionist.handoff.transfers import Transfers
from receptionist.supervisor import Supervisor
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.media_stream.contract import Arrival, Carrier, StreamError
from receptionist.telephony.media_stream.line import CarrierLine
from receptionist.telephony.media_stream.transport import MediaStreamTransport
from receptionist.telephony.media_stream.wire import Key, Marked, Sound, Wire

READY_S = 10.0
"""A pipeline runs after a tenth of a second."""
PART_S = 1.0
"""Time for the carrier to close the stream itself."""


class CarrierCall:
    """A call, from its first stream to the hang-up.

    Args:
        supervisor: Answers it.
        plan: How.
        carrier: Whose call it is.
        arrival: As the carrier names it.

    Attributes:
        line: The way to a person.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        plan: CallPlan,
        carrier: Carrier,
        arrival: Arrival,
    ) -> None:
        self.carrier = carrier
        self.arrival = arrival
        self.plan = plan
        self._supervisor = supervisor
        self._transport = MediaStreamTransport(
            carrier.rate_hz, chunk_ms=carrier.chunk_ms, has_marks=carrier.has_marks
        )
        self.line = CarrierLine(
            carrier,
            arrival.call_id,
            self._transport,
            lambda: self._leave(Disposition.CALLER_HUNG_UP),
        )
        # A carrier rings people itself, one at a time; few ask them first for us.
        self._transfers = Transfers(
            self.line, supervisor.hourly, second_leg=carrier.asks, at_once=False
        )
        self._keypad = Keypad(plan.snapshot.config.phone.keys_pause_ms)
        self._session: CallSession | None = None
        self._wire: Wire | None = None
        self._over = asyncio.Event()
        self._parted = asyncio.Event()
        self._parted.set()
        self._left: Disposition | None = None

    # --- the session ------------------------------------------------------------------------

    async def run(self) -> None:
        """Runs the call; returns when nothing of it is left. Never raises but when cancelled."""
        ended = Disposition.FAILED
        try:
            ended = await self._answer()
            if ended is Disposition.TRANSFERRED:
                await self._transfers.connect()
        except Exception as error:
            logger.opt(exception=error).error(f"call {self.plan.call_id} failed")
        finally:
            self._over.set()
            await self._transfers.close()
            await self._part(put_through=ended is Disposition.TRANSFERRED)

    async def _answer(self) -> Disposition:
        rate_hz = self.carrier.rate_hz
        async with asyncio.TaskGroup() as group:
            duties: list[asyncio.Task[None]] = []

            def ready(session: CallSession) -> None:
                self._session = session
                if self._left:  # the stream was gone before the session was there
                    session.hang_up(self._left)
                keys = self._keypad.gather(session.keys)
                duties.append(group.create_task(keys, name="keypad"))

            result = await self._supervisor.answer(
                self.plan,
                self._transport,
                Timeline(rate_hz, rate_hz),
                line=self._transfers,
                ready=ready,
            )
            for duty in duties:
                duty.cancel()
        return result.disposition

    async def _part(self, *, put_through: bool) -> None:
        """Ends the stream, and the call unless a person has it."""
        wire = self._wire
        if wire is None:
            return
        if put_through and self.line.handed_over:
            wire.hand_over(self.line.handed_over)
        await wire.finish()
        if not put_through:
            await self.carrier.hang_up(self.arrival.call_id)
        try:
            async with asyncio.timeout(PART_S):
                await self._parted.wait()
        except TimeoutError:
            logger.debug(f"call {self.plan.call_id}: the stream is closed from here")
        await wire.close()

    # --- the stream -------------------------------------------------------------------------

    async def carry(self, wire: Wire) -> None:
        """Carries the call over `wire`, until that ends.

        Raises:
            StreamError: the stream cannot be used.
        """
        if self._wire is not None or self._over.is_set():
            raise StreamError("the call has a stream, or is over")
        self._wire = wire
        self._parted.clear()
        try:
            await self._attach(wire)
            await self._hear(wire)
        finally:
            self._transport.detach()
            self.line.on_wire(on=False)
            self._wire = None
            self._parted.set()
            self._gone(wire)

    async def _attach(self, wire: Wire) -> None:
        try:
            async with asyncio.timeout(READY_S):
                await self._transport.attach(wire)
        except TimeoutError:
            raise StreamError("the call did not begin") from None
        self.line.on_wire(on=True)

    async def _hear(self, wire: Wire) -> None:
        async for event in wire.heard():
            match event:
                case Sound(pcm=pcm):
                    await self._transport.take(pcm)
                case Key(digit=digit):
                    self._keypad.press(digit)
                case Marked(name=name):
                    await self._transport.marked(name)

    def _gone(self, wire: Wire) -> None:
        """Ends the call with its stream, unless the caller is being put through."""
        if self.line.away:
            return
        self._leave(Disposition.CALLER_HUNG_UP if wire.stopped else Disposition.MEDIA_LOST)

    def _leave(self, how: Disposition) -> None:
        """Ends the call: the caller is gone."""
        self._left = how
        if self._session is not None:
            self._session.hang_up(how)
