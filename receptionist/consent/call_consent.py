"""Asks one caller whether the call may be recorded, and records it if he agrees.

No record of the consent, no recording: the answer is on the disk before the first sound is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from loguru import logger
from pipecat.frames.frames import Frame, LLMContextFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from guardrails.marking import DigitalSource, Marking
from guardrails.redaction.redactor import redact
from receptionist.audit.records import AuditEntry
from receptionist.calls.conversation import Conversation
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    ConsentHeard,
    EngineChanged,
    LanguageSwitched,
)
from receptionist.calls.plan import CallPlan
from receptionist.calls.switching import last_turn
from receptionist.consent.asking import Answer, Asking
from receptionist.consent.reading import ConsentReader
from receptionist.consent.records import Consent, ConsentRecord
from receptionist.errors import StorageError
from receptionist.recording.generation import synthetic_audio, voices_of
from receptionist.recording.recorder import Recorder

_OCCASION = "ask_recording"
_SAID = {Consent.GIVEN: "recording_on", Consent.REFUSED: "recording_off"}


class ConsentKeeper(Protocol):
    """Keeps answers."""

    async def save(self, consent: ConsentRecord) -> None:
        """Keeps `consent`; it is on the disk then.

        Raises:
            StorageError: it could not be kept, so nothing may be recorded.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """What the calls of one tenant need to ask and to record.

    Attributes:
        keeper: Keeps the answers.
        readers: Understand them, by language.
        folder: Where recordings are kept.
        audit: Keeps what was recorded.
        policy_hash: Of the policy in force.
    """

    keeper: ConsentKeeper
    readers: dict[str, ConsentReader]
    folder: Path
    audit: Callable[[AuditEntry], object]
    policy_hash: str


class SpokenCall(Protocol):
    """What is needed of a spoken call."""

    conversation: Conversation

    @property
    def plan(self) -> CallPlan:
        """How it is answered, in the language it is in now."""
        ...

    async def answer_with(self, occasion: str) -> None:
        """Says a line where the brain would have answered."""
        ...


class CallConsent:
    """The consent of one caller, and the recording that follows from it; a CallSink.

    Args:
        consents: Of the tenant.
        call: That is asked.
        emit: Is told how the caller answered.
    """

    def __init__(
        self,
        consents: Consents,
        call: SpokenCall,
        emit: Callable[[CallEvent], object],
    ) -> None:
        self._consents = consents
        self._call = call
        self._conversation = call.conversation
        self._emit = emit
        self._asking = Asking()
        self._language = ""
        self._languages: list[str] = []
        self._changes: list[EngineChanged] = []
        self._recorder: Recorder | None = None
        self._begun = False
        self._told = False

    async def ask(self) -> None:
        """Puts the question to the caller."""
        plan = self._call.plan
        self._language = plan.language
        self._languages = [plan.language]
        self._asking.asks(plan.line(_OCCASION))
        await self._call.answer_with(_OCCASION)

    def heard(self, text: str) -> bool:
        """Takes a turn of the caller; True when it is not for the brain."""
        if not self._asking.waits:
            return False
        transcript = self._conversation.transcript
        reading = self._consents.readers[self._language].read(text)
        return self._asking.turn(
            text,
            reading,
            first=self._conversation.caller_turns == 1,
            heard=" ".join(turn.text for turn in transcript.turns if turn.speaker == "assistant"),
        )

    async def carry_out(self, *, answers: bool) -> None:
        """Does what the caller has answered.

        Args:
            answers: The product answers him, because the brain does not.
        """
        answer = self._asking.answer
        if answer is None or self._begun:
            return
        self._begun = True
        consent = answer.consent
        if not await self._keep(answer) and consent is Consent.GIVEN:
            consent = Consent.UNCLEAR
        if self._told:  # the call has ended meanwhile
            return
        if consent is Consent.GIVEN:
            self._record()
        self._tell(answer, consent)
        if answers:
            await self._call.answer_with(_SAID.get(consent, _SAID[Consent.REFUSED]))

    def over(self) -> None:
        """The call is over: who has not answered has not agreed."""
        self._asking.over()
        if self._asking.answer is not None and not self._told:
            self._tell(self._asking.answer, Consent.UNCLEAR)

    async def __call__(self, event: CallEvent) -> None:
        """Takes an event of the call; with its end the recording is complete."""
        if isinstance(event, LanguageSwitched):
            self._languages.append(event.language)
        elif isinstance(event, EngineChanged):
            self._changes.append(event)
        elif isinstance(event, CallEnded):
            answer = self._asking.answer
            if answer is not None and not answer.text:
                await self._keep(answer)
            await self._complete()

    # --- inside -----------------------------------------------------------------------------

    def _tell(self, answer: Answer, consent: Consent) -> None:
        self._told = True
        self._emit(
            ConsentHeard(
                at_s=round(self._conversation.timeline.now_s, 3),
                asked=self._asking.question,
                answer=redact(answer.text),
                consent=consent.value,
                policy_hash=self._consents.policy_hash,
            )
        )

    async def _keep(self, answer: Answer) -> bool:
        plan = self._call.plan
        record = ConsentRecord(
            call_id=plan.call_id,
            tenant=plan.snapshot.config.tenant,
            language=self._language,
            asked=self._asking.question,
            answer=redact(answer.text),
            consent=answer.consent,
            policy_hash=self._consents.policy_hash,
            at=datetime.now(UTC),
        )
        try:
            await self._consents.keeper.save(record)
        except StorageError as error:
            logger.error(
                f"call {plan.call_id} is not recorded, its consent not being kept: {error}"
            )
            return False
        return True

    def _record(self) -> None:
        plan, timeline = self._call.plan, self._conversation.timeline
        marking = Marking(
            source=DigitalSource.COMPOSITE,
            engines=tuple(voices_of(plan.snapshot.config.engines, [plan.language])),
            created_at=datetime.now(UTC),
            title=f"call {plan.call_id}",
        )
        self._recorder = timeline.recorder = Recorder(
            self._consents.folder / f"{plan.call_id}.wav",
            marking,
            start_s=timeline.now_s,
            rate_in_hz=timeline.rate_in_hz,
            rate_out_hz=timeline.rate_out_hz,
        )

    async def _complete(self) -> None:
        if self._recorder is None:
            return
        self._conversation.timeline.recorder = None
        recorded = await asyncio.to_thread(self._recorder.close)
        if recorded is None:
            return
        plan = self._call.plan
        self._consents.audit(
            synthetic_audio(
                call_id=plan.call_id,
                at=datetime.now(UTC),
                file=recorded.file.name,
                sha256=recorded.sha256,
                voices=voices_of(plan.snapshot.config.engines, self._languages, self._changes),
                languages=self._languages,
            )
        )


def consent_call(consents: Consents, call: SpokenCall, delivery: EventDelivery) -> CallConsent:
    """Returns the consent of a spoken call, which follows the events of the call."""
    consent = CallConsent(consents, call, delivery.emit)
    delivery.sinks.append(consent)
    return consent


class ConsentGate(FrameProcessor):
    """Before the brain: it is not asked about the answer to the question of recording."""

    def __init__(self, consent: CallConsent) -> None:
        super().__init__()
        self._consent = consent

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keeps the caller's answer to itself and passes everything else on."""
        await super().process_frame(frame, direction)
        text = ""
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            text = last_turn(frame.context)
        answers = bool(text.strip()) and self._consent.heard(text)
        if text.strip():
            self.create_task(self._consent.carry_out(answers=answers), "consent")
        if not answers:
            await self.push_frame(frame, direction)
