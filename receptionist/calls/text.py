"""The same assistant in writing: a line in, a line out, the same brain and tools."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    CancelFrame,
    ErrorFrame,
    Frame,
    FunctionCallsStartedFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from providers.contracts import LLMEngine
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallPlan

REPLY_S = 20.0
"""Longest wait for a reply in writing."""


@dataclass(slots=True)
class _Reply:
    done: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    failed: bool = False


class _ReplyTap(FrameProcessor):
    """Gathers the text of one reply, across the tools it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = _Reply()
        self._tools_called = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseStartFrame):
            self._tools_called = False
        elif isinstance(frame, FunctionCallsStartedFrame):
            self._tools_called = True
        elif isinstance(frame, LLMTextFrame):
            self.reply.text += frame.text
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame) and not self._tools_called:
            self.reply.done.set()


class TextCall:
    """A call in writing; use it as an async context manager.

    Args:
        plan: How the call is answered.
        brain: The loaded brain.
        tools: What the assistant can do, as schemas with handlers.
    """

    def __init__(self, plan: CallPlan, brain: LLMEngine, tools: list[FunctionSchema]) -> None:
        self._plan = plan
        context = LLMContext(tools=ToolsSchema(standard_tools=list(tools)))
        opening: Any = {"role": "assistant", "content": f"{plan.disclosure} {plan.greeting}"}
        context.add_message(opening)
        aggregators = LLMContextAggregatorPair(context)
        self._tap = _ReplyTap()
        self._worker = PipelineWorker(
            Pipeline(
                [
                    aggregators.user(),
                    brain.service(brain_options(plan)),
                    self._tap,
                    aggregators.assistant(),
                ]
            ),
            params=PipelineParams(send_initial_empty_metrics=False),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_runner_on_idle_timeout=False,
        )
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "TextCall":
        started = asyncio.Event()

        async def on_started(*_: Any) -> None:
            started.set()

        async def on_error(_worker: Any, _frame: ErrorFrame) -> None:
            self._tap.reply.failed = True
            self._tap.reply.done.set()

        self._worker.add_event_handler("on_pipeline_started", on_started)
        self._worker.add_event_handler("on_pipeline_error", on_error)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.ensure_future(runner.run())
        await started.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            await self._worker.pipeline.queue_frame(CancelFrame(reason="call over"))
            await asyncio.wait({self._running}, timeout=REPLY_S)

    async def say(self, line: str) -> str:
        """Returns the assistant's reply to `line`; it says so when it has a technical problem."""
        reply = self._tap.reply = _Reply()
        message: Any = {"role": "user", "content": line}
        await self._worker.queue_frame(LLMMessagesAppendFrame([message], run_llm=True))
        try:
            async with asyncio.timeout(REPLY_S):
                await reply.done.wait()
        except TimeoutError:
            reply.failed = True
        if reply.failed and not reply.text:
            return self._plan.line("technical_problem")
        return " ".join(reply.text.split())
