"""A caller's consent is kept as it was first given, and questions are collected only with it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from receptionist.calls.events import CallStarted, ConsentHeard, ToolFinished
from receptionist.calls.store import CallStore
from receptionist.consent.records import Consent, ConsentRecord
from receptionist.consent.repository import ConsentRepository
from receptionist.database import Database
from receptionist.questions.repository import QuestionRepository

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def consent(call_id: str = "c1", minute: int = 0, **changes: object) -> ConsentRecord:
    record = ConsentRecord(
        call_id=call_id,
        tenant="demo",
        language="it",
        asked="Possiamo registrare questa chiamata?",
        answer="sì",
        consent=Consent.GIVEN,
        policy_hash="p1",
        at=NOON + timedelta(minutes=minute),
    )
    return record.model_copy(update=changes)


async def test_what_was_answered_first_stands(database: Database) -> None:
    consents = ConsentRepository(database, "demo")
    await consents.save(consent())
    await consents.save(consent(consent=Consent.REFUSED, answer="no"))
    assert await consents.of_call("c1") == consent()
    assert await consents.of_call("c2") is None


async def test_one_of_many_answers_at_the_same_moment_stands(database: Database) -> None:
    consents = ConsentRepository(database, "demo")
    given = [consent(answer=f"sì {number}") for number in range(9)]
    await asyncio.gather(*map(consents.save, given))
    assert await consents.of_call("c1") in given


async def test_tenants_see_their_own(database: Database) -> None:
    for number in range(3):
        await ConsentRepository(database, "demo").save(consent(f"c{number}", number))
    found = await ConsentRepository(database, "demo").latest(2)
    assert [one.call_id for one in found] == ["c2", "c1"]
    assert await ConsentRepository(database, "mill").latest(5) == []
    assert await ConsentRepository(database, "mill").of_call("c1") is None
    with pytest.raises(ValueError, match="is not 'mill'"):
        await ConsentRepository(database, "mill").save(consent())


@pytest.mark.parametrize(
    ("needs_consent", "answer", "collected"),
    [
        (False, None, 1),
        (False, Consent.REFUSED, 1),
        (True, None, 0),
        (True, Consent.REFUSED, 0),
        (True, Consent.UNCLEAR, 0),
        (True, Consent.GIVEN, 1),
    ],
)
async def test_questions_are_collected_only_from_those_who_agreed_where_that_is_asked(
    database: Database, needs_consent: bool, answer: Consent | None, collected: int
) -> None:
    store = CallStore(database, "demo", needs_consent=needs_consent)
    sink = store.sink("c1")
    await sink(
        CallStarted(
            call_id="c1",
            tenant="demo",
            version="v1",
            language="en",
            channel="browser",
            started_at=NOON,
        )
    )
    if answer is not None:
        await sink(ConsentHeard(at_s=1, asked="?", answer="", consent=answer.value, policy_hash=""))
    await sink(
        ToolFinished(
            turn=1,
            name="search_knowledge",
            arguments={"question": "Do you repair submarines?"},
            outcome="unknown",
            result={},
            id="t1",
            key="k",
            duration_ms=1.0,
        )
    )
    assert await store.close() == {}
    async with database.read() as session:
        assert len(await QuestionRepository(session, "demo").ungrouped()) == collected
