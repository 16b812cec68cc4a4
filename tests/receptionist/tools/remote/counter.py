"""A call with a tenant's HTTP tools on it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers.secrets import SecretResolver
from receptionist.calls.events import ToolFinished
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner, offered
from receptionist.tools.remote.config import TenantTools
from receptionist.tools.remote.reach import Reach
from receptionist.tools.remote.tenant_tools import RemoteTools
from tests.receptionist.tools.remote.service import Service

SORRY = "I'm sorry, I can't look that up at the moment."


def order_status(url: str, **changed: Any) -> dict[str, Any]:
    tool: dict[str, Any] = {
        "name": "order_status",
        "description": "Tells where an order is.",
        "examples": {"en": ["where is my order", "has my parcel been sent"]},
        "arguments": [
            {
                "name": "number",
                "description": "The order number.",
                "type": "code",
                "ask": "What is the number of your order?",
            }
        ],
        "url": f"{url}/orders/{{number}}?lang=en",
        "answers": [
            {
                "when": {"/status": "sent"},
                "outcome": "sent",
                "fields": {"day": {"at": "/sent_at", "say": "date"}, "by": "/carrier/name"},
                "spoken": {
                    "en": "Order {number} was sent on {day}, by {by}.",
                    "it": "L'ordine {number} è partito {day}, con {by}.",
                },
            },
            {"status": [404], "outcome": "unknown", "spoken": "There is no order {number}."},
        ],
    }
    return tool | changed


SENT = {"status": "sent", "sent_at": "2026-11-20T10:00:00Z", "carrier": {"name": "Acme Post"}}


class Counter:
    """One call with a tenant's tools on it."""

    def __init__(
        self,
        snapshot: TenantSnapshot,
        *tools: Mapping[str, Any],
        listed: tuple[str, ...] = (),
        language: str = "en",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        config = TenantTools.model_validate({"http": tools})
        secret = SecretResolver(environment or {})
        self.remote = RemoteTools(config, secret, Reach(listed), {})
        self.ledger: list[ToolFinished] = []
        self.turn = 0
        context = ToolContext(
            snapshot=snapshot, language=language, now=datetime.now, line=NoLine(), call_id="call-7"
        )
        self.runner = ToolRunner(
            context,
            self.ledger.append,
            lambda: self.turn,
            offered(snapshot, self.remote.offered()),
        )

    async def run(self, name: str = "order_status", /, **arguments: Any) -> Mapping[str, Any]:
        result = await self.runner.run(name, arguments)
        json.dumps(result)
        return result

    async def close(self) -> None:
        await self.runner.close()
        await self.remote.close()


async def asked(
    demo: TenantSnapshot, service: Service, changed: Mapping[str, Any] | None = None, **given: Any
) -> Mapping[str, Any]:
    """Returns what the tool says, asked once."""
    counter = Counter(
        demo, order_status(service.url, **(changed or {})), listed=(service.listed,), **given
    )
    try:
        return await counter.run(number="AB 427")
    finally:
        await counter.close()


CANCEL: dict[str, Any] = {
    "name": "cancel_order",
    "method": "POST",
    "body": {"order": "{number}", "note": "by telephone: {number}"},
    "confirm": "So I cancel order {number}. Is that right?",
    "answers": [{"outcome": "cancelled_order", "spoken": "Order {number} is cancelled."}],
}
