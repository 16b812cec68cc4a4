"""Finds the topic or the passage a caller asks about, or says that it knows none.

A question is scored by three views. Its sentence embedding tells how likely it is one more way of
asking about a topic, in any of the tenant's languages, and how near it is to the nearest example of
it compared with what has nothing to do with the tenant. Its words tell what embeddings blur.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from knowledge.follow_up import asked_on, department_named
from knowledge.index_cache import IndexCache
from knowledge.likeness import Vectors, of_each_group
from knowledge.passage_search import THRESHOLD as LIKELY
from knowledge.passage_search import passage_matches
from knowledge.passages import Passage
from knowledge.people import Department
from knowledge.phrasing import point_of
from knowledge.question_index import (
    Background,
    Embed,
    Progress,
    QuestionIndex,
    question_index,
)
from knowledge.topic_search import WEIGHTS, Match, PassageMatch, TopicSearch, Weights
from knowledge.topics import Topic

_FOREIGN = 0.5
_MENDED = 0.95
"""A question with a misheard word put right is a little less certain."""
_DEPARTMENT = 0.2
_PASSAGE_LEAD = 0.25
"""An answer somebody wrote to be spoken goes before a passage that fits only so much better."""
_ALTERNATIVES = 3
_SURE = 0.7
"""A question that scores this alone does not go on from the last topic, unless it points back."""
_CERTAIN = 1.05
"""Nor is one that points back and scores this: "could I pay for it in instalments?"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question as the views see it.

    Attributes:
        text: The point of it, in plain words.
        language: In which it is asked.
        today: The day on which an answer must hold.
        certainty: What its scores are multiplied by.
        department: Id of the department it names, or "".
    """

    text: str
    language: str
    today: date
    certainty: float = 1.0
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    topics: Mapping[int, float] = field(default_factory=dict[int, float])
    passages: tuple[PassageMatch, ...] = ()

    @property
    def best_topic(self) -> float:
        return max(self.topics.values(), default=0.0)

    @property
    def best(self) -> float:
        return max([self.best_topic, *(match.score for match in self.passages)])


class TopicIndex:
    """What one tenant knows, embedded once and searched in a few milliseconds.

    Args:
        topics: What can be answered.
        embed: Returns one row of length 1 per text.
        passages: What documents say.
        departments: Questions that name one of them prefer its topics.
        background: Sentences about nothing of the tenant's, by language; None is the usual ones.
        embedder: Name of the embedder, for the cache.
        cache: Where the index is kept between runs.
        progress: Told how far the building is, when it takes seconds.
        weights: What the views count.
    """

    def __init__(
        self,
        topics: Sequence[Topic],
        embed: Embed,
        *,
        passages: Sequence[Passage] = (),
        departments: Sequence[Department] = (),
        background: Background | None = None,
        embedder: str = "",
        cache: IndexCache | None = None,
        progress: Progress | None = None,
        weights: Weights = WEIGHTS,
    ) -> None:
        self._topics = tuple(topics)
        self._numbers = {topic.id: number for number, topic in enumerate(self._topics)}
        self._passages = tuple(passages)
        self._departments = tuple(departments)
        self._weights = weights
        self.embed = embed
        self._index: QuestionIndex = question_index(
            self._topics,
            self._passages,
            embed,
            background=background,
            embedder=embedder,
            cache=cache,
            progress=progress,
        )

    def search(self, question: str, language: str, *, today: date, after: str = "") -> TopicSearch:
        """Returns what `question` is about among what holds on `today`.

        Args:
            question: In the caller's own words.
            language: In which it is asked; answers in it are preferred to equals in others.
            today: The day of the call.
            after: Id of the topic that was answered last: what "that" and "and on Sunday" mean.
        """
        asked = point_of(question, language)
        if not asked:
            return TopicSearch(best=None, score=0.0, alternatives=())
        department = department_named(question, language, self._departments)
        alone = _Question(text=asked, language=language, today=today, department=department)
        scores = self._scores(self._ways_to_read(alone))
        if after in self._numbers:
            last = self._topics[self._numbers[after]]
            scores = self._asked_on(question, alone, last, scores)
        return self._found(scores, language)

    def _asked_on(self, question: str, alone: _Question, last: Topic, scores: _Scores) -> _Scores:
        """Returns the scores of `question` as one about `last`, where that is how it is meant."""
        again = asked_on(question, alone.language, last)
        if again is None or scores.best_topic >= (_CERTAIN if again.pointing else _SURE):
            return scores
        together = self._scores([replace(alone, text=again.text)])
        best = together.best_topic
        meant = best > scores.best_topic or (again.pointing and best >= _SURE)
        return together if meant else scores

    def _ways_to_read(self, question: _Question) -> list[_Question]:
        words = self._index.topics.words.get(question.language)
        if words is None:
            return [question]
        common = self._index.common.get(question.language, frozenset())
        mended = words.mended(question.text, common)
        if mended == question.text:
            return [question]
        return [question, replace(question, text=mended, certainty=_MENDED)]

    def _scores(self, ways: Sequence[_Question]) -> _Scores:
        """Returns the scores of the best way to read a question."""
        vectors = self.embed([way.text for way in ways])
        read = [
            self._scores_of(way, self._index.placed(vector, way.language))
            for way, vector in zip(ways, vectors, strict=True)
        ]
        return max(read, key=lambda scores: scores.best)

    def _scores_of(self, question: _Question, vector: Vectors) -> _Scores:
        return _Scores(
            topics={
                number: score * question.certainty
                for number, score in self._topic_scores(question, vector).items()
            },
            passages=tuple(
                replace(match, score=round(match.score * question.certainty, 3))
                for match in passage_matches(
                    self._index, self._passages, question.text, question.language, vector
                )
            ),
        )

    def _topic_scores(self, question: _Question, vector: Vectors) -> dict[int, float]:
        known = self._index.topics
        if not len(known.owners):
            return {}
        fits, foreign = of_each_group(vector, known.rows, known.owners, self._index.background)
        words = known.words.get(question.language)
        shares = words.shares(question.text) if words is not None else None
        scores: dict[int, float] = {}
        for number, fit in fits.items():
            topic = self._topics[number]
            if not topic.holds_on(question.today):
                continue
            own = shares is not None and question.language in topic.languages
            # Words of another language cannot be compared: they agree as much as the meaning does.
            share = float(shares[number]) if own and shares is not None else fit.likeness
            score = fit.likeness + self._weights.words * share
            score += self._weights.nearest * (fit.nearest - _FOREIGN * foreign)
            if question.department and topic.department == question.department:
                score += _DEPARTMENT
            scores[number] = score
        return scores

    def _found(self, scores: _Scores, language: str) -> TopicSearch:
        ranked = [
            self._match(number, score, language) for number, score in _best_first(scores.topics)
        ]
        passages = tuple(match for match in scores.passages if match.score >= LIKELY)
        score = ranked[0].score if ranked else 0.0
        known = bool(ranked) and score >= self._weights.threshold
        if passages and (not known or passages[0].score > score + _PASSAGE_LEAD):
            known, score = False, passages[0].score
        elif not known:
            score = round(scores.best, 3)
        alternatives = tuple(ranked[1:] if known else ranked[:_ALTERNATIVES])
        return TopicSearch(
            best=ranked[0] if known else None,
            score=score,
            alternatives=alternatives,
            passages=passages,
        )

    def _match(self, number: int, score: float, language: str) -> Match:
        topic = self._topics[number]
        answered = language if language in topic.languages else next(iter(topic.languages))
        return Match(topic=topic, score=round(score, 3), language=answered)


def _best_first(scores: Mapping[int, float]) -> list[tuple[int, float]]:
    """Returns the best few of `scores`; equals in the order the admin wrote them."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [item for item in ordered if item[1] > 0][: _ALTERNATIVES + 1]
