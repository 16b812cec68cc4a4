"""Lets nobody play what callers say: it is read from the call as it was decoded.

The stack gives each call a thread that plays what is heard, though to nobody. When a call ends, all
calls wait for that thread, for up to 20 ms, and then for the next: half of the time that a caller
waited who called as others hung up. A stack without players gives a call no such thread.
"""

import ctypes

from loguru import logger

from receptionist.telephony.sip.stack import function, tried


def take_off() -> None:
    """Takes the players off a stack that runs, and has no call yet."""
    if not tried():
        logger.debug("each call has a player: this stack has not been tried without")
        return
    players = function("baresip_auplayl", ctypes.c_void_p)
    # They are still the stack's, which frees them when it ends.
    function("list_clear", None, ctypes.c_void_p)(players())
