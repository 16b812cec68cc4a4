"""The texts of a tenant as vectors and words: worked out once, kept on disk, mapped at start."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.documents.sentences import sentences
from knowledge.index_cache import Arrays, IndexCache
from knowledge.language_data import FOLDER, examples_of_others, languages
from knowledge.likeness import Numbers, Rows, Vectors, far_from
from knowledge.passages import Passage
from knowledge.phrasing import point_of, stems
from knowledge.topics import Topic
from knowledge.word_index import WordIndex

Embed = Callable[[Sequence[str]], Vectors]
Progress = Callable[[str], None]
Background = Mapping[str, Sequence[str]]

_LAYOUT = 2
"""Of the arrays and of what they are made by; another number is another entry of the cache."""
_AT_ONCE = 64
_TOLD_EVERY = 2048
"""Sentences between two words of progress: about two seconds."""
_PROBE = "where can I leave the car"
"""Its vector stands for the embedder and its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Sentences of items: the examples of topics, or what passages say.

    Attributes:
        rows: Their vectors, taken from the middle of their language.
        owners: The item each belongs to.
        words: The words of the items, by language.
    """

    rows: Rows
    owners: Numbers
    words: Mapping[str, WordIndex]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionIndex:
    """What questions are compared with.

    Attributes:
        topics: The ways to ask about each topic.
        passages: What each passage says.
        headings: What each passage stands under, one row per passage; zeros without a heading.
        background: Sentences about nothing of the tenant's.
        middles: The mean of what people say in a language; "" is that of all languages.
        common: Stems in use in each language, whatever the tenant.
    """

    topics: Sentences
    passages: Sentences
    headings: Vectors
    background: Vectors
    middles: Mapping[str, Vectors]
    common: Mapping[str, frozenset[str]]

    def placed(self, vectors: Vectors, language: str) -> Vectors:
        """Returns `vectors` of sentences in `language` as seen from the middle of it."""
        middle = self.middles.get(language, self.middles[""])
        return _unit(vectors - middle)


def question_index(
    topics: Sequence[Topic],
    passages: Sequence[Passage],
    embed: Embed,
    *,
    background: Background | None = None,
    embedder: str = "",
    cache: IndexCache | None = None,
    progress: Progress | None = None,
) -> QuestionIndex:
    """Returns the index of `topics` and `passages`, from the cache when it has been built before.

    Args:
        topics: What the tenant answers.
        passages: What its documents say.
        embed: Returns one row of length 1 per text.
        background: Sentences about nothing of the tenant's, by language; None is the usual ones.
        embedder: Name of the embedder.
        cache: Where indexes are kept; None keeps none.
        progress: Told how far the building is, when it takes seconds.
    """
    spoken = languages()
    others = background or {language: examples_of_others(language) for language in spoken}

    def build() -> Arrays:
        return _Builder(embed, progress).arrays(topics, passages, others)

    if cache is None:
        arrays = build()
    else:
        made_from = (embedder, _probe(embed), _language_data(others), topics, passages)
        arrays = cache.arrays(_name(*made_from), build)
    middles = {language: arrays["middles"][n] for n, language in enumerate(["", *spoken])}
    return QuestionIndex(
        topics=_sentences(arrays, "topics", len(topics)),
        passages=_sentences(arrays, "passages", len(passages)),
        headings=arrays["headings"],
        background=arrays["background"],
        middles=middles,
        common={
            language: frozenset(stem for text in texts for stem in stems(text))
            for language, texts in others.items()
        },
    )


class _Builder:
    """Embeds texts a few at a time and says how far it is."""

    def __init__(self, embed: Embed, progress: Progress | None) -> None:
        self._embed = embed
        self._progress = progress
        self._middles: dict[str, Vectors] = {}

    def arrays(
        self, topics: Sequence[Topic], passages: Sequence[Passage], background: Background
    ) -> Arrays:
        """Returns all that is kept of `topics` and `passages`."""
        spoken = [language for language, texts in background.items() for _ in texts]
        others = self._vectors(
            [point_of(text, language) for language, texts in background.items() for text in texts]
        )
        self._middles = _middles(others, spoken)
        others = self._placed(others, spoken)
        asked = [
            (number, language, point_of(question, language))
            for number, topic in enumerate(topics)
            for language, wordings in topic.languages.items()
            for question in wordings.questions
        ]
        told = [
            (number, passage.language, point_of(sentence, passage.language))
            for number, passage in enumerate(passages)
            for sentence in sentences(passage.text, passage.language)
        ]
        arrays: dict[str, NDArray[Any]] = {}
        arrays |= self._kept("topics", asked, _topic_words(topics))
        arrays |= self._kept("passages", told, _passage_words(passages))
        arrays["headings"] = self._headings(passages)
        arrays["background"] = others[far_from(others, arrays["topics.vectors"])]
        arrays["middles"] = np.stack([self._middles[key] for key in ["", *languages()]])
        return arrays

    def _headings(self, passages: Sequence[Passage]) -> Vectors:
        """Returns the vectors of the innermost headings; a document has few different ones."""
        texts = [(one.heading.split(" > ")[-1], one.language) for one in passages]
        under = list(dict.fromkeys(text for text in texts if text[0]))
        rows = self._vectors([point_of(*text) for text in under])
        rows = self._placed(rows, [language for _, language in under])
        found = dict(zip(under, rows, strict=True))
        nothing = np.zeros(rows.shape[1], np.float32)
        return np.stack([found.get(text, nothing) for text in texts]) if texts else rows

    def _kept(
        self,
        kind: str,
        texts: Sequence[tuple[int, str, str]],
        words: Mapping[str, Iterable[Iterable[str]]],
    ) -> Arrays:
        vectors = self._vectors([text for *_, text in texts])
        rows = Rows.of(self._placed(vectors, [language for _, language, _ in texts]))
        kept: dict[str, NDArray[Any]] = {
            f"{kind}.vectors": rows.vectors,
            f"{kind}.axes": rows.axes,
            f"{kind}.coarse": rows.coarse,
            f"{kind}.owners": np.array([number for number, *_ in texts], np.int32),
        }
        for language, items in words.items():
            for name, array in WordIndex.arrays_of(items).items():
                kept[f"{kind}.words.{language}.{name}"] = array
        return kept

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        parts: list[Vectors] = []
        for start in range(0, len(texts), _AT_ONCE):
            if self._progress and start and start % _TOLD_EVERY == 0:
                self._progress(f"reading what it knows: {start:,} of {len(texts):,} sentences")
            parts.append(self._embed(texts[start : start + _AT_ONCE]))
        return np.concatenate(parts) if parts else self._embed([_PROBE])[:0]

    def _placed(self, vectors: Vectors, spoken: Sequence[str]) -> Vectors:
        if not len(vectors):
            return vectors
        everywhere = self._middles[""]
        return _unit(vectors - np.stack([self._middles.get(key, everywhere) for key in spoken]))


def _middles(background: Vectors, spoken: Sequence[str]) -> dict[str, Vectors]:
    everywhere = background.mean(axis=0)
    of = np.array(spoken)
    found = {key: background[of == key] for key in languages()}
    return {"": everywhere} | {
        key: rows.mean(axis=0) if len(rows) else everywhere for key, rows in found.items()
    }


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def _topic_words(topics: Sequence[Topic]) -> Mapping[str, list[list[str]]]:
    spoken = sorted({language for topic in topics for language in topic.languages})
    return {
        language: [
            [
                *(point_of(question, language) for question in wordings.questions),
                *wordings.keywords,
            ]
            if (wordings := topic.languages.get(language))
            else []
            for topic in topics
        ]
        for language in spoken
    }


def _passage_words(passages: Sequence[Passage]) -> Mapping[str, list[list[str]]]:
    return {
        language: [
            [passage.heading, passage.text] if passage.language == language else []
            for passage in passages
        ]
        for language in sorted({passage.language for passage in passages})
    }


def _sentences(arrays: Arrays, kind: str, items: int) -> Sentences:
    prefix = f"{kind}.words."
    spoken = sorted({name.removeprefix(prefix)[:2] for name in arrays if name.startswith(prefix)})
    words = {
        language: {
            name: arrays[f"{prefix}{language}.{name}"]
            for name in ("stems", "starts", "users", "words")
        }
        for language in spoken
    }
    return Sentences(
        rows=Rows(
            vectors=arrays[f"{kind}.vectors"],
            axes=arrays[f"{kind}.axes"],
            coarse=arrays[f"{kind}.coarse"],
        ),
        owners=arrays[f"{kind}.owners"],
        words={language: WordIndex.of(items, kept) for language, kept in words.items()},
    )


def _name(
    embedder: str,
    probe: Vectors,
    language_data: bytes,
    topics: Sequence[Topic],
    passages: Sequence[Passage],
) -> str:
    """Returns the hash of all the arrays are made from."""
    digest = hashlib.sha256(f"{_LAYOUT} {embedder}".encode() + probe.tobytes() + language_data)
    for topic in topics:
        asked = {key: (own.questions, own.keywords) for key, own in topic.languages.items()}
        digest.update(json.dumps(asked).encode())
    for passage in passages:
        own = [passage.text, passage.heading, passage.language]
        digest.update(json.dumps(own).encode())
    return digest.hexdigest()[:32]


def _probe(embed: Embed) -> Vectors:
    """Returns a vector that is another one when the embedder is another one."""
    return np.asarray(np.round(embed([_PROBE])[0], 2) + 0.0, np.float32)


def _language_data(background: Background) -> bytes:
    phrasing = [
        file.parent.name.encode() + file.read_bytes()
        for file in sorted(FOLDER.glob("*/phrasing.yaml"))
    ]
    return json.dumps({key: list(texts) for key, texts in background.items()}).encode() + b"".join(
        phrasing
    )
