"""Puts a caller through by the API of his carrier."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from receptionist.handoff.contract import RingError
from receptionist.telephony.media_stream.asked import AskedTelephone
from receptionist.telephony.media_stream.contract import Carrier, Dialling
from receptionist.telephony.media_stream.transport import MediaStreamTransport
from receptionist.tools.contract import TransferOutcome

SLACK_S = 4.0
"""A carrier tells the end of the ringing so much later; `Attempt` waits a second more."""
ASKED_S = 90.0
"""Whoever is asked hears a brief, thinks, and is asked once more."""
BACK_S = 8.0
"""A caller who does not come back by then has hung up."""
DIALLABLE = re.compile(r"\+?[0-9]{6,15}")
"""Carriers ring no extensions and no addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the carrier turns to while a caller is put through."""

    dial_url: str
    result_url: str
    ask_url: str
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
        telephone: Of whoever is asked; None while nobody is.
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
        self.telephone: AskedTelephone | None = None
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

    def ended(self, outcome: TransferOutcome) -> TransferOutcome:
        """The carrier has told how the ringing ended; returns what that means.

        Whoever was asked has answered and may have hung up: only when he was joined was he there.
        """
        if outcome is TransferOutcome.ANSWERED and self.telephone and not self.telephone.joined:
            outcome = TransferOutcome.DECLINED
        if self._result is not None and not self._result.done():
            self._result.set_result(outcome)
        return outcome

    async def ring(self, number: str, *, ring_s: float) -> AskedTelephone:
        """Returns the answered telephone, where the carrier asks for us.

        Raises:
            RingError: nobody took it, or the carrier brings nobody whom we could ask.
        """
        dialling = self._ordered(number, ring_s, asks=True) if self._carrier.asks else None
        if dialling is None:
            raise RingError(TransferOutcome.UNREACHABLE, f"{self._carrier.name} asks nobody")
        # It ends with the ringing, which ends when the telephone does or the carrier is late.
        ringing = asyncio.create_task(self._ring(dialling, ring_s + ASKED_S), name="asked")
        telephone = self.telephone = AskedTelephone(dialling.ask_url, lambda: _finished(ringing))
        try:
            await telephone.answered.wait()
        except asyncio.CancelledError:
            ringing.cancel()
            raise
        if telephone.closed.is_set():
            raise RingError(await ringing)
        return telephone

    async def join(self, leg: AskedTelephone, *, leave: bool = False) -> None:
        """Has the carrier join the caller; he leaves us for good."""
        del leave
        leg.join()
        self.ended(TransferOutcome.ANSWERED)

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        """Has the carrier ring `number`; None where it cannot."""
        if self._carrier.way is None:
            return None
        dialling = self._ordered(number, ring_s)
        if dialling is None:
            return TransferOutcome.UNREACHABLE
        if self._carrier.way == "hands over":
            self.handed_over = number
            return TransferOutcome.ANSWERED
        return await self._ring(dialling, ring_s)

    def _ordered(self, number: str, ring_s: float, *, asks: bool = False) -> Dialling | None:
        """Returns what the carrier is to do; None when it cannot ring that number."""
        if not DIALLABLE.fullmatch(number) or self._addresses is None:
            return None
        addresses, self.telephone = self._addresses(), None
        self.dialling = Dialling(
            number=number,
            ring_s=round(ring_s),
            dial_url=addresses.dial_url,
            result_url=addresses.result_url,
            stream_url=addresses.stream_url,
            ask_url=addresses.ask_url if asks else "",
        )
        return self.dialling

    async def _ring(self, dialling: Dialling, within_s: float) -> TransferOutcome:
        self._result = asyncio.get_running_loop().create_future()
        self.away = True
        await self._transport.hold(held=True)
        outcome = TransferOutcome.FAILED
        try:
            if await self._carrier.put_through(self._call_id, dialling):
                outcome = await self._awaited(within_s)
            if outcome is not TransferOutcome.ANSWERED:
                await self._back()
            return outcome
        finally:
            self._result = None
            if self.telephone is not None:
                self.telephone.close()
            if outcome is not TransferOutcome.ANSWERED:  # else he is gone for good
                self.away = False
                await self._transport.hold(held=False)

    async def _awaited(self, within_s: float) -> TransferOutcome:
        assert self._result is not None
        try:
            async with asyncio.timeout(within_s + SLACK_S):
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


async def _finished(ringing: "asyncio.Task[TransferOutcome]") -> None:
    """Returns when a ringing that has been ended is over; one the carrier says no more of is."""
    await asyncio.wait([ringing], timeout=SLACK_S + BACK_S)
    ringing.cancel()
