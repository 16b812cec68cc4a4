"""The same assistant in writing: a line in, a line out, the same brain and tools."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMMessagesAppendFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from providers.contracts import LLMEngine
from providers.fallback.frames import EngineChangedFrame
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    Disposition,
    LanguageSwitched,
    Speaker,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.guide import guided
from receptionist.calls.language import Identify, LanguageWatch
from receptionist.calls.pipeline import brain_options, end, engine_changed, new_worker
from receptionist.calls.plan import CallPlan, call_started, in_language
from receptionist.calls.switching import LanguageGuard
from receptionist.calls.text_reply import Reply, ReplyTap, TextReply
from receptionist.calls.turns import FAULTS_BEFORE_GOODBYE
from receptionist.calls.written_floor import WrittenFloor
from receptionist.guard.contract import Guards
from receptionist.guard.gates import WrittenGate
from receptionist.guard.guarded_call import GuardedCall
from receptionist.guard.judgements import Bearings, spoken_among
from receptionist.guard.withholding import withhold
from receptionist.tools.contract import ToolContext
from receptionist.tools.registry import ToolRunner

REPLY_S = 20.0
"""Longest wait for a reply in writing."""
CUT_OFF_S = 0.5
"""A reply that was interrupted and has not ended by then is left behind."""


class TextCall:
    """A call in writing; use it as an async context manager.

    Args:
        plan: How the call is answered.
        brain: The loaded brain.
        tool_context: What the tools know of the call.
        delivery: Carries the call's events.
        identify: Tells the language of a text; None never goes over to another one unasked.
        guards: Judge what is said; None lets everything through.

    Attributes:
        plan: How the call is answered, in the language it is in now.
    """

    def __init__(
        self,
        plan: CallPlan,
        brain: LLMEngine,
        tool_context: ToolContext,
        delivery: EventDelivery,
        identify: Identify | None = None,
        guards: Guards | None = None,
    ) -> None:
        self.plan = plan
        self._tool_context = tool_context
        self._delivery = delivery
        self._tap = ReplyTap()
        self._engine = brain
        self._brain = brain.service(guided(brain_options(plan), tool_context))
        self._languages = LanguageWatch(
            plan.snapshot.config.languages, identify, chosen=plan.chosen
        )
        self._disclosure = ""
        tool_context.switch, tool_context.returned = self._switch, self._tell_again
        self._said: list[str] = []
        self._failed = False
        self._guards = guards
        self._guarded: GuardedCall | None = None
        self._identify = identify
        self._tools: list[ToolFinished] = []
        self._owned = AsyncExitStack()
        self._turns = 0
        self._faults = 0
        self._disposition = Disposition.CALLER_HUNG_UP
        self._began_s = asyncio.get_running_loop().time()

    @property
    def turn(self) -> int:
        """Index of the caller's last turn."""
        return self._turns - 1

    def emit(self, event: CallEvent) -> None:
        """Takes an event of the call."""
        if isinstance(event, ToolFinished):
            self._tools.append(event)
        self._delivery.emit(event)

    async def open(self, tools: ToolRunner) -> None:
        """Begins the call; `tools` is what the assistant can do."""
        self._guard = LanguageGuard(self._languages, tools, self._tool_context)
        self._guarded = self._guards and self._under_guard(self._guards, tools)
        self._worker = new_worker(self._pipeline(tools), PipelineParams())
        group = await self._owned.enter_async_context(asyncio.TaskGroup())
        group.create_task(self._delivery.run(), name="events")
        self.emit(call_started(self.plan))
        self._add_turn("assistant", self.plan.opening)
        started = asyncio.Event()

        async def on_started(*_: Any) -> None:
            started.set()

        async def on_brain_error(_brain: Any, _frame: ErrorFrame) -> None:
            self._tap.reply.failed = True

        async def on_error(_worker: Any, frame: ErrorFrame) -> None:
            logger.opt(exception=frame.exception).error(f"call {self.plan.call_id}: {frame.error}")
            if frame.processor is not self._brain:
                self._tap.reply.failed = True
                self._tap.reply.done.set()

        async def on_change(_worker: Any, frame: Frame) -> None:
            if isinstance(frame, EngineChangedFrame):
                self.emit(engine_changed(self.plan.call_id, frame, self._elapsed_s()))

        # The brain's own event comes before the end of its reply; the pipeline's may come after.
        self._brain.add_event_handler("on_error", on_brain_error)
        self._worker.add_event_handler("on_pipeline_started", on_started)
        self._worker.add_event_handler("on_pipeline_error", on_error)
        self._worker.set_reached_upstream_filter((EngineChangedFrame,))
        self._worker.add_event_handler("on_frame_reached_upstream", on_change)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = group.create_task(runner.run(), name="pipeline")
        await started.wait()

    async def close(self) -> None:
        """Ends the call and frees what it held."""
        self.emit(CallEnded(disposition=self._disposition, duration_s=self._elapsed_s()))
        self._delivery.close()
        await end(self._worker, self._running, gently=False)
        await self._owned.aclose()

    async def say(self, line: str) -> TextReply:
        """Returns the assistant's reply to `line`.

        It says so when it has a technical problem; the second time in a row that ends the call.
        """
        self._add_turn("caller", line)
        self._tools.clear()
        language = self._guard.wanted(line)
        before: Any = await self._guard.go_over(language) if language else ()
        self._said, self._failed = [], False
        await self._answer(line, [*before, {"role": "user", "content": line}])
        disclosure, self._disclosure = self._disclosure, ""
        answer = " ".join(self._said).strip()
        text = " ".join(f"{disclosure} {answer}".split())
        ended = self._ended()
        if self._failed or not (answer or ended):
            self._faults += 1
            last = self._faults >= FAULTS_BEFORE_GOODBYE
            occasion = "technical_goodbye" if last else "technical_problem"
            text = f"{text} {self.plan.line(occasion, self._turns)}".strip()
            ended = Disposition.FAILED if last else ended
        else:
            self._faults = 0
        self._add_turn("assistant", text)
        self._disposition = ended or self._disposition
        return TextReply(
            text=text, tools=tuple(self._tools), language=self.plan.language, disposition=ended
        )

    def _pipeline(self, tools: ToolRunner) -> Pipeline:
        context = LLMContext(tools=ToolsSchema(standard_tools=list(tools.schemas())))
        message: Any = {"role": "assistant", "content": self.plan.opening}
        context.add_message(message)
        # Lines need no turn taking; what listens for the end of a turn loads a model.
        written = LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())
        aggregators = LLMContextAggregatorPair(context, user_params=written)
        gate = [WrittenGate(self._guarded.guard)] if self._guarded else []
        order = [aggregators.user(), self._brain, *gate, self._tap, aggregators.assistant()]
        return Pipeline(order)

    def _under_guard(self, guards: Guards, tools: ToolRunner) -> GuardedCall:
        context, plan = self._tool_context, self.plan
        bearings = Bearings(
            language=lambda: context.language,
            turn=lambda: self.turn,
            now_s=self._elapsed_s,
            spoken=spoken_among(plan.snapshot.config.languages, self._identify),
        )
        return GuardedCall(
            guards, plan=plan, context=context, tools=tools, bearings=bearings, emit=self.emit
        )

    async def _answer(self, line: str, messages: Sequence[Any]) -> None:
        """Lets the brain answer `line`, as far as the gates let it."""
        guarded = self._guarded
        if guarded is None:
            await self.ask(messages)
            return
        if guarded.guard.turn(line, partial(withhold, messages[-1])):
            async with asyncio.TaskGroup() as group:
                group.create_task(guarded.guard.weigh(), name="weigh")
                reconsidering = group.create_task(guarded.guard.reconsider(), name="reconsider")
                await self.ask(messages)
                reconsidering.cancel()
        else:
            await self.note(messages)
        await guarded.settle(WrittenFloor(self))

    # --- what its floor does ----------------------------------------------------------------

    async def ask(self, messages: Sequence[Any]) -> None:
        """Lets the brain go on from `messages`; what it says is part of the reply."""
        reply = self._tap.reply = Reply()
        await self._worker.queue_frame(LLMMessagesAppendFrame(list(messages), run_llm=True))
        await self._complete(reply)
        self._said.append(reply.text.strip())
        self._failed = self._failed or reply.failed

    async def note(self, messages: Sequence[Any]) -> None:
        """Writes `messages` into the context."""
        await self._worker.queue_frame(LLMMessagesAppendFrame(list(messages), run_llm=False))

    async def tell(self, text: str) -> None:
        """Says `text` in the reply, and lets the brain know of it."""
        self._said.append(text)
        await self.note([{"role": "assistant", "content": text}])

    def fail(self) -> None:
        """Makes the reply admit a technical problem."""
        self._failed = True

    async def _switch(self, language: str) -> None:
        """Goes on in another language; the reply begins with what the caller is talking to."""
        plan, before = in_language(self.plan, language), self.plan.language
        await asyncio.to_thread(self._engine.prepare, brain_options(plan))
        self.plan, self._disclosure = plan, plan.disclosure
        self.emit(LanguageSwitched(at_s=self._elapsed_s(), language=language, before=before))

    async def _tell_again(self) -> None:
        """The reply begins with what the caller is talking to: a person has turned him down."""
        self._disclosure = self.plan.line("disclosure_return")

    async def _complete(self, reply: Reply) -> None:
        """Returns when the reply has ended; one that takes too long has failed and is cut off."""
        try:
            async with asyncio.timeout(REPLY_S):
                await reply.done.wait()
        except TimeoutError:
            logger.error(f"call {self.plan.call_id}: no reply within {REPLY_S:.0f} s")
            reply.failed = True
            await self._worker.queue_frame(InterruptionFrame())
            with suppress(TimeoutError):
                async with asyncio.timeout(CUT_OFF_S):
                    await reply.done.wait()

    def _ended(self) -> Disposition | None:
        if not self._tool_context.ending:
            return None
        transferred = self._tool_context.transferred
        return Disposition.TRANSFERRED if transferred else Disposition.COMPLETED

    def _add_turn(self, speaker: Speaker, text: str) -> None:
        now_s = self._elapsed_s()
        self.emit(
            TurnEnded(index=self._turns, speaker=speaker, text=text, start_s=now_s, end_s=now_s)
        )
        self._turns += 1

    def _elapsed_s(self) -> float:
        return round(asyncio.get_running_loop().time() - self._began_s, 3)
