"""A call through the whole product whose caller agrees to being recorded."""

from pathlib import Path

import pytest
import soundfile

from eval.speech import CallerVoices
from guardrails.marking import DigitalSource, digital_source
from receptionist.audit.records import Kind
from receptionist.audit.repository import AuditRepository
from receptionist.audit.verification import verify
from receptionist.calls.events import CallEvent, CallStarted
from receptionist.consent.records import Consent
from receptionist.consent.repository import ConsentRepository
from receptionist.database import Database
from receptionist.telephony.recorded_call import RecordedCall, place
from receptionist.telephony.recording import Recording
from tests.e2e.product import bundle, fake, settings, started

pytestmark = pytest.mark.e2e

RATE_HZ = 16_000


@pytest.mark.parametrize(("answer", "consent"), [("Yes.", "given"), ("No.", "refused")])
async def test_only_who_agrees_is_recorded_and_both_are_on_record(
    tmp_path: Path, voices: CallerVoices, answer: str, consent: str
) -> None:
    engines = {
        "stt": {"*": fake("stt", transcripts=[answer])},
        "tts": {"*": fake("tts", ms_per_char=5)},
        "llm": fake("llm", replies=["We open at nine."]),
    }
    own = settings(tmp_path, bundle(tmp_path, engines=engines, recording={"ask": True}))
    pcm = voices.say("hibari:default", answer, rate_hz=RATE_HZ)
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    async with started(own) as supervisor:
        said = Recording(path=Path("answer"), rate_hz=RATE_HZ, pcm=pcm)
        await place(supervisor, RecordedCall(turns=[said]), [gather])
    call_id = next(event.call_id for event in events if isinstance(event, CallStarted))
    async with await Database.open("", own.data_dir) as database:
        kept = await ConsentRepository(database, "demo").of_call(call_id)
        assert kept is not None
        assert (kept.consent, kept.answer) == (Consent(consent), answer)
        async with database.read() as session:
            log = AuditRepository(session, "demo")
            assert (await verify(log, "demo")).breaks == ()
            rows = {row.kind: row async for row in log.rows()}
    assert rows[Kind.CONSENT].action == consent
    file = own.data_dir / "recordings" / "demo" / f"{call_id}.wav"
    assert file.exists() is (consent == "given")
    assert (Kind.SYNTHETIC_AUDIO in rows) is (consent == "given")
    if file.exists():
        assert soundfile.info(file).duration > 0.5
        with file.open("rb") as recorded:
            assert digital_source(recorded) is DigitalSource.COMPOSITE
