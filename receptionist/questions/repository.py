"""Every query on unanswered questions; each sees those of one tenant only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.calls.events import CallEvent, ToolFinished
from receptionist.calls.models import CallRow, ToolCallRow
from receptionist.errors import NotFoundError
from receptionist.questions.grouping import EXAMPLES
from receptionist.questions.masking import masked
from receptionist.questions.models import QuestionGroupRow, UnansweredQuestionRow
from receptionist.questions.records import GroupState, QuestionGroup
from receptionist.tools.search_knowledge import SearchKnowledge, SearchOutcome

_ANSWERED = {
    SearchOutcome.ANSWERED,
    SearchOutcome.USE_TOOL,
    "failed",
    "cancelled",
    "invalid_arguments",
}
_SWITCH = "switch_language"
_AT_A_TIME = 2000
_LATEST = 50
_SHOWN = 5

QuestionKey = tuple[str, int]
"""The call of a question, and its position among the events of that call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuestion:
    """A question that belongs to no group yet."""

    key: QuestionKey
    language: str
    text: str
    asked_at: datetime


class QuestionRepository:
    """The unanswered questions of one tenant, in the transaction of `session`; never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def record(self, call_id: str, position: int, event: CallEvent, at: datetime) -> None:
        """Keeps the question of a search that found no answer; other events are none.

        Recording the same event again changes nothing.
        """
        if not isinstance(event, ToolFinished) or event.name != SearchKnowledge.name:
            return
        question = str(event.arguments.get("question", ""))
        if event.outcome in _ANSWERED or not any(letter.isalpha() for letter in question):
            return
        key = {"call_id": call_id, "position": position}
        if await self._session.get(UnansweredQuestionRow, key) is not None:
            return
        language = await self._language(call_id, position)
        self._session.add(
            UnansweredQuestionRow(
                **key,
                tenant=self._tenant,
                language=language,
                text=masked(question, language),
                asked_at=at,
                outcome=event.outcome,
                score=float(event.result.get("score", 0.0)),
                nearest_topic=_nearest_topic(event),
            )
        )

    async def ungrouped(self) -> Sequence[NewQuestion]:
        """Returns questions that belong to no group yet, the earliest first, some at a time."""
        row = UnansweredQuestionRow
        query = select(row).where(row.tenant == self._tenant, row.group_id.is_(None))
        query = query.order_by(row.asked_at, row.call_id, row.position).limit(_AT_A_TIME)
        return [
            NewQuestion(
                key=(one.call_id, one.position),
                language=one.language,
                text=one.text,
                asked_at=one.asked_at,
            )
            for one in await self._session.scalars(query)
        ]

    async def examples(self, language: str) -> Mapping[str, Sequence[str]]:
        """Returns the first questions of every group in `language`, by the id of the group."""
        row = UnansweredQuestionRow
        order = (row.asked_at, row.call_id, row.position)
        place = func.row_number().over(partition_by=row.group_id, order_by=order)
        first = (
            select(row.group_id, row.text, place.label("place"))
            .join(QuestionGroupRow, QuestionGroupRow.id == row.group_id)
            .where(row.tenant == self._tenant, QuestionGroupRow.language == language)
            .subquery()
        )
        query = select(first.c.group_id, first.c.text).where(first.c.place <= EXAMPLES)
        found: dict[str, list[str]] = {}
        for group, text in await self._session.execute(query.order_by(first.c.place)):
            found.setdefault(group, []).append(text)
        return found

    async def create(self, group: str, language: str) -> None:
        """Adds an empty group."""
        self._session.add(
            QuestionGroupRow(
                id=group, tenant=self._tenant, language=language, state=GroupState.OPEN
            )
        )
        await self._session.flush()

    async def assign(self, group: str, questions: Sequence[NewQuestion]) -> None:
        """Puts `questions` into `group`, which is open again if it seemed answered before them."""
        row = UnansweredQuestionRow
        keys = [question.key for question in questions]
        mine = (row.tenant == self._tenant, tuple_(row.call_id, row.position).in_(keys))
        await self._session.execute(update(row).where(*mine).values(group_id=group))
        again = update(QuestionGroupRow).where(
            QuestionGroupRow.tenant == self._tenant,
            QuestionGroupRow.id == group,
            QuestionGroupRow.state == GroupState.ANSWERED,
            QuestionGroupRow.settled_at < max(question.asked_at for question in questions),
        )
        await self._session.execute(again.values(state=GroupState.OPEN, settled_at=None))

    async def groups(
        self, limit: int, *, state: GroupState | None = None, language: str | None = None
    ) -> Sequence[QuestionGroup]:
        """Returns the groups that were asked most, at most `limit`."""
        row, group = UnansweredQuestionRow, QuestionGroupRow
        count, last = func.count(), func.max(row.asked_at)
        query = select(group, count).join(row, row.group_id == group.id)
        query = query.where(group.tenant == self._tenant, row.tenant == self._tenant)
        if state is not None:
            query = query.where(group.state == state)
        if language is not None:
            query = query.where(group.language == language)
        query = query.group_by(group.id).order_by(count.desc(), last.desc(), group.id).limit(limit)
        found = (await self._session.execute(query)).all()
        return [await self._shown(one, number) for one, number in found]

    async def get(self, group: str) -> QuestionGroup:
        """Returns a group.

        Raises:
            NotFoundError: this tenant has no such group, or none of its questions any more.
        """
        row = UnansweredQuestionRow
        mine = (row.tenant == self._tenant, row.group_id == group)
        count = await self._session.scalar(select(func.count()).where(*mine))
        found = await self._group(group)
        if not count:
            raise NotFoundError(f"The calls that asked the questions of {group!r} are gone.")
        return await self._shown(found, count)

    async def settle(self, group: str, state: GroupState, at: datetime) -> None:
        """Notes what became of a group.

        Raises:
            NotFoundError: this tenant has no such group.
        """
        row = await self._group(group)
        row.state = state
        row.settled_at = None if state is GroupState.OPEN else at

    async def _group(self, group: str) -> QuestionGroupRow:
        query = select(QuestionGroupRow).where(
            QuestionGroupRow.tenant == self._tenant, QuestionGroupRow.id == group
        )
        found = await self._session.scalar(query)
        if found is None:
            raise NotFoundError(f"Tenant {self._tenant!r} has no group of questions {group!r}.")
        return found

    async def _shown(self, group: QuestionGroupRow, count: int) -> QuestionGroup:
        row = UnansweredQuestionRow
        query = select(row).where(row.tenant == self._tenant, row.group_id == group.id)
        query = query.order_by(row.asked_at.desc(), row.call_id, row.position).limit(_LATEST)
        latest = (await self._session.scalars(query)).all()
        topics = Counter(one.nearest_topic for one in latest if one.nearest_topic)
        return QuestionGroup(
            id=group.id,
            tenant=group.tenant,
            language=group.language,
            state=GroupState(group.state),
            count=count,
            examples=tuple(dict.fromkeys(one.text for one in latest))[:_SHOWN],
            nearest_topic=topics.most_common(1)[0][0] if topics else None,
            last_asked=latest[0].asked_at,
        )

    async def _language(self, call_id: str, position: int) -> str:
        """Returns the language spoken at `position` of a call: the last one switched to."""
        row = ToolCallRow
        switches = (row.name == _SWITCH, row.outcome == "switched", row.position < position)
        query = select(row.result).where(row.call_id == call_id, *switches)
        last = await self._session.scalar(query.order_by(row.position.desc()).limit(1))
        if last and isinstance(last.get("language"), str):
            return last["language"]
        mine = (CallRow.tenant == self._tenant, CallRow.id == call_id)
        return (await self._session.scalars(select(CallRow.language).where(*mine))).one()


async def tenants_with_questions(session: AsyncSession) -> Sequence[str]:
    """Returns the tenants questions are kept of, for whoever runs the machine."""
    tenant = UnansweredQuestionRow.tenant
    return (await session.scalars(select(tenant).distinct().order_by(tenant))).all()


def _nearest_topic(event: ToolFinished) -> str | None:
    """Returns the topic that knows it in another language, or the one that came nearest."""
    nearest: Sequence[Mapping[str, Any]] = event.result.get("alternatives") or [{}]
    return event.result.get("topic") or nearest[0].get("topic")
