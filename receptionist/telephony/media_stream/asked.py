"""Somebody whom Twilio rings and who is asked, in its words, whether he takes the call.

TwiML says what happens on his telephone; when it says no more, the caller is joined to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from xml.sax.saxutils import escape, quoteattr

from receptionist.handoff.contract import Heard

SPOKEN_S = 30.0
"""A brief lasts 15 s at most."""
_LOCALES = {
    "en": "en-GB",
    "it": "it-IT",
    "es": "es-ES",
    "fr": "fr-FR",
    "de": "de-DE",
    "pt": "pt-PT",
}


class AskedTelephone:
    """His telephone (a `handoff.contract.Leg`).

    Args:
        url: Where Twilio asks what happens next.
        over: Returns when the ringing is over, and the caller back unless he was joined.

    Attributes:
        answered: Set when somebody has answered, or nobody will.
        joined: The caller has been joined to it.
    """

    def __init__(self, url: str, over: Callable[[], Awaitable[object]]) -> None:
        self.rate_hz = 8000
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.answered = asyncio.Event()
        self.joined = False
        self._url = url
        self._over = over
        self._said = ""
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._next: asyncio.Queue[str] = asyncio.Queue()

    async def next(self, fields: Mapping[str, str]) -> str:
        """Takes what was heard there; returns the verbs of what happens next."""
        if self.answered.is_set():
            words, key = fields.get("SpeechResult", ""), fields.get("Digits", "")[:1]
            self._heard.put_nowait(Heard(words=words, key=key))
        self.answered.set()
        return await self._next.get()

    async def say(self, text: str, language: str) -> None:
        """Speaks `text` with what happens next."""
        locale = _LOCALES.get(language, language)
        self._said += f'<Say language="{locale}">{escape(text)}</Say>'

    async def hear(self, timeout_s: float, language: str) -> Heard:
        """Listens until something was said or pressed, `timeout_s` after the last word at most."""
        self._then(
            f'<Gather input="dtmf speech" numDigits="1" timeout="{round(timeout_s)}"'
            f' speechTimeout="auto" language="{_LOCALES.get(language, language)}"'
            f' actionOnEmptyResult="true" action={quoteattr(self._url)}>{self._said}</Gather>'
        )
        try:
            async with asyncio.timeout(SPOKEN_S + timeout_s):
                return await self._heard.get()
        except TimeoutError:
            return Heard()

    def join(self) -> None:
        """Joins the caller."""
        self.joined = True
        self._then(self._said)

    async def hang_up(self) -> None:
        """Hangs up unless the caller was joined, and waits for the end of the ringing."""
        if not self.joined:
            self._then(f"{self._said}<Hangup/>")
        await self._over()

    def close(self) -> None:
        """The ringing is over."""
        self.closed.set()
        self.answered.set()
        self._heard.put_nowait(Heard())
        self._next.put_nowait("<Hangup/>")

    def _then(self, verbs: str) -> None:
        self._said = ""
        self._next.put_nowait(verbs)
