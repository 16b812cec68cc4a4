"""Runs one call: owns its pipeline, its watch and its events, and ends it with a deadline."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from loguru import logger
from pipecat.frames.frames import ErrorFrame, Frame, LLMMessagesAppendFrame
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner

from providers.fallback.frames import EngineChangedFrame, StillWaitingFrame
from receptionist.calls.conversation import Conversation
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEnded, Disposition
from receptionist.calls.floor import SpokenFloor
from receptionist.calls.language import Identify, LanguageWatch
from receptionist.calls.pipeline import (
    CallEngines,
    CallParts,
    CallPipeline,
    build,
    end,
    engine_changed,
    new_worker,
    rates,
)
from receptionist.calls.plan import CallPlan, call_started
from receptionist.calls.speech import CallSpeech, EnginesIn, always
from receptionist.calls.switching import LanguageGuard
from receptionist.calls.timeline import Timeline
from receptionist.calls.turns import Faults
from receptionist.calls.watch import Due, Watch
from receptionist.consent.call_consent import ConsentGate, Consents, consent_call
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.contract import Guards
from receptionist.guard.gates import Gates, gates_of
from receptionist.guard.guarded_call import guard_call
from receptionist.handoff.on_call import CallTransfers
from receptionist.menu.on_call import CallKeys
from receptionist.tools.contract import ToolContext
from receptionist.tools.registry import ToolRunner

_GENTLE = {Disposition.COMPLETED, Disposition.TRANSFERRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How the call ended, with what was recorded of it."""

    disposition: Disposition
    duration_s: float
    timeline: Timeline


