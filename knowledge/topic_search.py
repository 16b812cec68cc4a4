"""What a search among topics and passages finds, and what counts in it."""

from dataclasses import dataclass

from knowledge.passages import Passage
from knowledge.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the views count, beside the likeness to a topic, which counts 1.

    Attributes:
        words: The share of the telling words of the question that a topic uses.
        nearest: The cosine to its nearest example, less half of that to the nearest foreign one.
        threshold: Score below which no topic was found.
    """

    words: float = 0.2
    nearest: float = 0.2
    threshold: float = 0.45


WEIGHTS = Weights()
"""`eval/topic_calibration.py` compares weights. The threshold was set on `rehearsal` and
`selection` of tests/knowledge/data: 98 % of their questions answered right, 95 % of the foreign
ones refused; those are nearer to a tenant than the background that the calibration leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A topic and how well it fits, about 0..1.2.

    Attributes:
        topic: What is asked about.
        score: How well it fits.
        language: Of the answer: the one asked for, or the first there is.
    """

    topic: Topic
    score: float
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageMatch:
    """A passage and how likely it answers.

    Attributes:
        passage: What was found.
        score: How likely it answers, 0..1.
        likenesses: Of each of its sentences to the question, about 0..1.
    """

    passage: Passage
    score: float
    likenesses: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSearch:
    """What was found.

    Attributes:
        best: The topic asked about; None when none fits well enough, or a passage fits better.
        score: Score of the best topic or passage, known or not.
        alternatives: The topics that come next, best first.
        passages: Passages likely enough to answer, best first; the answer when there is no `best`.
    """

    best: Match | None
    score: float
    alternatives: tuple[Match, ...]
    passages: tuple[PassageMatch, ...] = ()
