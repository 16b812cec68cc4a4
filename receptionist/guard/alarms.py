"""Alarms: what a supervisor must know of now, sent beside the call and never in its way."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass

import httpx2
from loguru import logger

from receptionist.errors import ConfigurationError
from receptionist.tools.remote.guarded_http import HEADERS, GuardedTransport
from receptionist.tools.remote.reach import Reach, RefusedError

TRIES = 3
PAUSES_S = (1.0, 5.0)
"""Between the tries."""
TIMEOUT_S = 10.0
LEAVE_S = 5.0
"""A process that ends waits so long for alarms under way."""
_ANSWER_BYTES = 64_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What is sent; nothing the caller has said is in it.

    Attributes:
        call_id: Of the call; "" when it is about all of them.
        tenant: Who is called.
        category: `emergency`, `self_harm`, or `audit_log`: nothing can be proved, and people take
            the calls.
        language: ISO 639-1 language of the call; "" when it is about all of them.
        at: When, in UTC, ISO 8601.
    """

    call_id: str
    tenant: str
    category: str
    language: str
    at: str


Send = Callable[[Alarm], Awaitable[None]]
"""Sends an alarm once; raises when it has not arrived."""


def logged(alarm: Alarm) -> None:
    """Writes an alarm into the log."""
    language = f", in {alarm.language}" if alarm.language else ""
    logger.critical(f"ALARM {_named(alarm)} to {alarm.tenant!r}{language}, at {alarm.at}")


class Alarms:
    """Raises the alarms of a process.

    Args:
        send: Sends one; None logs them only.
    """

    def __init__(self, send: Send | None = None) -> None:
        self._send = send
        self._under_way: set[asyncio.Task[None]] = set()

    def __call__(self, alarm: Alarm) -> None:
        """Raises an alarm and returns at once."""
        logged(alarm)
        if self._send:
            task = asyncio.create_task(self._deliver(self._send, alarm), name="alarm")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Lets what is under way arrive, for a while."""
        if self._under_way:
            _, late = await asyncio.wait(set(self._under_way), timeout=LEAVE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, send: Send, alarm: Alarm) -> None:
        for left in range(TRIES - 1, -1, -1):
            try:
                await send(alarm)
                return
            except Exception as error:
                logger.error(f"the alarm {_named(alarm)} did not arrive: {error!r}")
            if left:
                await asyncio.sleep(PAUSES_S[TRIES - 1 - left])
        logger.critical(f"nobody was told of the alarm {_named(alarm)}")


class AlarmPost:
    """Posts alarms as JSON to an address of the operator.

    Args:
        url: https, or http to this machine.
        hosts: Further hosts and networks that may be reached (see `Reach`).

    Raises:
        ConfigurationError: the address may not be reached.
    """

    def __init__(self, url: str, hosts: Sequence[str] = ()) -> None:
        try:
            address = httpx2.URL(url)
            at_home = _is_loopback(address.host)
            reach = Reach([*hosts, address.netloc.decode("ascii")] if at_home else hosts)
            reach.check(address)
        except (httpx2.InvalidURL, RefusedError, ValueError) as error:
            raise ConfigurationError(
                f"RECEPTIONIST_ALARM_URL is {url!r}: {error}. Write an address that begins with"
                " https://, or http:// and a port of this machine."
            ) from None
        self._url = address
        transport = GuardedTransport(reach, max_bytes=_ANSWER_BYTES)
        self._client = httpx2.AsyncClient(
            transport=transport, headers=HEADERS, timeout=TIMEOUT_S, trust_env=False
        )

    async def __call__(self, alarm: Alarm) -> None:
        """Posts one alarm.

        Raises:
            httpx2.HTTPError: it was not taken.
        """
        answer = await self._client.post(self._url, json=asdict(alarm))
        answer.raise_for_status()

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


def open_alarms(url: str, hosts: Sequence[str], owned: AsyncExitStack) -> Alarms:
    """Returns what raises the alarms of a process.

    Args:
        url: Where they are posted; "" logs them only.
        hosts: Hosts of the operator's own.
        owned: Is given what must be closed.

    Raises:
        ConfigurationError: the address may not be reached.
    """
    post = AlarmPost(url, hosts) if url else None
    if post:
        owned.push_async_callback(post.close)
    alarms = Alarms(post)
    owned.push_async_callback(alarms.close)
    return alarms


def _named(alarm: Alarm) -> str:
    return f"{alarm.category}: {f'call {alarm.call_id}' if alarm.call_id else 'every call'}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
