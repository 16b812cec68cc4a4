"""The concierge uses a tenant's tools: chosen by meaning, told what they ask, read back."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import pytest

from eval.engines import load
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.engine import ConciergeLLM
from providers.models.store import ModelStore
from providers.secrets import SecretResolver
from providers.spec import Slot
from receptionist.calls.events import ToolFinished
from receptionist.calls.instructions import known
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallRequest, resolve
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.keypad import KeypadVault, heard
from receptionist.tools.registry import ToolRunner, offered
from receptionist.tools.remote.config import TenantTools
from receptionist.tools.remote.reach import Reach
from receptionist.tools.remote.tenant_tools import RemoteTools
from tests.receptionist.tools.remote.counter import CANCEL, SENT, order_status
from tests.receptionist.tools.remote.service import Received, answering, serving, write

pytestmark = pytest.mark.integration


class Dialogue:
    """A call in writing, brain and tools alone."""

    def __init__(self, concierge: Concierge, runner: ToolRunner, keypad: KeypadVault) -> None:
        self._concierge = concierge
        self._runner = runner
        self.keypad = keypad
        self.messages: list[dict[str, Any]] = []
        self.turn = 0

    async def say(self, text: str) -> str:
        self.turn += 1
        self.messages.append({"role": "user", "content": text})
        said = ""
        for _ in range(6):
            names = [schema.name for schema in self._runner.schemas()]
            reply = self._concierge.respond(self.messages, names)
            if reply.text:
                said = f"{said} {reply.text}".strip()
                self.messages.append({"role": "assistant", "content": reply.text})
            for call in reply.calls:
                result = await self._runner.run(call.name, call.arguments)
                self.messages += _messages(call.identifier, call.name, call.arguments, result)
            if not reply.calls:
                return said
        raise AssertionError(f"no end of tools after {text!r}")


def _messages(
    identifier: str, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
) -> list[dict[str, Any]]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"id": identifier, "type": "function", "function": function}
    content = json.dumps(result)
    return [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identifier, "content": content},
    ]


@pytest.fixture(scope="module")
def demo_config() -> Any:
    return load_bundle(DEMO)


@pytest.fixture(scope="module")
def brain(models: ModelStore) -> ConciergeLLM:
    loaded = load(Slot.LLM, "concierge:default", models=models)
    assert isinstance(loaded, ConciergeLLM)
    return loaded


@asynccontextmanager
async def dialogue(
    brain: ConciergeLLM, snapshot: TenantSnapshot, listed: str, ledger: list[ToolFinished]
) -> AsyncGenerator[Dialogue]:
    remote = RemoteTools(snapshot.config.tools, SecretResolver({}), Reach((listed,)), {})
    plan = resolve(snapshot, CallRequest(call_id="call-7", channel="text", language="en"))
    options = brain_options(plan)
    context = ToolContext(
        snapshot=snapshot, language="en", now=datetime.now, line=NoLine(), call_id="call-7"
    )
    concierge = Concierge(brain.language(options), company=options.company)
    spoken: list[Dialogue] = []
    runner = ToolRunner(
        context, ledger.append, lambda: spoken[0].turn, offered(snapshot, remote.offered())
    )
    spoken.append(Dialogue(concierge, runner, context.keypad))
    try:
        yield spoken[0]
    finally:
        await runner.close()
        await remote.close()


def tenant(demo_config: Any, demo: TenantSnapshot, *tools: Mapping[str, Any]) -> TenantSnapshot:
    written = TenantTools.model_validate({"http": tools})
    config = demo_config.model_copy(update={"tools": written})
    return compile_snapshot(config, demo.topics.embed)


async def test_a_caller_is_told_what_the_service_knows(
    brain: ConciergeLLM, demo_config: Any, demo: TenantSnapshot
) -> None:
    ledger: list[ToolFinished] = []
    async with serving(answering(SENT)) as service:
        snapshot = tenant(demo_config, demo, order_status(service.url))
        async with dialogue(brain, snapshot, service.listed, ledger) as call:
            assert await call.say("Could you tell me where my parcel is?") == (
                "What is the number of your order?"
            )
            assert "open" in (await call.say("What are your opening hours?")).lower()
            said = await call.say("It's A B four two seven.")
            assert said == (
                "Order A B 4 2 7 was sent on Friday the twentieth of November, by Acme Post."
            )
        assert [request.target for request in service.received] == ["/orders/AB427?lang=en"]
    names = [entry.name for entry in ledger]
    assert names[0] == "search_knowledge"
    assert names.count("order_status") == 2


async def test_a_change_is_made_after_the_yes_and_not_after_a_no(
    brain: ConciergeLLM, demo_config: Any, demo: TenantSnapshot
) -> None:
    cancel = CANCEL | {"examples": {"en": ["I want to cancel my order", "cancel an order"]}}
    async with serving(answering({})) as service:
        snapshot = tenant(demo_config, demo, order_status(service.url, **cancel))
        async with dialogue(brain, snapshot, service.listed, []) as call:
            await call.say("I would like to cancel an order")
            read_back = await call.say("four two seven")
            assert read_back == "So I cancel order 4 2 7. Is that right?"
            await call.say("no")
            assert service.received == []
            await call.say("I would like to cancel an order")
            await call.say("four two seven")
            assert (await call.say("yes please")).startswith("Order 4 2 7 is cancelled.")
            assert len(service.received) == 1


async def test_a_service_that_is_down_leads_to_help(
    brain: ConciergeLLM, demo_config: Any, demo: TenantSnapshot
) -> None:
    async def broken(request: Received, writer: Any) -> None:
        del request
        write(writer, b"oh dear", 500)

    async with serving(broken) as service:
        snapshot = tenant(demo_config, demo, order_status(service.url))
        async with dialogue(brain, snapshot, service.listed, []) as call:
            await call.say("where is my order")
            said = await call.say("four two seven")
            assert said.startswith("I'm sorry, I can't look that up at the moment.")
            assert said.endswith("?")


def test_a_language_model_is_told_to_use_the_tool_and_code_never_says_that(
    demo_config: Any, demo: TenantSnapshot
) -> None:
    snapshot = tenant(demo_config, demo, order_status("https://shop.example.com"))
    found = snapshot.topics.search("where is my parcel", "en", today=date(2026, 11, 23))
    first = known(found)[0]
    assert (first.id, first.text, first.spoken) == (
        "order_status",
        "Use the tool order_status.",
        False,
    )


async def test_a_number_of_people_is_typed(
    brain: ConciergeLLM, demo_config: Any, demo: TenantSnapshot
) -> None:
    people = {
        "name": "number",
        "description": "How many people come.",
        "type": "integer",
        "minimum": 1,
        "maximum": 20,
        "ask": "How many people are you?",
    }
    async with serving(answering(SENT)) as service:
        snapshot = tenant(demo_config, demo, order_status(service.url, arguments=[people]))
        async with dialogue(brain, snapshot, service.listed, []) as call:
            assert await call.say("where is my order") == "How many people are you?"
            assert await call.say(heard("21", call.keypad, {})) == "How many people are you?"
            await call.say(heard("12", call.keypad, {}))
        assert [request.target for request in service.received] == ["/orders/12?lang=en"]


async def test_digits_typed_in_secret_reach_the_service_and_nobody_else(
    brain: ConciergeLLM, demo_config: Any, demo: TenantSnapshot
) -> None:
    secret = {
        "name": "number",
        "description": "The customer number.",
        "type": "code",
        "keypad": True,
        "ask": "Please type your customer number on the keypad.",
    }
    ledger: list[ToolFinished] = []
    async with serving(answering(SENT)) as service:
        snapshot = tenant(demo_config, demo, order_status(service.url, arguments=[secret]))
        async with dialogue(brain, snapshot, service.listed, ledger) as call:
            asked = "Please type your customer number on the keypad."
            assert await call.say("Could you tell me where my parcel is?") == asked
            assert await call.say("It's 4 9 2 9 1 2 3 4.") == asked  # said aloud is not typed
            assert service.received == []
            typed = heard("49291234", call.keypad, {"0": "operator"})
            said = await call.say(typed)
        assert said.startswith("Order the number you typed was sent on Friday")
        assert [request.target for request in service.received] == ["/orders/49291234?lang=en"]
    assert ledger[-1].outcome == "sent"
    assert "49291234" not in f"{typed} {said} {call.messages} {ledger}"
