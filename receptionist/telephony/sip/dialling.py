"""Rings telephones: from the INVITE to the answer, or to its end."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

from baresip import BaresipError, Call, CallState, Event, Runtime, StackEvent, UserAgent

from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.contract import DialError, DialOutcome, Invitation, SipError
from receptionist.telephony.sip.outcomes import dial_error

HEARD_OF_S = 1.0
"""An exchange has said by then that it is trying."""
_OURS = (Event.CALL_OUTGOING, Event.CALL_LOCAL_SDP)
"""What the stack tells of a call it makes before anybody has answered in any way."""

DialProgress = Literal["ringing", "early_media"]
"""What is known before somebody answers: his telephone rings, or his exchange is heard."""


class Dialling:
    """Rings telephones by one stack.

    Args:
        runtime: The running stack.
        agent_of: Gives who calls a URI.
        known: Takes a call that was placed among those of this process.
    """

    def __init__(
        self,
        runtime: Runtime,
        agent_of: Callable[[str], UserAgent],
        known: Callable[[Call, Invitation], BaresipCall],
    ) -> None:
        self._runtime = runtime
        self._agent_of = agent_of
        self._known = known

    async def dial(
        self,
        to: str,
        uri: str,
        headers: Mapping[str, str],
        *,
        ring_s: float,
        progress: Callable[[DialProgress], None],
    ) -> BaresipCall:
        """Calls `uri`, which is that of `to`, and returns the answered call.

        A name is looked up by the stack meanwhile, and nobody waits for that.

        Raises:
            DialError: nobody took it.
        """
        heard_of = asyncio.Event()

        def heard(event: StackEvent) -> None:
            if event.event not in _OURS:
                heard_of.set()
            if event.event is Event.CALL_RINGING:
                progress("ringing")
            elif event.event is Event.CALL_PROGRESS:
                progress("early_media")

        # The telephone rings from now on: whoever gives up meanwhile must know which call to end.
        placing = asyncio.create_task(self._placed(to, uri, headers, heard))
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

    async def _placed(
        self, to: str, uri: str, headers: Mapping[str, str], heard: Callable[[StackEvent], None]
    ) -> BaresipCall:
        """Sends an INVITE; its call knows of every answer, however soon that came."""
        soon = list[StackEvent]()
        self._runtime.subscribe(soon.append)
        try:
            native = await self._agent_of(uri).dial(uri, dict(headers))
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


async def _give_up(call: BaresipCall, heard_of: asyncio.Event) -> None:
    """Stops ringing.

    Without an answer of any kind there is nothing to cancel (RFC 3261, 9.1): the stack would forget
    the call, and the telephone would ring on.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARD_OF_S):
            await heard_of.wait()
    await call.hang_up()
