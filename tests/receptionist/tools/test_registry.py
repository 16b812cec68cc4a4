"""Tools are run once, in time, to the end, and written into the ledger as they ended."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import pytest
from pipecat.services.llm_service import FunctionCallParams

from eval.clock import run_virtual
from receptionist.calls.events import ToolFinished
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.registry import TOOLS, ToolRunner

pytestmark = pytest.mark.unit

# These tools read nothing of the call.
CONTEXT = ToolContext(
    snapshot=cast("TenantSnapshot", None),
    language="en",
    now=cast("Any", None),
    line=cast("Any", None),
    call_id="c7",
)


class Order(Arguments):
    what: str
    number: str = ""


class Oven(Tool):
    """Bakes until its door is opened."""

    name: ClassVar[str] = "bake"
    description: ClassVar[str] = "Bakes."
    arguments: ClassVar[type[Arguments]] = Order

    def __init__(self, outcome: str = "baked") -> None:
        self.door = asyncio.Event()
        self.started = asyncio.Event()
        self.begun = 0
        self.outcome = outcome

    async def run(self, arguments: Order, context: ToolContext) -> Mapping[str, Any]:
        self.begun += 1
        self.started.set()
        await self.door.wait()
        return {"outcome": self.outcome, "what": arguments.what}


class Once(Oven):
    done: ClassVar[frozenset[str]] = frozenset({"baked"})


class Endless(Oven):
    async def run(self, arguments: Order, context: ToolContext) -> Mapping[str, Any]:
        return {"outcome": "baked", "what": "crumb" * 2_000_000}


class Shapeless(Oven):
    async def run(self, arguments: Order, context: ToolContext) -> Mapping[str, Any]:
        return {"outcome": "baked", "what": object()}


class Hurried(Oven):
    timeout_ms: ClassVar[int] = 1


class Broken(Oven):
    async def run(self, arguments: Order, context: ToolContext) -> Mapping[str, Any]:
        raise OSError("no gas")


class Kitchen:
    def __init__(self, tool: Oven) -> None:
        self.rows: list[ToolFinished] = []
        self.tool = tool
        self.recorded = asyncio.Event()
        self.runner = ToolRunner(CONTEXT, self.record, lambda: 4, tools=(tool,))

    def record(self, row: ToolFinished) -> None:
        self.rows.append(row)
        self.recorded.set()

    @property
    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows]


async def test_a_run_is_recorded_with_turn_arguments_and_result() -> None:
    kitchen = Kitchen(Oven())
    kitchen.tool.door.set()
    result = await kitchen.runner.run("bake", {"what": "bread", "number": 7})
    assert result == {"outcome": "baked", "what": "bread"}
    (row,) = kitchen.rows
    assert row == ToolFinished(
        turn=4,
        name="bake",
        arguments={"what": "bread", "number": "7"},
        outcome="baked",
        result=result,
        id="c7-t1",
        key=row.key,
        duration_ms=row.duration_ms,
    )


async def test_each_run_has_an_id_and_the_same_request_the_same_key() -> None:
    kitchen = Kitchen(Oven())
    kitchen.tool.door.set()
    for what in ("bread", "bread", "cake"):
        await kitchen.runner.run("bake", {"what": what})
    assert [row.id for row in kitchen.rows] == ["c7-t1", "c7-t2", "c7-t3"]
    bread, again, cake = (row.key for row in kitchen.rows)
    assert bread == again != cake


def test_the_ledger_knows_how_long_a_run_took() -> None:
    async def bake() -> ToolFinished:
        kitchen = Kitchen(Oven())
        asyncio.get_running_loop().call_later(0.25, kitchen.tool.door.set)
        await kitchen.runner.run("bake", {"what": "bread"})
        return kitchen.rows[0]

    assert run_virtual(bake()).duration_ms == 250


@pytest.mark.parametrize("tool", [Endless(), Shapeless()])
async def test_a_result_that_is_too_long_or_no_json_is_a_failure(tool: Oven) -> None:
    kitchen = Kitchen(tool)
    result = await kitchen.runner.run("bake", {"what": "bread"})
    assert result["outcome"] == "failed"
    assert len(str(result)) < 200
    assert kitchen.outcomes == ["failed"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "what: Field required"),
        ({"what": None}, "what: Field required"),
        ({"what": ["a"]}, "what: Input should be a valid string"),
        ({"what": "a", "spice": 1}, "spice: Extra inputs"),
        ("bread", "must be an object"),
        (None, "must be an object"),
    ],
)
async def test_bad_arguments_are_refused_before_anything_is_done(
    arguments: object, problem: str
) -> None:
    kitchen = Kitchen(Oven())
    result = await kitchen.runner.run("bake", arguments)
    assert result["outcome"] == "invalid_arguments"
    assert problem in result["problem"]
    assert kitchen.tool.begun == 0
    assert kitchen.outcomes == ["invalid_arguments"]


async def test_a_tool_nobody_has_is_a_failure() -> None:
    kitchen = Kitchen(Oven())
    assert (await kitchen.runner.run("fry", {}))["outcome"] == "failed"


async def test_a_tool_that_raises_is_a_failure_and_says_nothing_of_its_inside() -> None:
    kitchen = Kitchen(Broken())
    result = await kitchen.runner.run("bake", {"what": "bread"})
    assert result["outcome"] == "failed"
    assert "gas" not in str(result)
    assert kitchen.outcomes == ["failed"]


async def test_a_tool_that_hangs_fails_in_time() -> None:
    kitchen = Kitchen(Hurried())
    assert (await kitchen.runner.run("bake", {"what": "bread"}))["outcome"] == "failed"
    assert kitchen.outcomes == ["failed"]


async def interrupted(kitchen: Kitchen, arguments: Mapping[str, Any]) -> None:
    """Asks for it and goes away before it is done, as pipecat does when the caller speaks."""
    handler = asyncio.create_task(kitchen.runner.run("bake", arguments))
    await kitchen.tool.started.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler


async def test_an_interruption_stops_the_waiting_not_the_work() -> None:
    kitchen = Kitchen(Oven())
    await interrupted(kitchen, {"what": "bread"})
    assert kitchen.rows == []
    kitchen.tool.door.set()
    result = await kitchen.runner.run("bake", {"what": "bread"})
    assert result["outcome"] == "baked"
    assert kitchen.tool.begun == 1
    assert kitchen.outcomes == ["baked"]


async def test_a_result_nobody_heard_is_given_to_who_asks_again_but_only_once() -> None:
    kitchen = Kitchen(Oven())
    await interrupted(kitchen, {"what": "bread"})
    kitchen.tool.door.set()
    await kitchen.recorded.wait()
    await kitchen.runner.run("bake", {"what": "bread"})
    assert kitchen.tool.begun == 1
    await kitchen.runner.run("bake", {"what": "bread"})
    assert kitchen.tool.begun == 2


async def test_what_is_done_once_is_not_done_again() -> None:
    kitchen = Kitchen(Once())
    kitchen.tool.door.set()
    first = await kitchen.runner.run("bake", {"what": "bread"})
    again = await kitchen.runner.run("bake", {"what": "bread", "number": None})
    other = await kitchen.runner.run("bake", {"what": "cake"})
    assert again == first
    assert other["what"] == "cake"
    assert kitchen.tool.begun == 2
    assert kitchen.outcomes == ["baked", "baked"]


async def test_what_did_not_succeed_may_be_tried_again() -> None:
    kitchen = Kitchen(Once("invalid"))
    kitchen.tool.door.set()
    await kitchen.runner.run("bake", {"what": "bread"})
    await kitchen.runner.run("bake", {"what": "bread"})
    assert kitchen.tool.begun == 2


async def test_two_who_ask_for_the_same_at_once_share_the_work() -> None:
    kitchen = Kitchen(Oven())
    asked = [asyncio.create_task(kitchen.runner.run("bake", {"what": "bread"})) for _ in range(2)]
    await kitchen.tool.started.wait()
    kitchen.tool.door.set()
    assert len({id(result) for result in await asyncio.gather(*asked)}) == 1
    assert kitchen.tool.begun == 1


async def test_what_still_runs_is_cancelled_with_the_call_and_recorded_so() -> None:
    kitchen = Kitchen(Oven())
    await interrupted(kitchen, {"what": "bread"})
    await kitchen.runner.close()
    assert kitchen.outcomes == ["cancelled"]


async def test_the_handler_gives_pipecat_the_result() -> None:
    kitchen = Kitchen(Oven())
    kitchen.tool.door.set()
    given: list[Any] = []

    async def take(result: Any, *, properties: Any = None) -> None:
        given.append(result)

    params = FunctionCallParams(
        function_name="bake",
        tool_call_id="1",
        arguments={"what": "bread"},
        llm=cast("Any", None),
        pipeline_worker=cast("Any", None),
        context=cast("Any", None),
        result_callback=cast("Any", take),
    )
    (schema,) = kitchen.runner.schemas()
    assert schema.handler is not None
    await schema.handler(params)
    assert given == [{"outcome": "baked", "what": "bread"}]


def test_schemas_describe_every_argument_to_a_language_model() -> None:
    schemas = ToolRunner(CONTEXT, lambda _: None).schemas()
    assert [schema.name for schema in schemas] == [tool.name for tool in TOOLS]
    for schema in schemas:
        assert schema.description
        assert all(described["description"] for described in schema.properties.values())
        assert set(schema.required) <= schema.properties.keys()
    required = {schema.name: schema.required for schema in schemas}
    assert required == {
        "search_knowledge": ["question"],
        "check_hours": [],
        "find_contact": ["name"],
        "transfer_call": ["contact_id"],
        "take_message": ["about", "caller_name"],
        "promise_callback": ["caller_name", "callback_number", "about"],
        "book_appointment": ["service"],
        "switch_language": ["language"],
        "end_call": [],
    }
