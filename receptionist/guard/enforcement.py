"""Carries out what the gates of one call demand, one thing at a time."""

import asyncio

from loguru import logger

from guardrails.verdict import Action
from receptionist.guard.call_guard import Order
from receptionist.guard.contract import Escalation, Floor


class Enforcement:
    """Takes orders without waiting; `run` carries them out.

    While a person is being fetched nothing further is done, but for an emergency: it does not wait.
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
                urgent = order.verdict.action is Action.EMERGENCY
                if self._doing and not self._doing.done():
                    if self._urgent or not urgent:
                        continue
                    self._doing.cancel()
                self._urgent = urgent
                doing = _carry_out(order, escalation, floor)
                self._doing = group.create_task(doing, name=f"enforce {order.reason}")

    async def carry_out_all(self, escalation: Escalation, floor: Floor) -> None:
        """Carries out what has been ordered so far; for a call in writing."""
        while not self._orders.empty():
            await _carry_out(self._orders.get_nowait(), escalation, floor)


async def _carry_out(order: Order, escalation: Escalation, floor: Floor) -> None:
    try:
        if order.verdict.action is Action.EMERGENCY:
            await escalation.emergency(order.verdict)
        elif order.verdict.action is Action.REFUSE:
            await escalation.refuse(order.verdict)
        else:
            await escalation.hand_off(order.reason, told=order.told)
    except Exception as error:
        logger.opt(exception=error).error(f"{order.reason!r} could not be dealt with")
        await floor.fault()
