"""The SIP stack of this process: baresip, in its own threads.

There is one for the whole process, and once it has died only a new process gets another.
"""

import asyncio
import atexit
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, Self
from urllib.parse import quote

from baresip import (
    Account,
    BaresipError,
    Call,
    CallState,
    Event,
    RegistrationError,
    Runtime,
    StackEvent,
    UserAgent,
)
from loguru import logger

from receptionist.telephony.sip import native_log, players
from receptionist.telephony.sip.account import SipAccount
from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.configuration import (
    account_of,
    config_of,
    registered_account,
)
from receptionist.telephony.sip.contract import (
    DialError,
    DialOutcome,
    EndpointOptions,
    Invitation,
    SipCall,
    SipError,
    SipHealth,
)
from receptionist.telephony.sip.headers import OURS, invitation
from receptionist.telephony.sip.listening import check
from receptionist.telephony.sip.outcomes import dial_error
from receptionist.telephony.sip.refusal import Refusals
from receptionist.telephony.sip.registration import registered
from receptionist.telephony.sip.stack import native

HEARD_OF_S = 1.0
"""An exchange has said by then that it is trying."""
STUCK_S = 3.0
_TRANSPORTS: tuple[Literal["udp"], Literal["tcp"]] = ("udp", "tcp")
_OURS = (Event.CALL_OUTGOING, Event.CALL_LOCAL_SDP)
"""What the stack tells of a call it makes before anybody has answered in any way."""

DialProgress = Literal["ringing", "early_media"]
"""What is known before somebody answers: his telephone rings, or his exchange is heard."""


