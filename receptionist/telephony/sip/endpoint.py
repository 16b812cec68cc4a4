"""The SIP stack of this process: baresip, in its own threads.

There is one for the whole process, and once it has died only a new process gets another.
"""

import asyncio
import atexit
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, Self
from urllib.parse import quote

from baresip import (
    Account,
    BaresipError,
    Call,
    Event,
    RegistrationError,
    Runtime,
    StackEvent,
    UserAgent,
)
from loguru import logger

from receptionist.telephony.sip import native_log, players
from receptionist.telephony.sip.account import Registration, SipAccount
from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.configuration import account_of, config_of, registered_account
from receptionist.telephony.sip.contract import (
    EndpointOptions,
    Invitation,
    SipCall,
    SipError,
    SipHealth,
)
from receptionist.telephony.sip.dialling import Dialling, DialProgress
from receptionist.telephony.sip.headers import OURS, invitation
from receptionist.telephony.sip.leaks import Leaks
from receptionist.telephony.sip.lines import Lines
from receptionist.telephony.sip.listening import check, widen
from receptionist.telephony.sip.refusal import Refusals
from receptionist.telephony.sip.registration import registered
from receptionist.telephony.sip.stack import native, tried
from receptionist.telephony.sip.stack_thread import StackThread

STUCK_S = 3.0
_TRANSPORTS: tuple[Literal["udp"], Literal["tcp"]] = ("udp", "tcp")


class BaresipEndpoint:
    """Answers and dials; see `SipEndpoint`. Made by `opened`.

    Attributes:
        stuck: Calls are left that nobody can end: the process must end without freeing the stack.
    """

    def __init__(self, runtime: Runtime, options: EndpointOptions) -> None:
        self.options = options
        self.stuck = False
        self._closed = False
        self._runtime = runtime
        self._agents: dict[str, UserAgent] = {}
        thread = StackThread(runtime) if tried() else None
        self._refusals = Refusals(thread) if thread else None
        self._leaks = Leaks(runtime, thread) if thread else None
        self._dialling = Dialling(runtime, self._agent_of, self._known)
        self._arrived: asyncio.Queue[SipCall | None] = asyncio.Queue()
        self._lines = Lines(options)

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
            widen(options.listening)
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
        return await self._dialling.dial(
            to, self.uri(to), headers, ring_s=ring_s, progress=progress
        )

    async def register(self, account: SipAccount) -> Registration:
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

    def make_room(self) -> bool:
        """Ends the call that waits longest for its caller's ACK; returns whether there is one."""
        return self._lines.make_room()

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
            return SipHealth(alive=False, draining=draining, calls=len(self._lines.calls))
        calls = int(json.loads(payload)["calls"])
        leaked = max(0, calls - len(self._lines.calls))
        return SipHealth(alive=True, draining=draining, calls=calls, leaked=leaked)

    async def keep_lines(self) -> None:
        """Ends calls that take a line for nothing, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lines.keep_some(), name="calls without an ACK")
            if self._leaks is not None:
                group.create_task(self._leaks.run(), name="calls the stack has forgotten")

    async def close(self) -> None:
        """Ends every call and frees the stack, unless it holds calls that cannot be ended."""
        if self._closed:
            return
        self._closed = True
        if self._leaks is not None:
            await self._leaks.end()
        for call in list(self._lines.calls):
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

    def _agent_of(self, uri: str) -> UserAgent:
        # Who has registered has a password, should one be asked for.
        return self._agents.get(uri.rpartition("@")[2], self._agents["udp"])

    def _invited(self, native: Call) -> None:
        behind_edge = self.options.listening.behind_edge
        says = invitation(native.call_id or "", native.headers, trusted=behind_edge)
        self._lines.one_more()
        self._arrived.put_nowait(self._known(native, says))

    def _known(self, native: Call, says: Invitation) -> BaresipCall:
        call = BaresipCall(native, says, self._refusals)
        if not call.closed.is_set():
            self._lines.calls.add(call)

        def forget(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                self._lines.calls.discard(call)

        native.on(forget)
        return call


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
        keeping = asyncio.create_task(endpoint.keep_lines(), name="lines")
        try:
            yield endpoint
        finally:
            keeping.cancel()
            await endpoint.close()
    finally:
        native_log.leave(handler)
