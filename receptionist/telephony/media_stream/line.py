"""Puts a caller through by the API of his carrier."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from receptionist.handoff.contract import Leg, RingError
from receptionist.telephony.media_stream.contract import Carrier, Dialling
from receptionist.telephony.media_stream.transport import MediaStreamTransport
from receptionist.tools.contract import TransferOutcome

SLACK_S = 4.0
"""A carrier tells the end of the ringing so much later; `Attempt` waits a second more."""
BACK_S = 8.0
"""A caller who does not come back by then has hung up."""
DIALLABLE = re.compile(r"\+?[0-9]{6,15}")
"""Carriers ring no extensions and no addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the carrier turns to while a caller is put through."""

    dial_url: str
    result_url: str
    stream_url: str


class CarrierLine:
    """The way from one carrier's call to people (a `Dialler`).

    Args:
        carrier: Whose call it is.
        call_id: As the carrier names it.
        transport: Of the call.
        hung_up: Is told of a caller who did not come back.

    Attributes:
        away: The caller may be off his stream without having hung up.
        handed_over: Whom the carrier is to ring when the stream ends; empty is nobody.
        dialling: What the carrier is to do; None before the first transfer.
    """

    def __init__(
        self,
        carrier: Carrier,
        call_id: str,
        transport: MediaStreamTransport,
        hung_up: Callable[[], None],
    ) -> None:
        self.away = False
        self.handed_over = ""
        self.dialling: Dialling | None = None
        self._carrier = carrier
        self._call_id = call_id
        self._transport = transport
        self._hung_up = hung_up
        self._addresses: Callable[[], Addresses] | None = None
        self._result: asyncio.Future[TransferOutcome] | None = None
        self._on_wire = asyncio.Event()

    def reached_at(self, addresses: Callable[[], Addresses]) -> None:
        """Gives what makes the addresses a carrier is told, anew for each transfer."""
        self._addresses = addresses

    def on_wire(self, *, on: bool) -> None:
        """The caller's stream has come, or is gone."""
        if on:
            self._on_wire.set()
        else:
            self._on_wire.clear()

    def ended(self, outcome: TransferOutcome) -> None:
        """The carrier has told how the ringing ended."""
        if self._result is not None and not self._result.done():
            self._result.set_result(outcome)

    async def ring(self, number: str, *, ring_s: float) -> Leg:
        """Raises RingError: these carriers bring no second leg, so nobody can be asked first."""
        del number, ring_s
        raise RingError(TransferOutcome.UNREACHABLE, f"{self._carrier.name} has no second leg")

    async def join(self, leg: Leg, *, leave: bool = False) -> None:
        """Hangs up: there is no leg that could be joined."""
        del leave
        await leg.hang_up()

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        """Has the carrier ring `number`; None where it cannot."""
        if self._carrier.way is None:
            return None
        if not DIALLABLE.fullmatch(number) or self._addresses is None:
            return TransferOutcome.UNREACHABLE
        if self._carrier.way == "hands over":
            self.handed_over = number
            return TransferOutcome.ANSWERED
        addresses = self._addresses()
        self.dialling = Dialling(
            number=number,
            ring_s=round(ring_s),
            dial_url=addresses.dial_url,
            result_url=addresses.result_url,
            stream_url=addresses.stream_url,
        )
        return await self._ring(self.dialling, ring_s)

    async def _ring(self, dialling: Dialling, ring_s: float) -> TransferOutcome:
        self._result = asyncio.get_running_loop().create_future()
        self.away = True
        await self._transport.hold(held=True)
        outcome = TransferOutcome.FAILED
        try:
            if await self._carrier.put_through(self._call_id, dialling):
                outcome = await self._awaited(ring_s)
            if outcome is not TransferOutcome.ANSWERED:
                await self._back()
            return outcome
        finally:
            self._result = None
            if outcome is not TransferOutcome.ANSWERED:  # else he is gone for good
                self.away = False
                await self._transport.hold(held=False)

    async def _awaited(self, ring_s: float) -> TransferOutcome:
        assert self._result is not None
        try:
            async with asyncio.timeout(ring_s + SLACK_S):
                return await self._result
        except TimeoutError:
            logger.warning(f"{self._carrier.name} does not tell how a transfer ended")
            return TransferOutcome.FAILED

    async def _back(self) -> None:
        """Waits for the caller; one who does not come has hung up."""
        try:
            async with asyncio.timeout(BACK_S):
                await self._on_wire.wait()
        except TimeoutError:
            self._hung_up()
