"""The one place where the order of processors is written."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import CancelFrame, EndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregator,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from providers.contracts import (
    LLMEngine,
    LLMOptions,
    STTEngine,
    STTOptions,
    TTSEngine,
    TTSOptions,
    TurnEngine,
    VADEngine,
)
from providers.fallback.frames import EngineChangedFrame
from providers.slot import ServiceSlot
from receptionist.calls.clauses import Clauses
from receptionist.calls.conversation import Conversation
from receptionist.calls.endpointing import LateWords, PatientStop
from receptionist.calls.events import EngineChanged
from receptionist.calls.guide import guided
from receptionist.calls.language import LanguageWatch
from receptionist.calls.plan import CallPlan
from receptionist.calls.switching import LanguageGate, LanguageGuard
from receptionist.calls.taps import CallerTap, EarTap, TurnTap, VoiceTap
from receptionist.calls.timeline import Timeline
from receptionist.calls.turns import EndpointPolicy
from receptionist.guard.gates import Gates
from receptionist.tools.contract import ToolContext

WATCHDOG_S = 8.0
"""pipecat ends a turn by itself after this silence; our own endpointer always comes first."""

LOG_EVERY_ERROR = ("pipecat.processors.frame_processor", "pipecat.pipeline.worker")
"""Modules that are not heard: the call that deals with an error logs it, once."""

END_DEADLINE_S = 4.0
"""An EndFrame that has not reached the end of the pipeline by then never will (ADR 0003)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEngines:
    """The loaded engines of one call."""

    stt: STTEngine
    tts: TTSEngine
    llm: LLMEngine
    vad: VADEngine
    turn: TurnEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPipeline:
    """A call's pipeline and the parts the session speaks with.

    Attributes:
        pipeline: All of it.
        ears: Holds the recogniser.
        turns: Where the caller's turns begin and end, and where words given in writing enter.
        brain: Holds the brain.
        speech: Where what the session says itself enters: behind the brain, which may hang.
        voice: Holds the voice.
    """

    pipeline: Pipeline
    ears: ServiceSlot
    turns: LLMUserAggregator
    brain: ServiceSlot
    speech: Clauses
    voice: ServiceSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParts:
    """What a call's pipeline is built around.

    Attributes:
        transport: Where its audio comes from and goes to.
        conversation: Follows the call.
        tools: What the assistant can do, with handlers.
        tool_context: What the tools know of the call.
        languages: Judges which language the caller speaks.
        guard: Goes over to it.
        line: Returns a line of the session, in the language the call is in.
        gates: Stand between them all; None lets everything through.
        consent: Keeps the answer about recording from the brain; None where nobody is asked.
        recall: Takes a caller back for whom it rings; None where nobody can be rung.
    """

    transport: BaseTransport
    conversation: Conversation
    tools: list[FunctionSchema]
    tool_context: ToolContext
    languages: LanguageWatch
    guard: LanguageGuard
    line: Callable[[str], str]
    gates: Gates | None = None
    consent: FrameProcessor | None = None
    recall: FrameProcessor | None = None


def build(plan: CallPlan, engines: CallEngines, parts: CallParts) -> CallPipeline:
    """Builds the pipeline of a spoken call."""
    transport, conversation = parts.transport, parts.conversation
    context = LLMContext(tools=ToolsSchema(standard_tools=list(parts.tools)))
    aggregators = _turns(context, engines)
    clauses = Clauses(conversation, lambda: parts.line("filler"))
    ears = ServiceSlot(engines.stt.service(hearing(plan, conversation.timeline)))
    brain = ServiceSlot(engines.llm.service(guided(brain_options(plan), parts.tool_context)))
    voice = ServiceSlot(engines.tts.service(speaking(plan, conversation.timeline)))
    gates = parts.gates
    pipeline = Pipeline(
        [
            transport.input(),
            ears,
            CallerTap(conversation, parts.languages),
            *([gates.interim] if gates else []),
            aggregators.user(),
            TurnTap(conversation),
            # A refusal is spoken in the caller's language; emergencies were seen before the turn.
            LanguageGate(parts.guard),
            *_present(parts.recall, gates and gates.turn, parts.consent),
            brain,
            *([gates.verdict] if gates else []),
            clauses,
            *([gates.output] if gates else []),
            voice,
            VoiceTap(conversation),
            transport.output(),
            EarTap(conversation),
            aggregators.assistant(),
        ]
    )
    return CallPipeline(
        pipeline=pipeline,
        ears=ears,
        turns=aggregators.user(),
        brain=brain,
        speech=clauses,
        voice=voice,
    )


