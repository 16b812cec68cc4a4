"""A question without an answer is kept with its call, masked, and belongs to one tenant."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import delete

from receptionist.calls.events import CallStarted, ToolFinished
from receptionist.calls.models import CallRow
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.questions.records import GroupState, QuestionGroup
from receptionist.questions.repository import QuestionRepository, tenants_with_questions
from receptionist.questions.service import group_questions

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Sees what a question is about by its last word."""
    words = ["dogs", "price", "piano"]
    rows = [[float(word in text) for word in words] + [0.01] for text in texts]
    return np.array(rows, np.float32)


def searched(question: str, outcome: str = "unknown", **result: Any) -> ToolFinished:
    return ToolFinished(
        turn=1,
        name="search_knowledge",
        arguments={"question": question},
        outcome=outcome,
        result={"outcome": outcome, "score": 0.21, **result},
        id="t1",
        key="k1",
        duration_ms=3.5,
    )


def switched(language: str) -> ToolFinished:
    return ToolFinished(
        turn=1,
        name="switch_language",
        arguments={"language": language},
        outcome="switched",
        result={"outcome": "switched", "language": language},
        id="t0",
        key="k0",
        duration_ms=0.5,
    )


async def ask(
    database: Database,
    *events: ToolFinished,
    call_id: str = "c1",
    tenant: str = "garden",
    language: str = "en",
    at: datetime = NOON,
) -> None:
    """Has the events happen on a call, a minute apart."""
    moments = iter(at + timedelta(minutes=minute) for minute in range(100))
    store = CallStore(database, tenant, now=lambda: next(moments))
    sink = store.sink(call_id)
    await sink(
        CallStarted(
            call_id=call_id,
            tenant=tenant,
            version="v1",
            language=language,
            channel="text",
            started_at=at,
        )
    )
    for event in events:
        await sink(event)
    assert await store.close() == {}


async def groups(
    database: Database, tenant: str = "garden", **chosen: Any
) -> Sequence[QuestionGroup]:
    await group_questions(database, tenant, embed)
    async with database.read() as session:
        return await QuestionRepository(session, tenant).groups(9, **chosen)


async def settle(database: Database, group: str, state: GroupState, at: datetime) -> None:
    async with database.write() as session:
        await QuestionRepository(session, "garden").settle(group, state, at)


async def test_questions_without_an_answer_are_kept_in_groups(database: Database) -> None:
    near: Mapping[str, Any] = {"alternatives": [{"topic": "pets", "score": 0.2}]}
    await ask(
        database,
        searched("do you take dogs", **near),
        searched("what is the price"),
        searched("are there dogs allowed, call 020 7946 0018", **near),
        searched("is there parking", outcome="answered"),
        searched("where is my order", outcome="use_tool"),
        searched("what about the search", outcome="failed"),
        searched("..."),
    )
    found = await groups(database)
    assert [(one.count, one.examples, one.nearest_topic) for one in found] == [
        (2, ("are there dogs allowed, call [number]", "do you take dogs"), "pets"),
        (1, ("what is the price",), None),
    ]
    assert found[0].last_asked == NOON + timedelta(minutes=3)
    assert {one.state for one in found} == {GroupState.OPEN}


async def test_later_questions_join_the_groups_that_are_there(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (first,) = await groups(database)
    await ask(database, searched("my dogs"), searched("a piano"), call_id="c2")
    found = await groups(database)
    assert [(one.count, one.id == first.id) for one in found] == [(2, True), (1, False)]
    assert await group_questions(database, "garden", embed) == 0


async def test_each_language_has_its_own_groups(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    await ask(database, searched("e dogs"), call_id="c2", language="it")
    foreign = searched("y dogs", outcome="other_language", language="en", topic="pets")
    await ask(database, switched("de"), switched("es"), foreign, call_id="c3")
    assert {one.language: one.count for one in await groups(database)} == {
        "en": 1,
        "it": 1,
        "es": 1,
    }
    (italian,) = await groups(database, language="it")
    assert italian.examples == ("e dogs",)
    (spanish,) = await groups(database, language="es")
    assert spanish.nearest_topic == "pets"


async def test_a_tenant_sees_and_settles_its_own_only(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (garden,) = await groups(database)
    assert await groups(database, tenant="mill") == []
    async with database.read() as session:
        assert await tenants_with_questions(session) == ["garden"]
        with pytest.raises(NotFoundError, match="'mill' has no group"):
            await QuestionRepository(session, "mill").get(garden.id)
    async with database.write() as session:
        mill = QuestionRepository(session, "mill")
        with pytest.raises(NotFoundError):
            await mill.settle(garden.id, GroupState.DISMISSED, NOON)
    assert (await groups(database))[0].state is GroupState.OPEN


async def test_what_is_asked_in_vain_after_it_was_answered_comes_back(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (group,) = await groups(database)
    await settle(database, group.id, GroupState.ANSWERED, NOON + timedelta(hours=1))
    assert await groups(database, state=GroupState.OPEN) == []
    await ask(database, searched("my dogs"), call_id="c2", at=NOON + timedelta(minutes=9))
    assert await groups(database, state=GroupState.OPEN) == []
    await ask(database, searched("our dogs"), call_id="c3", at=NOON + timedelta(hours=2))
    assert [one.count for one in await groups(database, state=GroupState.OPEN)] == [3]


async def test_what_was_dismissed_stays_away(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (group,) = await groups(database)
    await settle(database, group.id, GroupState.DISMISSED, NOON)
    await ask(database, searched("our dogs"), call_id="c2", at=NOON + timedelta(hours=2))
    assert await groups(database, state=GroupState.OPEN) == []
    assert [one.count for one in await groups(database)] == [2]


async def test_recording_a_question_twice_changes_nothing(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (group,) = await groups(database)
    async with database.write() as session:
        questions = QuestionRepository(session, "garden")
        await questions.record("c1", 1, searched("do you take dogs"), NOON)
    assert await groups(database) == [group]


async def test_a_question_goes_with_its_call(database: Database) -> None:
    await ask(database, searched("do you take dogs"))
    (group,) = await groups(database)
    async with database.write() as session:
        await session.execute(delete(CallRow).where(CallRow.id == "c1"))
    assert await groups(database) == []
    async with database.read() as session:
        with pytest.raises(NotFoundError, match="are gone"):
            await QuestionRepository(session, "garden").get(group.id)


async def test_questions_are_grouped_while_others_are_asked(database: Database) -> None:
    asking = (ask(database, searched("dogs"), call_id=f"c{number}") for number in range(6))
    await asyncio.gather(*asking, groups(database))
    assert sum(one.count for one in await groups(database)) == 6
