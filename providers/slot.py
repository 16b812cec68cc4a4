"""The place of one engine in a running call: another service can be put in it at any moment.

::

    … → slot → …          slot = ServiceSlot(engine.service(options))
          │ ▲             await slot.put(other_engine.service(other_options))
        service

A slot costs no task and no queue: frames are handed to the service it holds, and what the service
pushes, either way, leaves from the slot. It works for any pipecat service.
"""

import asyncio
import copy
from collections.abc import Awaitable, Callable

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import (
    FrameCallback,
    FrameDirection,
    FrameProcessor,
    FrameProcessorSetup,
)

START_S = 2.0
"""A service that has not started by then is not put into a call."""
DRAIN_S = 8.0
"""A service that has not said its last by then is cut off."""

_TOLD_WHILE_LEAVING = (BotStartedSpeakingFrame, BotStoppedSpeakingFrame)
"""A voice that finishes a sentence may wait until it has been heard."""


class Seat:
    """A service set between two edges, so that whatever it pushes goes to `leave`.

    It need not be part of a pipeline's list of processors.

    Args:
        service: Any processor.
        leave: Takes what it pushes, with this seat.

    Attributes:
        muted: What the service pushes is dropped.
    """

    def __init__(
        self,
        service: FrameProcessor,
        leave: Callable[["Seat", Frame, FrameDirection], Awaitable[None]],
    ) -> None:
        self.service = service
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self.muted = False
        self._leave = leave
        edge = _Edge(self)
        edge.link(service)
        service.link(edge)

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Sets the service up."""
        await self.service.setup(setup)

    async def start(self, frame: StartFrame) -> None:
        """Gives the service its own StartFrame; returns when it has started.

        Raises:
            TimeoutError: it does not start.
        """
        await self.service.queue_frame(copy.copy(frame))
        async with asyncio.timeout(START_S):
            await self.started.wait()

    async def end(self, *, gently: bool) -> None:
        """Ends the service, after what it has to do if `gently`, and frees it."""
        try:
            await self.service.queue_frame(EndFrame() if gently else CancelFrame())
            async with asyncio.timeout(DRAIN_S if gently else START_S):
                await self.ended.wait()
        except TimeoutError:
            logger.warning(f"{self.service.name} did not end in time")
        await self.service.cleanup()

    async def left(self, frame: Frame, direction: FrameDirection) -> None:
        """Takes a frame the service pushed."""
        if isinstance(frame, StartFrame):
            self.started.set()
        elif isinstance(frame, EndFrame | CancelFrame):
            self.ended.set()
        if not self.muted:
            await self._leave(self, frame, direction)


class _Edge(FrameProcessor):
    """What a seated service takes for its neighbour, on both sides."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(enable_direct_mode=True)
        self._seat = seat

    async def queue_frame(
        self,
        frame: Frame,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        callback: FrameCallback | None = None,
    ) -> None:
        """Hands the frame to the seat at once."""
        del callback
        await self._seat.left(frame, direction)


class ServiceSlot(FrameProcessor):
    """Holds the service of one slot.

    Args:
        service: The first one; set up, started and ended with the pipeline.
    """

    def __init__(self, service: FrameProcessor) -> None:
        super().__init__(enable_direct_mode=True)
        self._seat = Seat(service, self._leave)
        self._leaving: Seat | None = None
        self._told: set[int] = set()
        self._start: StartFrame | None = None
        self._over = False
        self._putting = asyncio.Lock()

    @property
    def service(self) -> FrameProcessor:
        """The service in use."""
        return self._seat.service

    async def put(self, service: FrameProcessor, *, drain: bool = False) -> None:
        """Puts `service` in the place of the one in use, which is ended and freed.

        The new one is set up and started first; from then on every frame goes to it. Nothing of
        the start of the one or the end of the other leaves the slot. Returns when the old one is
        gone: code that runs inside the old one (a tool) must do this in a task of its own.
        In a call that is ending, nothing happens.

        Args:
            service: A new one, in no pipeline.
            drain: Let the old one finish what it was given, and what it pushes leave the slot; the
                new one's data frames wait for that. Otherwise, or when the caller interrupts, it
                is cut off. Tools a brain runs are not waited for: put another when they have ended.

        Raises:
            TimeoutError: `service` does not start; the old one stays.
        """
        async with self._putting:
            if self._over:
                return
            seat = Seat(service, self._leave)
            if self._start is None:
                await self._put_before_start(seat)
            elif await self._started(seat):
                await self._change(seat, drain=drain)

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Sets the service up."""
        await super().setup(setup)
        await self._seat.setup(setup)

    async def cleanup(self) -> None:
        """Frees the service."""
        await super().cleanup()
        await self._seat.service.cleanup()
        if self._leaving:
            await self._leaving.service.cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hands the frame to the service in use."""
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._start = frame
        elif isinstance(frame, EndFrame | CancelFrame):
            self._over = True
        if self._leaving:
            await self._tell_leaving(self._leaving, frame, direction)
        await self._seat.service.queue_frame(frame, direction)

    async def _tell_leaving(self, old: Seat, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InterruptionFrame):
            old.muted = True
            old.ended.set()
        elif isinstance(frame, _TOLD_WHILE_LEAVING):
            self._told.add(frame.id)
            await old.service.queue_frame(frame, direction)

    async def _leave(self, seat: Seat, frame: Frame, direction: FrameDirection) -> None:
        """Lets out what the seated service pushes, and the last of the one that leaves."""
        is_lifecycle = isinstance(frame, StartFrame | EndFrame | CancelFrame)
        if seat is self._seat or not (is_lifecycle or frame.id in self._told):
            await self.push_frame(frame, direction)

    async def _put_before_start(self, seat: Seat) -> None:
        old, self._seat = self._seat, seat
        if self._setup:
            await seat.setup(self._setup)
            await old.service.cleanup()

    async def _started(self, seat: Seat) -> bool:
        """Sets up and starts a service; False when the call ends meanwhile."""
        assert self._start
        try:
            await seat.setup(self.processor_setup)
            await seat.start(self._start)
        except BaseException:
            await seat.service.cleanup()
            raise
        if self._over:
            await seat.service.cleanup()
        return not self._over

    async def _change(self, seat: Seat, *, drain: bool) -> None:
        if drain:
            await seat.service.pause_processing_frames()
        old, self._seat = self._seat, seat
        old.muted = not drain
        self._leaving = old
        try:
            await old.end(gently=drain)
        finally:
            old.muted = True
            self._leaving = None
            self._told.clear()
            if drain:
                await seat.service.resume_processing_frames()