class BaresipEndpoint:
    """Answers and dials; see `SipEndpoint`. Made by `opened`.

    Attributes:
        stuck: Calls are left that nobody can end: the process must end without freeing the stack.
    """

    def __init__(self, runtime: Runtime, options: EndpointOptions) -> None:
        self.options = options
        self.stuck = False
        self._runtime = runtime
        self._agents: dict[str, UserAgent] = {}
        self._refusals = Refusals(runtime) if Refusals.possible() else None
        self._arrived: asyncio.Queue[SipCall | None] = asyncio.Queue()
        self._calls: set[BaresipCall] = set()

    @classmethod
    async def start(cls, options: EndpointOptions) -> Self:
        """Starts the stack.

        Raises:
            AddressError: the address must not be used, or is taken.
            SipError: the stack does not start.
        """
        check(options.listening)
        runtime = Runtime()
        try:
            await runtime.start(config_of(options))
            players.take_off()
            endpoint = cls(runtime, options)
            for transport in _TRANSPORTS:
                # An INVITE that comes by another transport than an account's finds nobody.
                await endpoint._listen(transport)
        except BaresipError as error:
            raise SipError(f"The SIP stack does not start: {error}") from error
        return endpoint

    # --- calls ------------------------------------------------------------------------------

    @property
    def incoming(self) -> AsyncIterator[SipCall]:
        """Callers, as they come."""
        return self._incoming()

    async def _incoming(self) -> AsyncGenerator[SipCall]:
        while (call := await self._arrived.get()) is not None:
            yield call

    def uri(self, to: str) -> str:
        """Returns the SIP URI of a number or user."""
        if to.startswith(("sip:", "sips:")):
            return to
        # A caller's number is his own word, and no part of the address may come of it.
        user = quote(to, safe="+*-._~!")
        return f"sip:{user}@{self.options.outbound or self.options.listening.address}"

    async def dial(
        self,
        to: str,
        *,
        ring_s: float,
        caller_id: str = "",
        progress: Callable[[DialProgress], None] = lambda _: None,
    ) -> SipCall:
        """Calls `to` and returns the answered call.

        Raises:
            DialError: nobody took it.
        """
        headers = {OURS: "1"}  # a call that is sent back to us is known by it
        if caller_id:
            headers["P-Asserted-Identity"] = f"<{self.uri(caller_id)}>"
        heard_of = asyncio.Event()

        def heard(event: StackEvent) -> None:
            if event.event not in _OURS:
                heard_of.set()
            if event.event is Event.CALL_RINGING:
                progress("ringing")
            elif event.event is Event.CALL_PROGRESS:
                progress("early_media")

        # The telephone rings from now on: whoever gives up meanwhile must know which call to end.
        placing = asyncio.create_task(self._placed(to, headers, heard))
        try:
            call = await asyncio.shield(placing)
            try:
                await call.native.wait_established(ring_s)
                await call.media_ready()
            except (BaresipError, SipError) as error:
                await call.hang_up()
                raise dial_error(to, error) from error
        except asyncio.CancelledError:
            with suppress(DialError):
                await _give_up(await placing, heard_of)
            raise
        return call

    async def register(self, account: SipAccount) -> asyncio.Event:
        """Makes the user of `account` reachable here; the stack renews it.

        Raises:
            SipError: the registrar refuses, or does not answer.
        """
        try:
            if account.registrar not in self._agents:
                self._agents[account.registrar] = await self._agent(registered_account(account))
            return await registered(self._runtime, self._agents[account.registrar])
        except RegistrationError as error:
            why = f"{error.status} {error.reason}" if error.status else str(error)
            raise SipError(f"{account!r} is not registered: {why}") from error
        except (BaresipError, ValueError) as error:
            raise SipError(f"{account!r} cannot be registered: {error}") from error

    # --- its end ----------------------------------------------------------------------------

    async def drain(self) -> None:
        """Takes no new calls; returns when the last has ended."""
        try:
            await self._runtime.drain()
        except BaresipError as error:
            raise SipError(f"The SIP stack does not drain: {error}") from error

    async def health(self) -> SipHealth:
        """Returns whether it can still take calls."""
        draining = self._runtime.draining
        try:
            _, payload = await self._runtime.cmd(native.lib.BP_CMD_CALL_COUNT, timeout=1.0)
        except BaresipError as error:
            logger.error(f"the SIP stack does not answer: {error}")
            return SipHealth(alive=False, draining=draining, calls=len(self._calls))
        calls = int(json.loads(payload)["calls"])
        leaked = max(0, calls - len(self._calls))
        return SipHealth(alive=True, draining=draining, calls=calls, leaked=leaked)

    async def close(self) -> None:
        """Ends every call and frees the stack, unless it holds calls that cannot be ended."""
        for call in list(self._calls):
            await call.hang_up()
        self._arrived.put_nowait(None)
        try:
            async with asyncio.timeout(STUCK_S):
                await self._runtime.drain()
            await self._runtime.close()
        except (TimeoutError, BaresipError) as error:
            # Freeing a stack with calls nobody can reach damages the heap; the end of the process
            # frees it as well, and without the package's own attempt.
            self.stuck = True
            runtime: Any = self._runtime
            atexit.unregister(runtime._forced_teardown)
            logger.error(f"the SIP stack is left as it is, with calls in it: {error!r}")

    # --- inside -----------------------------------------------------------------------------

    async def _listen(self, transport: Literal["udp", "tcp"]) -> None:
        self._agents[transport] = await self._agent(account_of(self.options, transport))

    async def _agent(self, account: Account) -> UserAgent:
        # Whoever calls may not make us call somebody else.
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        agent.on_incoming(self._invited)
        return agent

    async def _placed(
        self, to: str, headers: dict[str, str], heard: Callable[[StackEvent], None]
    ) -> BaresipCall:
        """Sends an INVITE; its call knows of every answer, however soon that came."""
        uri, soon = self.uri(to), list[StackEvent]()
        self._runtime.subscribe(soon.append)
        try:
            # Who has registered has a password, should one be asked for.
            agent = self._agents.get(uri.rpartition("@")[2], self._agents["udp"])
            native = await agent.dial(uri, headers)
            call = self._known(native, Invitation(call_id=native.call_id or uri, called=to))
            native.on(heard)
            # The package makes the call when its command has ended; a quick answer came before.
            late: Any = native
            for event in soon:
                if event.call == native.handle and native.state is CallState.OUTGOING:
                    late._on_stack_event(event)
        except (BaresipError, ValueError) as error:
            raise DialError(DialOutcome.FAILED, f"{to!r} was not dialled: {error}") from error
        finally:
            self._runtime.unsubscribe(soon.append)
        return call

    def _invited(self, native: Call) -> None:
        behind_edge = self.options.listening.behind_edge
        says = invitation(native.call_id or "", native.headers, trusted=behind_edge)
        self._arrived.put_nowait(self._known(native, says))

    def _known(self, native: Call, says: Invitation) -> BaresipCall:
        call = BaresipCall(native, says, self._refusals)
        if not call.closed.is_set():
            self._calls.add(call)

        def forget(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                self._calls.discard(call)

        native.on(forget)
        return call


async def _give_up(call: BaresipCall, heard_of: asyncio.Event) -> None:
    """Stops ringing.

    Without an answer of any kind there is nothing to cancel (RFC 3261, 9.1): the stack would forget
    the call, and the telephone would ring on.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARD_OF_S):
            await heard_of.wait()
    await call.hang_up()


@asynccontextmanager
async def opened(options: EndpointOptions) -> AsyncGenerator[BaresipEndpoint]:
    """Yields a running stack; it is freed with the block.

    Raises:
        AddressError: the address must not be used, or is taken.
        SipError: the stack does not start.
    """
    handler = native_log.listen()
    try:
        endpoint = await BaresipEndpoint.start(options)
        try:
            yield endpoint
        finally:
            await endpoint.close()
    finally:
        native_log.leave(handler)
