"""The calls of carriers: admitted by webhook, carried by streams, put through, and freed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from loguru import logger
from starlette.websockets import WebSocket

from receptionist.calls.plan import CallPlan, CallRequest
from receptionist.errors import BusyError, NotAllowedError, NotFoundError
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.media_stream.call import CarrierCall
from receptionist.telephony.media_stream.contract import (
    Arrival,
    Carrier,
    Opened,
    Reply,
    StreamError,
    Webhook,
)
from receptionist.telephony.media_stream.genesys import PROBE
from receptionist.telephony.media_stream.line import DIALLABLE, Addresses
from receptionist.telephony.media_stream.markup import response
from receptionist.telephony.media_stream.tickets import SpentOnce, Tickets
from receptionist.telephony.media_stream.wire import BUSY, NORMAL, POLICY, Wire, close, opening
from receptionist.telephony.router import Refusal, Route, line_of, route
from receptionist.tools.contract import TransferOutcome

CONNECT_S = 30.0
"""A carrier opens the stream within a second of the answer."""
RETURN_S = 180.0
"""A caller who is put through comes back when the ringing has ended."""
LONGEST_CALL_S = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """A stream that may be opened: of a call that is to begin, or one that goes on."""

    carrier: Carrier
    arrival: Arrival
    plan: CallPlan
    call: CarrierCall | None = None


class CarrierCalls:
    """The carriers' calls of this process.

    Args:
        supervisor: Answers them.
        group: Owns their tasks.
        carriers: By name.
        public_url: Where carriers reach this process.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        group: asyncio.TaskGroup,
        carriers: Mapping[str, Carrier],
        public_url: str,
    ) -> None:
        self._supervisor = supervisor
        self._group = group
        self._carriers = carriers
        self._public_url = public_url.rstrip("/")
        now_s = asyncio.get_running_loop().time
        self._expected = Tickets[_Expected](now_s, CONNECT_S)
        self._returning = Tickets[_Expected](now_s, RETURN_S)
        self._transfers = Tickets[CarrierCall](now_s, LONGEST_CALL_S)
        self._signed = SpentOnce()
        self._by_call: dict[tuple[str, str], str] = {}
        self._calls: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Returns the number of calls, those included whose stream is awaited."""
        return len(self._calls) + len(self._expected)

    def carrier(self, name: str) -> Carrier:
        """Returns the carrier of that name.

        Raises:
            NotFoundError: there is no account with it.
        """
        carrier = self._carriers.get(name)
        if carrier is None:
            raise NotFoundError(f"There is no account with a carrier {name!r}.")
        return carrier

    def public(self, path: str) -> str:
        """Returns the address of `path` as carriers see it."""
        return f"{self._public_url}{path}"

    def close(self) -> None:
        """Cancels every call that has not ended."""
        for task in self._calls:
            task.cancel()

    # --- webhooks ---------------------------------------------------------------------------

    async def arrive(self, carrier: Carrier, webhook: Webhook) -> Reply:
        """Answers a call; a webhook that tells another thing is only taken.

        Raises:
            NotAllowedError: the carrier has not sent it, or the tenant does not want the caller.
            BusyError: no further call can be taken, and the carrier may try elsewhere.
        """
        carrier.verify(webhook)
        arrival = carrier.arrival(webhook)
        if arrival is None or not carrier.by_webhook:
            return await carrier.told(webhook)
        try:
            plan = self._admit(carrier, arrival)
        except (BusyError, NotAllowedError):
            reply = await self._turned_away(carrier, arrival)
            if reply is None:
                raise
            return reply
        token = self._expected.issue(_Expected(carrier=carrier, arrival=arrival, plan=plan))
        self._by_call[carrier.name, arrival.call_id] = token
        return await carrier.answer(arrival, self._stream_url(carrier, token))

    def _admit(self, carrier: Carrier, arrival: Arrival) -> CallPlan:
        # A webhook that comes twice is one call: the stream it was given first is not opened.
        self._expected.withdraw(self._by_call.pop((carrier.name, arrival.call_id), ""))
        if len(self) >= self._supervisor.settings.max_calls:
            raise BusyError("All lines are busy; call again in a few minutes.")
        routed = self._routed(arrival)
        if isinstance(routed, Refusal):
            logger.info(f"{carrier.name}: a call is refused: {routed.reason}")
            raise NotAllowedError("This call is not answered.")
        return self._supervisor.plan(
            CallRequest(
                call_id=new_call_id(),
                channel="carrier",
                called=arrival.called,
                language=routed.language,
                caller=routed.caller,
            )
        )

    def _routed(self, arrival: Arrival, *, busy: bool = False) -> Route | Refusal:
        lines, now = [line_of(self._supervisor.snapshot)], datetime.now(UTC)
        # Whoever pays for the account has pointed every number of it here.
        return route(lines, arrival, now, busy=busy, any_number=True)

    async def _turned_away(self, carrier: Carrier, arrival: Arrival) -> Reply | None:
        """Returns what a caller gets who is not answered; None lets the carrier try elsewhere.

        While the process ends he is refused: another process takes him, not another number.
        """
        wanted = self._routed(arrival, busy=not self._supervisor.closing)
        if isinstance(wanted, Refusal) and DIALLABLE.fullmatch(wanted.redirect):
            return await carrier.send_on(arrival, wanted.redirect)
        return await carrier.refuse(arrival)

    def dial(self, carrier: Carrier, webhook: Webhook, token: str) -> Reply:
        """Tells a carrier that asks whom to ring."""
        call = self._transferring(carrier, webhook, token)
        if call.line.dialling is None:
            raise NotFoundError("Nobody is to be put through on this call.")
        return carrier.dial(call.line.dialling)

    async def ask(self, carrier: Carrier, webhook: Webhook, token: str) -> Reply:
        """Tells a carrier what happens next on the telephone of somebody who is asked."""
        telephone = self._transferring(carrier, webhook, token).line.telephone
        if telephone is None:
            raise NotFoundError("Nobody is asked on this call.")
        return response(await telephone.next(webhook.fields))

    def result(self, carrier: Carrier, webhook: Webhook, token: str) -> Reply:
        """Takes how the ringing ended; returns what happens to the caller."""
        call = self._transferring(carrier, webhook, token)
        outcome = carrier.result(webhook)
        if outcome is None:
            return carrier.nothing
        outcome = call.line.ended(outcome)
        dialling = call.line.dialling
        back = "" if outcome is TransferOutcome.ANSWERED or not dialling else dialling.stream_url
        return carrier.after(webhook, back)

    def _transferring(self, carrier: Carrier, webhook: Webhook, token: str) -> CarrierCall:
        carrier.verify(webhook)
        call = self._transfers.look_up(token)
        if call is None or call.carrier is not carrier:
            raise NotFoundError("This call is over, or has never been.")
        return call

    # --- streams ----------------------------------------------------------------------------

    async def stream(self, carrier: Carrier, token: str, socket: WebSocket) -> None:
        """Carries a call over the stream that `token` was issued for."""
        expected = self._expected.redeem(token) or self._returning.redeem(token)
        if expected is None or expected.carrier is not carrier:
            await close(socket, POLICY)
            return
        self._by_call.pop((carrier.name, expected.arrival.call_id), None)

        def awaited(opened: Opened) -> CarrierCall:
            if opened.arrival.call_id != expected.arrival.call_id:
                raise StreamError("the stream is of another call than it was asked for")
            return expected.call or self._begin(expected)

        await self._carry(carrier, socket, awaited)

    async def signed_stream(self, carrier: Carrier, webhook: Webhook, socket: WebSocket) -> None:
        """Carries a call over a stream whose request was signed."""
        try:
            if carrier.by_webhook:
                raise NotAllowedError("Streams of this carrier begin with a webhook.")
            carrier.verify(webhook)
            if not self._signed.spend(webhook.headers.get("signature", "")):
                raise NotAllowedError("This request was sent before.")
        except NotAllowedError as error:
            logger.warning(f"{carrier.name}: a stream is refused: {error}")
            await close(socket, POLICY)
            return
        await self._carry(carrier, socket, lambda opened: self._unannounced(carrier, opened))

    async def _carry(
        self, carrier: Carrier, socket: WebSocket, call_of: Callable[[Opened], CarrierCall | None]
    ) -> None:
        """Carries the call of a stream, once that has begun, and closes it."""
        await socket.accept()
        code = NORMAL
        try:
            opened, first = await opening(carrier, socket)
            wire, call = Wire(socket, carrier, opened, first), call_of(opened)
            await (call.carry(wire) if call else self._shake_hands(wire))
        except StreamError as error:
            logger.warning(f"{carrier.name}: a stream is closed: {error}")
            code = POLICY
        except (BusyError, NotAllowedError) as error:
            logger.warning(f"{carrier.name}: {error}")
            code = BUSY
        await close(socket, code)

    def _unannounced(self, carrier: Carrier, opened: Opened) -> CarrierCall | None:
        """Begins the call of a stream that no webhook has announced; None for a probe."""
        arrival = opened.arrival
        if arrival.call_id == PROBE:
            return None
        plan = self._admit(carrier, arrival)
        return self._begin(_Expected(carrier=carrier, arrival=arrival, plan=plan))

    async def _shake_hands(self, wire: Wire) -> None:
        """Answers a connector that only tries whether it is understood."""
        async for _ in wire.heard():
            pass

    def _begin(self, expected: _Expected) -> CarrierCall:
        """Begins a call."""
        carrier, arrival = expected.carrier, expected.arrival
        call = CarrierCall(self._supervisor, expected.plan, carrier, arrival)
        task = self._group.create_task(
            self._run(call), name=f"{carrier.name} call {call.plan.call_id}"
        )
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return call

    async def _run(self, call: CarrierCall) -> None:
        token = self._transfers.issue(call)
        way = self.public(f"/carriers/{call.carrier.name}/transfers/{token}")

        def addresses() -> Addresses:
            back = _Expected(carrier=call.carrier, arrival=call.arrival, plan=call.plan, call=call)
            return Addresses(
                dial_url=f"{way}/dial",
                result_url=f"{way}/result",
                ask_url=f"{way}/ask",
                stream_url=self._stream_url(call.carrier, self._returning.issue(back)),
            )

        call.line.reached_at(addresses)
        try:
            await call.run()
        finally:
            self._transfers.withdraw(token)

    def _stream_url(self, carrier: Carrier, token: str) -> str:
        address = self.public(f"/carriers/{carrier.name}/streams/{token}")
        return "ws" + address.removeprefix("http")
