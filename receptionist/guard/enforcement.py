"""Carries out what the gates of one call demand, one thing at a time."""

import asyncio

from loguru import logger

from guardrails.verdict import Action
from receptionist.guard.contract import Escalation, Floor
from receptionist.guard.orders import Order


class Enforcement:
    """Takes orders without waiting; `run` carries them out.

    While a person is being fetched nothing further is done, but for an emergency: it does not wait,
    and whatever the caller says during one is answered.
    """

    def __init__(self) -> None:
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._doing: asyncio.Task[None] | None = None
        self._urgent = False

    def order(self, order: Order) -> None:
        """Takes an order."""
        self._orders.put_nowait(order)

    async def run(self, escalation: Escalation, floor: Floor) -> None:
        """Carries out orders until it is cancelled; `floor` admits what could not be done."""
        async with asyncio.TaskGroup() as group:
            while True:
                order = await self._orders.get()
                busy = self._doing is not None and not self._doing.done()
                if busy and not order.urgent:
                    continue
                doing = group.create_task(
                    _carry_out(order, escalation, floor, self._given_up(busy)),
                    name=f"enforce {order.reason}",
                )
                if not (busy and self._urgent):
                    self._doing, self._urgent = doing, order.urgent

    def _given_up(self, busy: bool) -> "asyncio.Task[None] | None":
        """Returns what is under way and must end before an emergency; it is told to."""
        if not busy or self._urgent or self._doing is None:
            return None
        self._doing.cancel()
        return self._doing

    async def carry_out_all(self, escalation: Escalation, floor: Floor) -> None:
        """Carries out what has been ordered so far; for a call in writing."""
        while not self._orders.empty():
            await _carry_out(self._orders.get_nowait(), escalation, floor)


async def _carry_out(
    order: Order,
    escalation: Escalation,
    floor: Floor,
    after: "asyncio.Task[None] | None" = None,
) -> None:
    try:
        if after:
            await asyncio.wait({after})
        if order.urgent:
            await escalation.emergency(order.reason)
        elif order.verdict.action is Action.REFUSE:
            await escalation.refuse(order.verdict)
        else:
            await escalation.hand_off(order.reason, told=order.told)
    except Exception as error:
        logger.opt(exception=error).error(f"{order.reason!r} could not be dealt with")
        await floor.fault()
