"""The tools of a call, as a brain sees them and as they are run."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.services.llm_service import FunctionCallParams
from pydantic import ValidationError

from receptionist.calls.events import ToolFinished
from receptionist.tools.check_hours import CheckHours
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.end_call import EndCall
from receptionist.tools.find_contact import FindContact
from receptionist.tools.search_knowledge import SearchKnowledge
from receptionist.tools.take_message import TakeMessage
from receptionist.tools.transfer_call import TransferCall

TOOLS: tuple[Tool, ...] = (
    SearchKnowledge(),
    CheckHours(),
    FindContact(),
    TransferCall(),
    TakeMessage(),
    EndCall(),
)

Result = Mapping[str, Any]


class ToolRunner:
    """Runs the tools of one call and records each run.

    A caller who speaks while a tool runs makes pipecat cancel the handler, not the work: ringing
    goes on and a message is kept, and the record says how it really ended. The brain that then
    asks for the same again joins the work under way, or is given the result nobody has heard yet.

    Args:
        context: What the tools know of the call.
        emit: Receives a record of each run.
        turn: Returns the index of the caller's turn.
        tools: What can be run.

    Attributes:
        turn: As above.
    """

    def __init__(
        self,
        context: ToolContext,
        emit: Callable[[ToolFinished], object],
        turn: Callable[[], int] = lambda: 0,
        tools: Sequence[Tool] = TOOLS,
    ) -> None:
        self.turn = turn
        self._context = context
        self._emit = emit
        self._tools = {tool.name: tool for tool in tools}
        self._tasks: dict[str, asyncio.Task[Result]] = {}

    def schemas(self) -> list[FunctionSchema]:
        """Returns the tools with their handlers, as pipecat takes them."""
        return [_schema(tool, self._handle) for tool in self._tools.values()]

    async def run(self, name: str, arguments: object) -> Result:
        """Runs tool `name` and returns its result; it never raises what went wrong.

        Args:
            name: What to run.
            arguments: As the brain wrote them.
        """
        tool = self._tools.get(name)
        if tool is None:
            return self._record(name, {}, {"outcome": "failed", "problem": f"no tool {name!r}"})
        parsed = _parsed(tool, arguments)
        if isinstance(parsed, str):
            written = _mapping(arguments)
            result = {"outcome": "invalid_arguments", "problem": parsed}
            return self._record(name, written, result)
        return await self._result(tool, parsed)

    async def close(self) -> None:
        """Cancels what still runs; the call is over."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, params: FunctionCallParams) -> None:
        result = await self.run(params.function_name, params.arguments)
        await params.result_callback(dict(result))

    async def _result(self, tool: Tool, arguments: Arguments) -> Result:
        key = f"{tool.name} {arguments.model_dump_json()}"
        task = self._tasks.get(key)
        if task is None:
            # Owned here until its result is heard; `close` ends it with the call.
            work = self._work(tool, arguments, self.turn())
            task = self._tasks[key] = asyncio.create_task(work, name=f"tool {tool.name}")
        result = await asyncio.shield(task)
        if not (tool.once and _succeeded(result)):
            self._tasks.pop(key, None)
        return result

    async def _work(self, tool: Tool, arguments: Arguments, turn: int) -> Result:
        given = arguments.model_dump(exclude_defaults=True)
        try:
            async with asyncio.timeout(tool.timeout_ms / 1000):
                result = await tool.run(arguments, self._context)
        except TimeoutError:
            logger.warning(f"tool {tool.name!r} took longer than {tool.timeout_ms} ms")
            result = {"outcome": "failed", "problem": "it took too long"}
        except asyncio.CancelledError:
            self._record(tool.name, given, {"outcome": "cancelled"}, turn)
            raise
        except Exception as error:
            logger.opt(exception=error).error(f"tool {tool.name!r} failed")
            result = {"outcome": "failed", "problem": "it does not work at the moment"}
        return self._record(tool.name, given, result, turn)

    def _record(
        self, name: str, arguments: Mapping[str, Any], result: Result, turn: int | None = None
    ) -> Result:
        event = ToolFinished(
            turn=self.turn() if turn is None else turn,
            name=name,
            arguments=arguments,
            outcome=str(result["outcome"]),
            result=result,
        )
        self._emit(event)
        return result


def _succeeded(result: Result) -> bool:
    return result["outcome"] not in {"failed", "invalid"}


def _parsed(tool: Tool, arguments: object) -> Arguments | str:
    """Returns the arguments, or what is wrong with them. A null is an argument left out."""
    if not isinstance(arguments, Mapping):
        return "the arguments must be an object"
    given = {key: value for key, value in _mapping(arguments).items() if value is not None}
    try:
        return tool.arguments.model_validate(given)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}"
            for entry in error.errors(include_url=False, include_context=False)
        )


def _mapping(arguments: object) -> dict[str, Any]:
    if not isinstance(arguments, Mapping):
        return {}
    return {str(key): value for key, value in arguments.items()}


def _schema(tool: Tool, handler: Any) -> FunctionSchema:
    schema = tool.arguments.model_json_schema()
    properties = {
        name: {key: value for key, value in described.items() if key not in {"title", "default"}}
        for name, described in schema.get("properties", {}).items()
    }
    return FunctionSchema(
        name=tool.name,
        description=tool.description,
        properties=properties,
        required=list(schema.get("required", [])),
        handler=handler,
    )
