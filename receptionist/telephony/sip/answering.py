"""Takes a call: 200 OK, and the ACK for it (RFC 3261, 13.3.1.4)."""

import asyncio
import errno
import os

from baresip import BaresipError, Call, CallState, StaleHandleError

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
        self._patience: asyncio.Timeout | None = None

    @property
    def unconfirmed_s(self) -> float:
        """For how long the caller's ACK has been awaited; 0 where none is."""
        waits = self._patience is not None and self._native.state is CallState.INCOMING
        return asyncio.get_running_loop().time() - self._began_s if waits else 0.0

    async def run(self) -> None:
        """Sends 200 OK and returns when the caller has confirmed it.

        Raises:
            CallGoneError: he has given up, or does not confirm it, or his line was needed.
        """
        self._began_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(None) as self._patience:
                await self._send()
                await self._native.wait_established(ESTABLISH_S)
        except TimeoutError:
            raise CallGoneError(f"{self._name} was not confirmed, and its line needed.") from None
        except StaleHandleError as error:
            raise CallGoneError(f"{self._name} was given up before it was answered.") from error
        except BaresipError as error:
            raise CallGoneError(f"{self._name} was not established: {error}") from error
        finally:
            self._patience = None

    def give_up(self) -> None:
        """Waits no longer; whoever answers ends the call then."""
        if self._patience is not None:
            patience, self._patience = self._patience, None
            patience.reschedule(0)

    async def _send(self) -> None:
        """Sends 200 OK, after the PRACK for our 180 where the caller sends one (RFC 3262)."""
        until_s = asyncio.get_running_loop().time() + PRACK_S
        while True:
            try:
                return await self._native.answer()
            except StaleHandleError:
                raise
            except BaresipError as error:
                late = asyncio.get_running_loop().time() > until_s
                if late or not str(error).endswith(os.strerror(errno.EAGAIN)):
                    raise
            await asyncio.sleep(_AGAIN_S)
