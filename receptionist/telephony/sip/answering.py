"""Takes a call: 200 OK, and the ACK for it (RFC 3261, 13.3.1.4)."""

import asyncio
import errno
import os

from baresip import BaresipError, Call, Event, StackEvent, StaleHandleError

from receptionist.telephony.sip.contract import CallGoneError

ESTABLISH_S = 8.0
"""A caller whose ACK has not come by then is gone; his INVITE is sent again for so long."""
PRACK_S = 4.0
_AGAIN_S = 0.005


class Answering:
    """Takes one call.

    Args:
        native: The stack's own call.
        name: It is called so in errors.
    """

    def __init__(self, native: Call, name: str) -> None:
        self._native = native
        self._name = name
        self._began_s = 0.0
        self._ended: asyncio.Future[str] | None = None

    @property
    def unconfirmed_s(self) -> float:
        """For how long the caller's ACK has been awaited; 0 where none is."""
        if self._ended is None or self._ended.done():
            return 0.0
        return asyncio.get_running_loop().time() - self._began_s

    async def run(self) -> None:
        """Sends 200 OK and returns when the caller has confirmed it.

        Raises:
            CallGoneError: he has given up, or does not confirm it, or his line was needed.
        """
        loop = asyncio.get_running_loop()
        self._began_s, self._ended = loop.time(), loop.create_future()
        ended = self._ended
        self._native.on(self._heard)
        try:
            await self._send(ended)
            async with asyncio.timeout(ESTABLISH_S):
                why_not = await ended
        except TimeoutError:
            why_not = f"no ACK has come within {ESTABLISH_S:g} s"
        except StaleHandleError as error:
            raise CallGoneError(f"{self._name} was given up before it was answered.") from error
        except BaresipError as error:
            raise CallGoneError(f"{self._name} was not established: {error}") from error
        finally:
            self._native.off(self._heard)
            self._ended = None
        if why_not:
            raise CallGoneError(f"{self._name} was not established: {why_not}")

    def give_up(self) -> None:
        """Waits no longer; whoever answers ends the call then."""
        self._end("no ACK has come, and its line is needed")

    def _heard(self, event: StackEvent) -> None:
        if event.event is Event.CALL_ESTABLISHED:
            self._end("")
        elif event.event is Event.CALL_CLOSED:
            self._end(event.text or "it is closed")

    def _end(self, why_not: str) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(why_not)

    async def _send(self, ended: asyncio.Future[str]) -> None:
        """Sends 200 OK, after the PRACK for our 180 where the caller sends one (RFC 3262)."""
        until_s = self._began_s + PRACK_S
        while not ended.done():
            try:
                return await self._native.answer()
            except StaleHandleError:
                raise
            except BaresipError as error:
                late = asyncio.get_running_loop().time() > until_s
                if late or not str(error).endswith(os.strerror(errno.EAGAIN)):
                    raise
            await asyncio.sleep(_AGAIN_S)
