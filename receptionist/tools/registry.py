"""The tools of a call, as a brain sees them and as they are run."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.services.llm_service import FunctionCallParams

from receptionist.calls.events import ToolFinished
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.book_appointment import BookAppointment
from receptionist.tools.calling import as_mapping, bounded, parsed, schema_of
from receptionist.tools.check_hours import CheckHours
from receptionist.tools.confirmation import (
    Confirmations,
    ConfirmedArguments,
    ConfirmedTool,
    Result,
    digest,
)
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.end_call import EndCall
from receptionist.tools.find_contact import FindContact
from receptionist.tools.promise_callback import PromiseCallback
from receptionist.tools.search_knowledge import SearchKnowledge
from receptionist.tools.switch_language import SwitchLanguage
from receptionist.tools.take_message import TakeMessage
from receptionist.tools.transfer_call import TransferCall

AnyTool = Tool | ConfirmedTool
Unheard = Callable[[str, Arguments, Result], object]

TOOLS: tuple[AnyTool, ...] = (
    SearchKnowledge(),
    CheckHours(),
    FindContact(),
    TransferCall(),
    TakeMessage(),
    PromiseCallback(),
    BookAppointment(),
    SwitchLanguage(),
    EndCall(),
)


def offered(snapshot: TenantSnapshot, own: Sequence[AnyTool] = ()) -> tuple[AnyTool, ...]:
    """Returns what the assistant of a tenant can do, with the tools it brings along itself."""
    bookable = bool(snapshot.config.appointments.services)
    ours = (tool for tool in TOOLS if bookable or not isinstance(tool, BookAppointment))
    return (*ours, *own)


class ToolRunner:
    """Runs the tools of one call and writes each run into its ledger.

    A caller who speaks while a tool runs makes pipecat cancel the handler, not the work: ringing
    goes on and a message is kept, and the record says how it really ended. The brain that then
    asks for the same again joins the work under way, or is given the result nobody has heard yet.
    What has consequences is read back before it is done (see `confirmation.py`), and done once.

    Args:
        context: What the tools know of the call.
        emit: Receives a record of each run.
        turn: Returns the index of the caller's turn.
        tools: What can be run.

    Attributes:
        turn: As above.
        unheard: Given the result of a run that ended when the brain that had asked for it waited
            no longer; None lets it wait until it is asked for again.
        finished: The runs so far.
    """

    def __init__(
        self,
        context: ToolContext,
        emit: Callable[[ToolFinished], object],
        turn: Callable[[], int] = lambda: 0,
        tools: Sequence[AnyTool] = TOOLS,
    ) -> None:
        self.turn = turn
        self._context = context
        self._emit = emit
        self._tools = {tool.name: tool for tool in tools}
        self._confirmations = Confirmations(context, lambda: self.turn())
        self._tasks: dict[str, asyncio.Task[Result]] = {}
        self._stopped: set[asyncio.Task[Any] | None] = set()
        self._asked: Counter[str] = Counter()
        self._listening: Counter[str] = Counter()
        self.unheard: Unheard | None = None
        self.finished: list[ToolFinished] = []

    @property
    def running(self) -> frozenset[str]:
        """Names of the tools a brain waits for, or whose work has begun and not ended."""
        working = (key.partition(" ")[0] for key, task in self._tasks.items() if not task.done())
        return frozenset((*self._asked.elements(), *working))

    def schemas(self) -> list[FunctionSchema]:
        """Returns the tools with their handlers, as pipecat takes them."""
        return [schema_of(tool, self._handle) for tool in self._tools.values()]

    async def run(self, name: str, arguments: object) -> Result:
        """Runs tool `name` and returns its result; it never raises what went wrong.

        Args:
            name: What to run.
            arguments: As the brain wrote them.
        """
        tool = self._tools.get(name)
        run = _Run(name=name, turn=self.turn())
        if tool is None:
            return self._record(run, {"outcome": "failed", "problem": f"no tool {name!r}"})
        given = parsed(tool, arguments)
        if isinstance(given, str):
            run = replace(run, arguments=as_mapping(arguments))
            return self._record(run, {"outcome": "invalid_arguments", "problem": given})
        return await self._result(tool, given)

    def stop(self, name: str, but: Arguments) -> None:
        """Ends every run of `name` but that of `but`; whoever waits is told it was cancelled.

        Results that nobody has heard are forgotten: the next run is a new one.
        """
        tool = self._tools.get(name)
        spared = tool.key(but) if tool else ""
        for work, task in list(self._tasks.items()):
            if task.done() and work.startswith(f"{name} "):
                del self._tasks[work]
            elif work.startswith(f"{name} ") and not work.startswith(f"{spared} "):
                self._stopped.add(task)
                task.cancel()

    async def close(self) -> None:
        """Cancels what still runs; the call is over."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, params: FunctionCallParams) -> None:
        name, arguments = params.function_name, params.arguments
        self._asked[name] += 1
        try:
            if await self._may(name):
                result = await self.run(name, arguments)
            else:
                run = _Run(name=name, turn=self.turn(), arguments=as_mapping(arguments))
                result = self._record(run, {"outcome": "refused", "problem": "it is not allowed"})
        finally:
            self._asked[name] -= 1
        await params.result_callback(dict(result))

    async def _may(self, name: str) -> bool:
        """Returns whether a brain may run a tool now: what has consequences waits for the gates."""
        tool, cleared = self._tools.get(name), self._context.cleared
        if cleared is None or tool is None or tool.harmless:
            return True
        return await cleared()

    async def _result(self, tool: AnyTool, arguments: Arguments) -> Result:
        key = tool.key(arguments)
        agreed = isinstance(arguments, ConfirmedArguments) and arguments.confirmed
        work = f"{key} {agreed}"
        task = self._tasks.get(key) or self._tasks.get(work)
        if task is None:
            # Owned here until its result is heard; `close` ends it with the call.
            doing = self._work(tool, arguments, digest(key))
            task = self._tasks[work] = asyncio.create_task(doing, name=f"tool {tool.name}")
        self._listening[work] += 1
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(partial(self._ended_unheard, tool, work, arguments))
            raise
        finally:
            self._listening[work] -= 1
        self._tasks.pop(work, None)
        if result["outcome"] in tool.done:
            self._tasks[key] = task
        return result

    def _ended_unheard(
        self, tool: AnyTool, work: str, arguments: Arguments, task: asyncio.Task[Result]
    ) -> None:
        """Passes a result on that nobody waits for any more."""
        left = task.cancelled() or self._listening[work] or self._tasks.get(work) is not task
        if self.unheard is None or not tool.told_late or left:
            return
        del self._tasks[work]
        self.unheard(tool.name, arguments, task.result())

    async def _work(self, tool: AnyTool, arguments: Arguments, key: str) -> Result:
        run = _Run(
            name=tool.name,
            turn=self.turn(),
            arguments=arguments.model_dump(exclude_defaults=True),
            key=key,
            began_s=asyncio.get_running_loop().time(),
        )
        gate = self._context.gate
        if gate and (refusal := gate.admit(tool, arguments)):
            return self._record(run, refusal)
        result: Result = {"outcome": "cancelled"}
        try:
            async with asyncio.timeout(tool.timeout_ms / 1000):
                result = bounded(await self._do(tool, arguments))
        except TimeoutError:
            logger.warning(f"tool {tool.name!r} took longer than {tool.timeout_ms} ms")
            result = {"outcome": "failed", "problem": "it took too long"}
        except asyncio.CancelledError:
            if asyncio.current_task() not in self._stopped:
                self._record(run, result)
                raise
        except Exception as error:
            logger.opt(exception=error).error(f"tool {tool.name!r} failed")
            result = {"outcome": "failed", "problem": "it does not work at the moment"}
        finally:
            if gate:
                gate.ended(tool, arguments, result)
        return self._record(run, result)

    async def _do(self, tool: AnyTool, arguments: Arguments) -> Result:
        if isinstance(tool, Tool):
            return await tool.run(arguments, self._context)
        assert isinstance(arguments, ConfirmedArguments)
        return await self._confirmations.run(tool, arguments)

    def _record(self, run: "_Run", result: Result) -> Result:
        now_s = asyncio.get_running_loop().time()
        took_s = 0.0 if run.began_s is None else now_s - run.began_s
        finished = ToolFinished(
            turn=run.turn,
            name=run.name,
            arguments=run.arguments,
            outcome=str(result["outcome"]),
            result=result,
            id=f"{self._context.call_id}-t{len(self.finished) + 1}",
            key=run.key,
            duration_ms=round(took_s * 1000, 1),
        )
        self.finished.append(finished)
        self._emit(finished)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run that has begun; one that was refused at once took no time."""

    name: str
    turn: int
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    key: str = ""
    began_s: float | None = None
