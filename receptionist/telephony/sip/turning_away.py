"""What callers get who are not answered: a status, another number, or a few spoken words."""

import asyncio
from contextlib import suppress

from loguru import logger

from receptionist.supervisor import Supervisor
from receptionist.telephony.router import Refusal
from receptionist.telephony.sip.contract import SipCall, SipEndpoint
from receptionist.telephony.sip.leg import SipLeg

SPOKEN_AT_ONCE = 4
"""A process that is full has little left to speak with; further callers hear the tone."""
SPOKEN_S = 15.0
"""Longest such message, with the time to make it."""
RETRY_AFTER_S = 5


class TurningAway:
    """Turns callers away.

    Args:
        supervisor: Speaks for the tenant.
        endpoint: Knows how numbers are called from here.
    """

    def __init__(self, supervisor: Supervisor, endpoint: SipEndpoint) -> None:
        self._supervisor = supervisor
        self._endpoint = endpoint
        self._speaking = 0

    @property
    def speaking(self) -> int:
        """Calls that are answered only to be told why they are not taken."""
        return self._speaking

    async def refuse(self, call: SipCall, refusal: Refusal) -> None:
        """Does not take `call`; returns when that has been said."""
        if refusal.spoken and self._speaking < SPOKEN_AT_ONCE:
            await self._say(call, refusal)
        elif not refusal.redirect:
            await call.reject(refusal.sip_code, retry_after_s=refusal.retry_after_s)
        elif self._supervisor.settings.sip_outbound:
            await call.reject(refusal.sip_code, contact=self._endpoint.uri(refusal.redirect))
        else:
            # Nobody here knows which exchange reaches that number.
            await call.reject(503, retry_after_s=refusal.retry_after_s or RETRY_AFTER_S)

    async def _say(self, call: SipCall, refusal: Refusal) -> None:
        snapshot = self._supervisor.snapshot
        language = snapshot.language(refusal.language or snapshot.config.languages[0])
        text = snapshot.texts[language].session[refusal.spoken][0]
        self._speaking += 1
        try:
            await call.answer()
            with suppress(TimeoutError):
                async with asyncio.timeout(SPOKEN_S), asyncio.TaskGroup() as group:
                    leg = SipLeg(call, self._supervisor.engines_in, group)
                    await leg.say(text, language)
                    await leg.hang_up()
        finally:
            self._speaking -= 1
            logger.debug(f"{call!r} was told: {refusal.spoken}")
