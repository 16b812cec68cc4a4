"""Events reach every sink in order, whatever another sink does."""

import asyncio

import pytest

from eval.clock import run_virtual
from receptionist.calls.delivery import DRAIN_S, EventDelivery
from receptionist.calls.events import CallerHeard, CallEvent, CallSink

pytestmark = pytest.mark.unit

EVENTS = [CallerHeard(text=str(number)) for number in range(20)]


def delivered(*broken: CallSink) -> tuple[list[CallEvent], float]:
    """Returns what a sound sink behind `broken` ones received, and how long it all took."""
    received: list[CallEvent] = []

    async def sound(event: CallEvent) -> None:
        received.append(event)

    async def main() -> float:
        delivery = EventDelivery([*broken, sound])
        for event in EVENTS:
            delivery.emit(event)
        delivery.close()
        began_s = asyncio.get_running_loop().time()
        await delivery.run()
        return asyncio.get_running_loop().time() - began_s

    took_s = run_virtual(main())
    return received, took_s


def test_events_come_in_order() -> None:
    assert delivered()[0] == EVENTS


def test_a_sink_that_fails_loses_only_its_own() -> None:
    async def fails(event: CallEvent) -> None:
        raise OSError("disk full")

    assert delivered(fails)[0] == EVENTS


def test_a_sink_that_hangs_is_left_behind() -> None:
    async def hangs(event: CallEvent) -> None:
        await asyncio.Event().wait()

    received, took_s = delivered(hangs)
    assert received == EVENTS
    assert took_s == pytest.approx(DRAIN_S)
