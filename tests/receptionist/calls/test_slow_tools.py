"""A caller whose question waits for a tenant's own service is not left in silence."""

import asyncio

import httpx2
import pytest

from eval.speech import CallerVoices
from providers.fakes.scripts import Calls, ToolCall
from receptionist.calls.events import ToolFinished
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.registry import TOOLS
from receptionist.tools.remote.config import HttpTool
from receptionist.tools.remote.exchange import Exchange
from receptionist.tools.remote.http_tool import HttpRequest, http_tool
from tests.receptionist.calls.simulation import RATE_HZ, Script, simulate

pytestmark = pytest.mark.integration

QUESTION = "When do you open?"


class Silent(httpx2.AsyncBaseTransport):
    """A service that takes the request and never answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError(request)


def test_a_service_that_hangs_is_bridged_with_a_filler_and_then_told(
    demo: TenantSnapshot, voices: CallerVoices
) -> None:
    config = HttpTool.model_validate(
        {
            "name": "order_status",
            "description": "Tells where an order is.",
            "url": "https://shop.example.com/orders",
            "timeout_ms": 6000,
            "answers": [{"outcome": "sent", "spoken": "It was sent."}],
        }
    )
    exchange = Exchange(Silent(), timeout_ms=config.timeout_ms, max_bytes=1000)
    tool = http_tool(HttpRequest(config, exchange, {}))
    question = voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)
    apology = "I cannot look that up."
    asks = Calls(calls=(ToolCall(name="order_status"),))
    script = Script(caller=[question], heard=[QUESTION], replies=[asks, apology])
    outcome = simulate(demo, script, tools=(*TOOLS, tool))
    [ran] = outcome.all(ToolFinished)
    assert (ran.name, ran.outcome, ran.result["reason"]) == ("order_status", "failed", "timed_out")
    assert ran.result["spoken"] == "I'm sorry, I can't look that up at the moment."
    said = outcome.said()
    fillers = [text for text in said if text in demo.texts["en"].session["filler"]]
    assert len(fillers) == 1
    assert said.index(fillers[0]) < said.index(apology)
