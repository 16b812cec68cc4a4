"""How a SIP caller reaches other telephones: rung, joined, or handed over by REFER."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from receptionist.calls.speech import EnginesIn
from receptionist.handoff.contract import RingError
from receptionist.handoff.transfers import Transfers
from receptionist.supervisor import Supervisor
from receptionist.telephony.sip.bridge import bridge
from receptionist.telephony.sip.contract import Calling, DialError, SipCall, SipEndpoint
from receptionist.telephony.sip.leg import SipLeg
from receptionist.tools.contract import TransferOutcome

TAKEN_OVER_S = 5.0
"""Caller and person wait in silence while the caller's telephone takes our place."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """What lets a caller be put through.

    Attributes:
        call: The caller's.
        tasks: Of the call; it is not over while one of them runs.
    """

    call: SipCall
    tasks: asyncio.TaskGroup


class SipDialler:
    """The way from one SIP call to other telephones; a `handoff.contract.Dialler`.

    Args:
        endpoint: Dials.
        on_call: The caller.
        engines_in: Gives voice and ears of a language, for whoever is rung.
        reaches_numbers: There is an edge or a PBX that knows numbers and extensions.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        on_call: OnCall,
        engines_in: EnginesIn,
        *,
        reaches_numbers: bool,
    ) -> None:
        self._endpoint = endpoint
        self._on_call = on_call
        self._engines_in = engines_in
        self._reaches_numbers = reaches_numbers

    def knows(self, number: str) -> bool:
        """Returns whether `number` can be dialled from here at all."""
        return self._reaches_numbers or number.startswith(("sip:", "sips:"))

    async def ring(self, number: str, *, ring_s: float) -> SipLeg:
        """Returns the answered telephone.

        Raises:
            RingError: nobody took it.
        """
        if not self.knows(number):
            raise RingError(TransferOutcome.UNREACHABLE, "RECEPTIONIST_SIP_OUTBOUND is not set")
        caller_id, tasks = self._on_call.call.inbound.caller, self._on_call.tasks
        return await rung(self._endpoint, number, ring_s, caller_id, self._engines_in, tasks)

    async def join(self, leg: SipLeg, *, leave: bool = False) -> None:
        """Lets caller and person speak; returns when one of them has hung up, or we have left."""
        await leg.silence()
        if leave and await self._left(leg):
            return
        await bridge(self._on_call.call, leg.call)

    async def _left(self, leg: SipLeg) -> bool:
        """Has the caller's own telephone take our place (REFER with Replaces), where it does so."""
        outcome = await self._on_call.call.refer_replacing(leg.call, ring_s=TAKEN_OVER_S)
        if outcome is not TransferOutcome.ANSWERED:
            logger.info(f"{self._on_call.call!r} is joined here: {outcome or 'REFER is not known'}")
        return outcome is TransferOutcome.ANSWERED

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        """Has the caller's own exchange ring `number`; None where it cannot."""
        if not self.knows(number):
            return None
        return await self._on_call.call.refer(self._endpoint.uri(number), ring_s=ring_s)


async def rung(
    endpoint: Calling,
    number: str,
    ring_s: float,
    caller_id: str,
    engines_in: EnginesIn,
    tasks: asyncio.TaskGroup,
) -> SipLeg:
    """Returns the answered telephone of `number`.

    Raises:
        RingError: nobody took it.
    """
    try:
        call = await endpoint.dial(number, ring_s=ring_s, caller_id=caller_id)
    except DialError as error:
        raise RingError(error.outcome, str(error)) from error
    return SipLeg(call, engines_in, tasks)


def line_of_call(
    endpoint: SipEndpoint, supervisor: Supervisor
) -> Callable[[OnCall], Transfers | None]:
    """Returns what makes the way to people of each call; None where no number can be reached."""

    def make(on_call: OnCall) -> Transfers | None:
        if not supervisor.settings.sip_outbound:
            return None
        dialler = SipDialler(endpoint, on_call, supervisor.engines_in, reaches_numbers=True)
        return Transfers(dialler, supervisor.hourly)

    return make
