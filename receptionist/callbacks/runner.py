"""Dials the callbacks that are due, one after the other, as long as the process serves."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from loguru import logger

from receptionist.callbacks.attempts import AttemptRepository
from receptionist.callbacks.dialling import (
    SIGN_OF_LIFE_S,
    Hindrance,
    NotDialledError,
    hindered,
)
from receptionist.callbacks.records import AttemptOutcome, AttemptRecord, CallbackRecord
from receptionist.errors import ReceptionistError, StorageError
from receptionist.tenants.snapshot import TenantSnapshot

LOOK_S = 15.0
"""How often it looks for what is due."""


class Line(Protocol):
    """Calls people."""

    async def call_back(self, callback: CallbackRecord, call_id: str) -> AttemptOutcome:
        """Calls whoever asked for `callback`; returns when that is over, and how it ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the runner knows of the process it runs in.

    Attributes:
        snapshot: Returns the tenant.
        free: Returns whether a line may be taken from callers.
        new_call_id: Returns an id for a call.
        countries: Those the operator allows; without any, every one.
    """

    snapshot: Callable[[], TenantSnapshot]
    free: Callable[[], bool]
    new_call_id: Callable[[], str]
    countries: Collection[str] = ()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CallbackRunner:
    """Dials what is due.

    Args:
        attempts: Keeps each try before it is made.
        line: Calls.
        office: The process.
        now: Tells the time.
    """

    def __init__(
        self,
        attempts: AttemptRepository,
        line: Line,
        office: Office,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._attempts = attempts
        self._line = line
        self._office = office
        self._now = now
        self._asked: asyncio.Queue[tuple[CallbackRecord, AttemptRecord]] = asyncio.Queue()
        self._in_trouble = False

    async def run(self) -> None:
        """Looks and dials until it is cancelled; a try that is cut off counts as interrupted."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._dial_asked(group), name="callbacks asked for")
            while True:
                await self.look()
                await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Dials what is due now."""
        try:
            for callback in await self._attempts.due(self._now()):
                try:
                    attempt = await self._claimed(callback)
                except NotDialledError as hindrance:
                    logger.debug(f"{hindrance}")
                else:
                    await self._dial(callback, attempt)
        except StorageError as error:
            if not self._in_trouble:
                logger.error(f"Nobody is called back: {error}")
            self._in_trouble = True
        except Exception as error:  # calls of others go on
            logger.opt(exception=error).error("callbacks could not be looked at")
        else:
            self._in_trouble = False

    async def dial(self, callback_id: str) -> AttemptRecord:
        """Begins a try that somebody asks for; pauses and the number of tries do not count.

        Raises:
            NotDialledError: why it is not.
            NotFoundError: there is no such callback.
            StorageError: it cannot be kept.
        """
        callback = await self._attempts.callback(callback_id)
        attempt = await self._claimed(callback, by_hand=True)
        self._asked.put_nowait((callback, attempt))
        return attempt

    async def _dial_asked(self, group: asyncio.TaskGroup) -> None:
        while True:
            group.create_task(self._dial(*await self._asked.get()), name="callback")

    async def _claimed(self, callback: CallbackRecord, *, by_hand: bool = False) -> AttemptRecord:
        office, now = self._office, self._now()
        snapshot = office.snapshot()
        why = hindered(callback, snapshot, now, countries=office.countries)
        if why is None and not office.free():
            why = Hindrance.LINES
        if why is not None:
            raise NotDialledError(callback.id, why)
        rules = snapshot.config.phone.callbacks
        call_id = office.new_call_id()
        return await self._attempts.claim(callback.id, call_id, rules, now, by_hand=by_hand)

    async def _dial(self, callback: CallbackRecord, attempt: AttemptRecord) -> None:
        outcome = AttemptOutcome.FAILED
        try:
            async with asyncio.TaskGroup() as group:
                living = group.create_task(self._live(attempt), name="sign of life")
                outcome = await self._line.call_back(callback, attempt.call_id)
                living.cancel()
        except Exception as error:
            logger.opt(exception=error).error(f"callback {callback.id!r} failed")
        logger.info(f"callback {callback.id!r}, try {attempt.number}: {outcome}")
        rules = self._office.snapshot().config.phone.callbacks
        try:
            await self._attempts.ended(attempt, outcome, rules, self._now())
        except ReceptionistError as error:
            logger.error(f"How callback {callback.id!r} ended is not kept: {error}")

    async def _live(self, attempt: AttemptRecord) -> None:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_S)
            try:
                await self._attempts.alive(attempt, self._now())
            except StorageError as error:
                logger.warning(f"{error}")
