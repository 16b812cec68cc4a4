"""A tenant's request that changes something is read back, sent once, and known by its key."""

import asyncio
import json

import pytest

from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.tools.remote.counter import CANCEL, Counter, order_status
from tests.receptionist.tools.remote.service import Received, answering, serving, write

pytestmark = pytest.mark.integration


async def test_what_changes_something_is_read_back_and_sent_once(demo: TenantSnapshot) -> None:
    async with serving(answering({}, 200)) as service:
        counter = Counter(demo, order_status(service.url, **CANCEL), listed=(service.listed,))
        first = await counter.run("cancel_order", number="AB427", confirmed=True)
        assert first == {
            "outcome": "confirm",
            "spoken": "So I cancel order A B 4 2 7. Is that right?",
        }
        assert service.received == []
        counter.turn += 1
        done = await counter.run("cancel_order", number="AB427", confirmed=True)
        again = await counter.run("cancel_order", number="AB427", confirmed=True)
        assert done == again
        assert done["spoken"] == "Order A B 4 2 7 is cancelled."
        [request] = service.received
        assert json.loads(request.body) == {"order": "AB427", "note": "by telephone: AB427"}
        assert request.headers["idempotency-key"]
        await counter.close()


async def test_what_changes_something_follows_no_redirect_and_may_be_tried_again(
    demo: TenantSnapshot,
) -> None:
    async def moved(request: Received, writer: asyncio.StreamWriter) -> None:
        del request
        write(writer, status=307, headers={"Location": "/elsewhere"})

    async with serving(moved) as service:
        counter = Counter(demo, order_status(service.url, **CANCEL), listed=(service.listed,))
        await counter.run("cancel_order", number="AB427")
        counter.turn += 1
        for _ in range(2):
            result = await counter.run("cancel_order", number="AB427", confirmed=True)
            assert (result["outcome"], result["reason"]) == ("failed", "redirected")
            assert "whether" in result["spoken"] or "not sure" in result["spoken"]
        assert len({request.headers["idempotency-key"] for request in service.received}) == 1
        assert len(service.received) == 2
        await counter.close()