def _present(*processors: FrameProcessor | None) -> list[FrameProcessor]:
    return [processor for processor in processors if processor is not None]


def _turns(context: LLMContext, engines: CallEngines) -> LLMContextAggregatorPair:
    """Returns what gathers the turns of both sides into the context."""
    strategies = UserTurnStrategies(
        # No other transcript starts a turn: a stray partial would cut the answer off.
        start=[VADUserTurnStartStrategy(), LateWords()],
        stop=[PatientStop(EndpointPolicy(), engines.turn.analyzer())],
    )
    return LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            vad_analyzer=engines.vad.analyzer(),
            user_turn_strategies=strategies,
            user_turn_stop_timeout=WATCHDOG_S,
            empty_user_turn=None,
        ),
    )


def new_worker(pipeline: Pipeline, params: PipelineParams) -> PipelineWorker:
    """Returns what runs the pipeline of one call; our own watch decides when a call is over."""
    params.send_initial_empty_metrics = False
    for module in LOG_EVERY_ERROR:  # here, because listing pipecat's services turns them on again
        logger.disable(module)
    return PipelineWorker(
        pipeline,
        params=params,
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        cancel_runner_on_idle_timeout=False,
    )


def rates(timeline: Timeline) -> PipelineParams:
    """Returns the rates of a spoken call's audio."""
    return PipelineParams(
        audio_in_sample_rate=timeline.rate_in_hz, audio_out_sample_rate=timeline.rate_out_hz
    )


async def end(worker: PipelineWorker, running: "asyncio.Task[None]", *, gently: bool) -> None:
    """Ends a pipeline, and forces it down when it does not end by itself.

    Args:
        worker: What runs it.
        running: The task of its runner.
        gently: Let what has been said be played to its end first.
    """
    if running.done():
        return
    if gently:
        await worker.queue_frame(EndFrame())
    else:
        await worker.cancel(reason="call over")
    done, _ = await asyncio.wait({running}, timeout=END_DEADLINE_S)
    if done:
        return
    logger.warning("a pipeline did not end by itself, forcing it")
    # A worker that waits for its end reads no further frame: this one goes past it.
    await worker.pipeline.queue_frame(CancelFrame(reason="call over"))
    done, _ = await asyncio.wait({running}, timeout=END_DEADLINE_S)
    if not done:
        running.cancel()


def hearing(plan: CallPlan, timeline: Timeline) -> STTOptions:
    """Returns what a recogniser needs to know of a call."""
    others = [other for other in plan.snapshot.config.languages if other != plan.language]
    return STTOptions(
        language=plan.language, rate_hz=timeline.rate_in_hz, hints=plan.hints, others=others
    )


def speaking(plan: CallPlan, timeline: Timeline) -> TTSOptions:
    """Returns what a voice needs to know of a call."""
    return TTSOptions(language=plan.language, rate_hz=timeline.rate_out_hz)


def brain_options(plan: CallPlan) -> LLMOptions:
    """Returns what a brain needs to know of a call."""
    return LLMOptions(
        language=plan.language,
        instructions=plan.instructions,
        texts=plan.texts,
        company=plan.snapshot.config.company,
        others={code: texts.concierge for code, texts in plan.snapshot.texts.items()},
    )


def engine_changed(call_id: str, frame: EngineChangedFrame, at_s: float) -> EngineChanged:
    """Returns the event of an engine that was replaced, and logs it: the one line about it."""
    logger.warning(
        f"call {call_id}: {frame.slot.value} {frame.failed} failed ({frame.reason});"
        f" {frame.instead} took over"
    )
    return EngineChanged(
        at_s=round(at_s, 3),
        slot=frame.slot.value,
        failed=frame.failed,
        instead=frame.instead,
        reason=frame.reason,
    )
