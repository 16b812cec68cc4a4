"""The tables of unanswered questions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.calls.models import EventOfCall
from receptionist.database import Base, UtcDateTime


class QuestionGroupRow(Base):
    """Questions of one language that ask the same; `settled_at` is when somebody saw to it."""

    __tablename__ = "question_group"
    __table_args__ = (Index(None, "tenant", "language"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UnansweredQuestionRow(EventOfCall, Base):
    """A question the search found no answer to. It goes when the record of its call goes."""

    __tablename__ = "unanswered_question"
    __table_args__ = (Index(None, "tenant", "group_id"),)

    tenant: Mapped[str]
    language: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str]
    score: Mapped[float]
    nearest_topic: Mapped[str | None]
    group_id: Mapped[str | None] = mapped_column(
        ForeignKey("question_group.id", ondelete="SET NULL")
    )
