"""Whole calls that ask for consent: who says yes is recorded from then on, and nobody else."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from eval.speech import CallerVoices
from guardrails.marking import DigitalSource, digital_source
from prompts.loader import load
from receptionist.audit.records import AuditEntry, Kind
from receptionist.calls.events import ConsentHeard, Guarded, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.consent.call_consent import Consents
from receptionist.consent.reading import ConsentReader
from receptionist.consent.records import Consent, ConsentRecord
from receptionist.errors import StorageError
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import CALL_ID, RATE_HZ, Outcome, Script, simulate
from tests.receptionist.guard.scripted_judge import PERSON, guards

pytestmark = pytest.mark.integration

ASKED = "May we record this call to improve our service?"
ON, OFF = "this call is being recorded from now on", "this call is not recorded"
CARD = "4111 1111 1111 1111"
QUESTION, ANSWER = "What time do you open on Saturday?", "We open at ten on Saturday."


@dataclass
class Keeper:
    """Keeps answers for a test to look at."""

    refuses: bool = False
    kept: list[ConsentRecord] = field(default_factory=list[ConsentRecord])

    async def save(self, consent: ConsentRecord) -> None:
        if self.refuses:
            raise StorageError("the disk is full")
        self.kept.append(consent)


@dataclass
class Recording:
    """What asks and records in one test."""

    folder: Path
    keeper: Keeper = field(default_factory=Keeper)
    audited: list[AuditEntry] = field(default_factory=list[AuditEntry])

    @property
    def file(self) -> Path:
        return self.folder / f"{CALL_ID}.wav"

    def consents(self) -> Consents:
        return Consents(
            keeper=self.keeper,
            readers={"en": ConsentReader(load("en"))},
            folder=self.folder,
            audit=self.audited.append,
            policy_hash="p1",
        )


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path)


@pytest.fixture(scope="module")
def speech(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


def called(demo: TenantSnapshot, recording: Recording, speech: bytes, *heard: str) -> Outcome:
    said = Script(caller=[speech] * len(heard), heard=heard, replies=[ANSWER] * 3)
    return simulate(demo, said, consents=recording.consents())


def consent_of(outcome: Outcome) -> ConsentHeard:
    (heard,) = outcome.all(ConsentHeard)
    return heard


def test_who_says_yes_is_told_and_recorded_from_then_on(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    outcome = called(demo, recording, speech, "Yes, please.", QUESTION)
    *_, asked_of, told, answered = outcome.said()
    assert ASKED in asked_of
    assert ON in told
    assert answered == ANSWER
    heard = consent_of(outcome)
    assert (heard.consent, heard.answer, heard.policy_hash) == ("given", "Yes, please.", "p1")
    (kept,) = recording.keeper.kept
    assert (kept.consent, kept.call_id, kept.language) == (Consent.GIVEN, CALL_ID, "en")
    assert kept.asked.startswith(ASKED)
    samples, rate_hz = soundfile.read(recording.file, dtype="int16")
    assert len(samples) / rate_hz == pytest.approx(outcome.duration_s - heard.at_s, abs=0.1)
    answer = outcome.all(TurnEnded)[-1]
    first, last = (round((at - heard.at_s) * rate_hz) for at in (answer.start_s, answer.end_s))
    assert np.abs(samples[first:last, 1]).max() > 1000
    asked = outcome.all(TurnEnded)[-2]
    first, last = (round((at - heard.at_s) * rate_hz) for at in (asked.start_s, asked.end_s))
    assert np.abs(samples[first:last, 0]).max() > 1000
    with recording.file.open("rb") as file:
        assert digital_source(file) is DigitalSource.COMPOSITE
    (row,) = recording.audited
    assert (row.kind, row.details["file"]) == (Kind.SYNTHETIC_AUDIO, f"{CALL_ID}.wav")


@pytest.mark.parametrize("answer", ["No, thank you.", "I'd rather not"])
def test_who_says_no_is_told_so_and_served_and_not_recorded(
    demo: TenantSnapshot, recording: Recording, speech: bytes, answer: str
) -> None:
    outcome = called(demo, recording, speech, answer, QUESTION)
    *_, told, answered = outcome.said()
    assert OFF in told
    assert answered == ANSWER
    assert consent_of(outcome).consent == "refused"
    assert [kept.consent for kept in recording.keeper.kept] == [Consent.REFUSED]
    assert list(recording.folder.iterdir()) == []
    assert recording.audited == []


def test_who_asks_something_else_is_answered_and_not_recorded(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    outcome = called(demo, recording, speech, f"{QUESTION} {CARD}", "yes")
    assert outcome.said()[-2:] == [ANSWER, ANSWER]
    heard = consent_of(outcome)
    assert (heard.consent, heard.answer) == ("unclear", f"{QUESTION} [card]")
    assert [kept.answer for kept in recording.keeper.kept] == [f"{QUESTION} [card]"]
    assert list(recording.folder.iterdir()) == []


def test_who_hangs_up_has_not_agreed(demo: TenantSnapshot, recording: Recording) -> None:
    outcome = simulate(demo, Script(hang_up_s=20), consents=recording.consents())
    heard = consent_of(outcome)
    assert (heard.consent, heard.answer) == ("unclear", "")
    assert [kept.consent for kept in recording.keeper.kept] == [Consent.UNCLEAR]
    assert list(recording.folder.iterdir()) == []


def test_a_yes_before_the_question_was_heard_is_no_consent(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    async def speak_into_the_greeting(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: bool(session.conversation.transcript.turns))
        caller.say(speech)

    script = Script(heard=["yes"], replies=[ANSWER], hang_up_s=15)
    outcome = simulate(demo, script, speak_into_the_greeting, consents=recording.consents())
    assert ASKED not in " ".join(outcome.said())
    heard = consent_of(outcome)
    assert (heard.consent, heard.answer) == ("unclear", "yes")
    assert list(recording.folder.iterdir()) == []


def test_a_consent_that_cannot_be_kept_allows_nothing(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    recording.keeper.refuses = True
    outcome = called(demo, recording, speech, "yes")
    assert OFF in outcome.said()[-1]
    assert consent_of(outcome).consent == "unclear"
    assert list(recording.folder.iterdir()) == []


def test_the_answer_is_judged_like_any_other_turn(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    said = Script(caller=[speech] * 2, heard=["yes", "no"], replies=[ANSWER])
    outcome = simulate(demo, said, consents=recording.consents(), guards=guards())
    judged = [event.text for event in outcome.all(Guarded) if event.stage == "turn"]
    assert judged == ["yes", "no"]
    assert consent_of(outcome).consent == "given"


def test_who_wants_a_person_instead_of_answering_gets_one(
    demo: TenantSnapshot, recording: Recording, speech: bytes
) -> None:
    said = Script(caller=[speech] * 2, heard=[PERSON, "yes"], replies=[ANSWER])
    outcome = simulate(demo, said, consents=recording.consents(), guards=guards())
    assert consent_of(outcome).consent == "unclear"
    assert list(recording.folder.iterdir()) == []


def test_where_nobody_is_asked_nothing_is_recorded(demo: TenantSnapshot, speech: bytes) -> None:
    outcome = simulate(demo, Script(caller=[speech], heard=[QUESTION], replies=[ANSWER]))
    assert outcome.all(ConsentHeard) == []
    assert ASKED not in " ".join(outcome.said())