class CallSession:
    """One call, from the first word to freed resources.

    Args:
        plan: How the call is answered.
        transport: Where its audio comes from and goes to.
        timeline: Both tracks; the rates of the transport.
        engines: Loaded engines.
        tools: What the assistant can do.
        tool_context: What the tools know of the call.
        delivery: Carries the call's events to whoever records or shows them.
        engines_in: Gives the engines of another language; None has one set for all.
        identify: Tells the language of a text; None never goes over to another one unasked.
        guards: Judge what is said; None lets everything through.
        gates: Makes the gates where they do so.
        consents: Asks whether the call may be recorded; None asks and records nothing.
    """

    def __init__(
        self,
        *,
        plan: CallPlan,
        transport: BaseTransport,
        timeline: Timeline,
        engines: CallEngines,
        tools: ToolRunner,
        tool_context: ToolContext,
        delivery: EventDelivery,
        engines_in: EnginesIn | None = None,
        identify: Identify | None = None,
        guards: Guards | None = None,
        gates: Callable[[CallGuard, Conversation], Gates] = gates_of,
        consents: Consents | None = None,
    ) -> None:
        self.delivery = delivery
        self.conversation = Conversation(timeline, plan.patience, tool_context, delivery.emit)
        tools.turn = lambda: self.conversation.turn
        languages = LanguageWatch(plan.snapshot.config.languages, identify, chosen=plan.chosen)
        self.guarded = guards and guard_call(
            guards, plan, tool_context, tools, self.conversation, identify, delivery.emit
        )
        self._gates = self.guarded and gates(self.guarded.guard, self.conversation)
        self._consent = consents and consent_call(consents, self, delivery)
        self.transfers = CallTransfers(self, plan, tool_context, tools)
        parts = self._parts(transport, languages, tools, tool_context)
        self._built: CallPipeline = build(plan, engines, parts)
        engines_in = engines_in or always(engines)
        self._speech = CallSpeech(plan, self._built, self.conversation, engines_in, delivery.emit)
        tool_context.switch = self._speech.switch
        tool_context.returned = self._speech.disclose_again
        self._worker = new_worker(self._built.pipeline, rates(timeline))
        started_s = self.conversation.clock_s()
        self._watch = Watch(self.conversation, plan.patience, tool_context, started_s)
        self._over, self._disposition = asyncio.Event(), Disposition.FAILED
        self._faults = Faults()
        self.floor = SpokenFloor(self._worker, self._built, self.conversation, self._admit)
        self.keys = CallKeys(self, tools, tool_context)
        self._listen()

    # --- outside ----------------------------------------------------------------------------

    @property
    def plan(self) -> CallPlan:
        """How the call is answered, in the language it is in now."""
        return self._speech.plan

    async def run(self) -> CallResult:
        """Answers, talks and ends; returns when every resource of the call is freed."""
        plan = self.plan
        self.delivery.emit(call_started(plan))
        try:
            async with asyncio.TaskGroup() as group:
                delivering = group.create_task(self.delivery.run(), name="events")
                try:
                    await self._run_pipeline()
                finally:
                    await self.transfers.close()
                    if self._consent:
                        self._consent.over()
                    self.delivery.emit(
                        CallEnded(
                            disposition=self._disposition,
                            duration_s=round(self.conversation.timeline.now_s, 3),
                        )
                    )
                    self.delivery.close()
                await delivering
        except* Exception as group_error:
            logger.opt(exception=group_error).error(f"call {plan.call_id} failed")
        timeline = self.conversation.timeline
        return CallResult(
            disposition=self._disposition, duration_s=timeline.now_s, timeline=timeline
        )

    def hang_up(self, disposition: Disposition = Disposition.CALLER_HUNG_UP) -> None:
        """Ends the call now; whatever is being said is cut off."""
        if not self._over.is_set():
            self._disposition = self.transfers.ended(disposition)
            self._over.set()

    async def close_with(self, occasion: str, disposition: Disposition) -> None:
        """Says a last line and ends the call."""
        if not self._watch.closing:
            await self.floor.interrupt()
            self._watch.closes(disposition, self.conversation.clock_s())
            await self._speech.say(occasion, last=True)

    async def hear(self, text: str) -> None:
        """Takes `text` as a turn of the caller: words he typed."""
        await self.floor.interrupt()
        self.conversation.caller_turn_ended(text)
        message: Any = {"role": "user", "content": text}
        await self._worker.queue_frame(LLMMessagesAppendFrame([message], run_llm=True))

    # --- the pipeline -----------------------------------------------------------------------

    def _parts(
        self,
        transport: BaseTransport,
        languages: LanguageWatch,
        tools: ToolRunner,
        tool_context: ToolContext,
    ) -> CallParts:
        return CallParts(
            transport=transport,
            conversation=self.conversation,
            tools=tools.schemas(),
            tool_context=tool_context,
            languages=languages,
            guard=LanguageGuard(languages, tools, tool_context),
            line=self._line,
            gates=self._gates,
            consent=self._consent and ConsentGate(self._consent),
            recall=self.transfers.gate,
        )

    async def _run_pipeline(self) -> None:
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(runner.run(), name="pipeline")
            watching = group.create_task(self._attend(), name="watch")
            guarding = group.create_task(self._enforce(), name="guard")
            typing = group.create_task(self.keys.run(), name="keys")
            over = group.create_task(self._over.wait(), name="over")
            try:
                await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (over, watching, guarding, typing):
                    task.cancel()
                await end(self._worker, running, gently=self._disposition in _GENTLE)

    async def _enforce(self) -> None:
        if self.guarded:
            await self.guarded.run(self.floor)

    def _listen(self) -> None:
        worker, turns = self._worker, self._built.turns

        async def started(*_: Any) -> None:
            await self._speech.greet()
            if self._consent:
                await self._consent.ask()

        async def failed(_worker: Any, frame: ErrorFrame) -> None:
            logger.opt(exception=frame.exception).error(f"call {self.plan.call_id}: {frame.error}")
            await self._admit()

        async def reported(_worker: Any, frame: Frame) -> None:
            await self._bridge(frame)

        async def turn_stopped(_turns: Any, _strategy: Any, message: Any) -> None:
            if not (message.content or "").strip():
                self.conversation.caller_turn_ended("")
                if not self._watch.closing:
                    await self.floor.take_up_again()

        worker.add_event_handler("on_pipeline_started", started)
        worker.add_event_handler("on_pipeline_error", failed)
        worker.set_reached_upstream_filter((EngineChangedFrame, StillWaitingFrame))
        worker.add_event_handler("on_frame_reached_upstream", reported)
        turns.add_event_handler("on_user_turn_stopped", turn_stopped)

    # --- what it says -----------------------------------------------------------------------

    async def answer_with(self, occasion: str) -> None:
        """Says a line where the brain would have answered."""
        self.conversation.dead_air.answered()
        await self._speech.say(occasion)

    def _line(self, occasion: str) -> str:
        return self.plan.line(occasion, len(self.conversation.transcript.turns))

    async def _bridge(self, frame: Frame) -> None:
        """A chain of engines says that one was replaced, or that an answer is late."""
        conversation = self.conversation
        if isinstance(frame, EngineChangedFrame):
            self.delivery.emit(
                engine_changed(self.plan.call_id, frame, conversation.timeline.now_s)
            )
        elif conversation.dead_air.waiting and not self._watch.closing and conversation.may_fill():
            await self._speech.say("filler")

    async def _admit(self) -> None:
        """Tells the caller of a technical problem; twice in a row the call is ended kindly."""
        again = self._faults.again(self.conversation.caller_turns)
        if self._watch.closing:
            self.hang_up(Disposition.FAILED)
        elif self.keys.helps(again=again):
            return
        elif again:
            await self.close_with("technical_goodbye", Disposition.FAILED)
        else:
            self.conversation.dead_air.answered()
            await self._speech.say("technical_problem")

    async def _attend(self) -> None:
        """Does what falls due, as soon as it does."""
        conversation = self.conversation
        while True:
            conversation.changed.clear()
            wait_s = self._watch.deadline_s() - conversation.clock_s()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait_s)):
                    await conversation.changed.wait()
            now_s = conversation.clock_s()
            if how := self._watch.said_all(now_s):
                self.hang_up(how)
            elif due := self._watch.due(now_s):
                await self._do(due)

    async def _do(self, due: Due) -> None:
        if due.act == "finish":
            self.hang_up(due.disposition)
        elif self.keys.instead(due):
            return
        elif due.act == "close":
            await self.close_with(due.occasion, due.disposition)
        else:
            await self._speech.say(due.occasion)
