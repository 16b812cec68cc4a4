"""What the chains of all slots share: several services, one of which is in use."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from loguru import logger
from pipecat.frames.frames import CancelFrame, EndFrame, Frame, InterruptionFrame, StartFrame
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessor,
    FrameProcessorSetup,
)

from providers.contracts import Engine, LoadContext
from providers.errors import ProviderError
from providers.fallback.frames import EngineChangedFrame
from providers.fallback.health import Health
from providers.slot import Seat
from providers.spec import ProviderSpec, Slot

LOCAL_TIMEOUT_MS = 5000
"""For engines of this process: a busy machine makes them slow, hardly anything makes them hang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One engine of a chain, as one call sees it.

    Attributes:
        health: What the process knows of it.
        make: Returns a new service of this call.
        timeout_s: Longest wait for its next sign of life while a caller waits.
    """

    health: Health
    make: Callable[[], FrameProcessor]
    timeout_s: float

    @property
    def name(self) -> str:
        """The engine's id."""
        return self.health.engine.spec.id


def member(health: Health, make: Callable[[], FrameProcessor], remote_timeout_ms: int) -> Member:
    """Returns `health` as a member; its time-out is the tenant's, else that of its kind."""
    spec, local = health.engine.spec, health.engine.capabilities.local
    timeout_ms = spec.timeout_ms or (LOCAL_TIMEOUT_MS if local else remote_timeout_ms)
    return Member(health=health, make=make, timeout_s=timeout_ms / 1000)


class Chain(Engine):
    """Engines in order of preference; an engine like each of them.

    Args:
        healths: The loaded engines, the preferred first; at least one.
    """

    def __init__(self, healths: Sequence[Health]) -> None:
        super().__init__(healths[0].engine.spec)
        self.healths = tuple(healths)
        self.capabilities = healths[0].engine.capabilities

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """A chain is made of engines that are loaded."""
        del context
        raise ProviderError("a chain is not loaded by itself.", provider=spec.id)


class ChainService(FrameProcessor):
    """Stands in a pipeline like a service and hands its frames to the one in use.

    A service is made when it is first needed and kept for the rest of the call.

    Args:
        members: The engines, the preferred first.
    """

    slot: ClassVar[Slot]
    passes_from_the_bench: ClassVar[tuple[type[Frame], ...]] = ()
    """What still leaves the chain when a service that is not in use pushes it."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(enable_direct_mode=True)
        self.members = tuple(members)
        self._seats: dict[int, Seat] = {}
        self._began: StartFrame | None = None
        self._has_started = False
        self._ending: EndFrame | None = None
        self._inside: set[int] = set()
        self._attending: asyncio.Task[None] | None = None
        self._at = self._first_admitted()
        self._seats[self._at] = Seat(self.members[self._at].make(), self._from)

    @property
    def in_use(self) -> Member:
        """The engine in use."""
        return self.members[self._at]

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Sets the service in use up."""
        await super().setup(setup)
        await self._seats[self._at].setup(setup)

    async def cleanup(self) -> None:
        """Frees all services of the call."""
        if self._attending:
            await self.cancel_task(self._attending)
            self._attending = None
        await super().cleanup()
        for seat in self._seats.values():
            await seat.service.cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hands a frame to the service in use."""
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._began = frame
            self._attending = self.create_task(self._attend(), f"{self.slot} chain")
        elif isinstance(frame, EndFrame):
            self._ending = frame
        elif isinstance(frame, CancelFrame) and self._attending:
            await self.cancel_task(self._attending)
            self._attending = None
        await self._give(frame, direction)

    # --- for the slots ----------------------------------------------------------------------

    @abstractmethod
    async def _attend(self) -> None:
        """Watches the service in use for as long as the call lasts."""

    async def _give(self, frame: Frame, direction: FrameDirection) -> None:
        """Takes a frame that came into the chain."""
        await self._service.queue_frame(frame, direction)

    async def _take(self, frame: Frame, direction: FrameDirection) -> None:
        """Takes a frame that the service in use pushed."""
        await self.push_frame(frame, direction)

    # --- changing ---------------------------------------------------------------------------

    @property
    def _service(self) -> FrameProcessor:
        return self._seats[self._at].service

    def _first_admitted(self) -> int:
        """Returns the first engine that may be given work; the last one always may."""
        admitted = (n for n, each in enumerate(self.members) if each.health.breaker.admits)
        return next(admitted, len(self.members) - 1)

    def _next_admitted(self, failed: set[int]) -> int | None:
        """Returns the first engine that has not failed at this work; None when all have."""
        left = [n for n in range(len(self.members)) if n not in failed]
        admitted = [n for n in left if self.members[n].health.breaker.admits]
        return admitted[0] if admitted else (left[-1] if left else None)

    async def _use(self, index: int) -> None:
        """Puts another service into use.

        Raises:
            Exception: whatever making or starting it raises.
        """
        if index not in self._seats:
            seat = Seat(self.members[index].make(), self._from)
            try:
                await seat.setup(self.processor_setup)
                if self._began:
                    await seat.start(self._began)
            except BaseException:
                await seat.service.cleanup()
                raise
            self._seats[index] = seat
        self._at = index
        if not self._service.is_usable:
            await self._service.set_usable(True)

    async def _replace(self, failed: set[int], reason: str) -> EngineChangedFrame | None:
        """Sets the service in use aside for the next; returns None when there is none left."""
        bad = self._at
        failed.add(bad)
        await self._hand(InterruptionFrame())
        while (index := self._next_admitted(failed)) is not None:
            self.members[index].health.breaker.begin()
            try:
                await self._use(index)
            except Exception as error:  # an engine that cannot even begin is like one that fails
                logger.warning(f"{self.members[index].name} cannot take over: {error!r}")
                self.members[index].health.failed()
                failed.add(index)
                continue
            return EngineChangedFrame(
                slot=self.slot,
                failed=self.members[bad].name,
                instead=self.in_use.name,
                reason=reason,
            )
        return None

    async def _hand(self, frame: Frame) -> None:
        """Gives the service in use a frame of the chain's own, which must not leave it."""
        self._inside.add(frame.id)
        await self._service.queue_frame(frame)

    async def _give_end(self) -> None:
        """Gives the end of the call to a service that came into use after it."""
        if self._ending:
            await self._service.queue_frame(self._ending)

    async def _from(self, seat: Seat, frame: Frame, direction: FrameDirection) -> None:
        if frame.id in self._inside:
            self._inside.discard(frame.id)
            return
        in_use = seat is self._seats.get(self._at)
        if isinstance(frame, StartFrame):
            if self._has_started:
                return
            self._has_started = True
            await self.push_frame(frame, direction)
        elif in_use:
            await self._take(frame, direction)
        elif isinstance(frame, self.passes_from_the_bench):
            await self.push_frame(frame, direction)
