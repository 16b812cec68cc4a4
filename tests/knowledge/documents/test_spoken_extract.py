"""What is read out of a passage is short, answers the question and can be said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.documents.sentences import sentences
from knowledge.documents.spoken_extract import MOST_WORDS, spoken_extract
from knowledge.documents.spoken_form import spoken_form
from knowledge.passages import Passage

pytestmark = pytest.mark.unit


def extract(text: str, question: str, language: str = "en") -> str:
    """What is picked by words alone: no sentence is nearer in meaning than another."""
    passage = Passage(id="a:0", text=text, source="a", heading="", language=language)
    return spoken_extract(passage, question, [0.0] * len(sentences(text, language)))


RETURNS = (
    "Parcels leave on Mondays. Returns are free within thirty days, e.g. for shoes & bags. "
    "Read more at https://mill.example/returns today. Refunds take ten days approx."
)


def test_the_sentence_that_answers_is_read_out() -> None:
    assert extract(RETURNS, "how long is the refund") == "Refunds take ten days approximately."
    assert extract(RETURNS, "when do parcels leave") == "Parcels leave on Mondays."
    assert (
        extract(RETURNS, "are returns free")
        == "Returns are free within thirty days, for example for shoes and bags."
    )


def test_a_sentence_that_only_leads_on_is_said_with_the_next() -> None:
    text = "Yes, there is parking. It lies behind the mill. Dogs are welcome."
    assert extract(text, "is there parking") == "Yes, there is parking. It lies behind the mill."


def test_a_long_sentence_ends_at_a_pause() -> None:
    text = "We deliver " + "to many places and towns, " * 20 + "and home."
    said = extract(text, "where do you deliver")
    assert len(said.split()) <= MOST_WORDS
    assert said.endswith("and towns.")


def test_a_passage_of_signs_says_nothing() -> None:
    assert extract("*** --- ***", "what") == ""


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("• **Free** `parking`", "en", "Free parking"),
        ("2) [The mill](https://mill.example) opens.", "en", "The mill opens."),
        ("See www.mill.example/a?b=c for more.", "en", "See for more."),
        ("Built in 1780.[12]", "en", "Built in 1780."),
        ("Frutta, verdura ecc.", "it", "Frutta, verdura eccetera."),
        (
            "Pane, p. es. di segale, costa ca. 4 €",
            "it",
            "Pane, per esempio di segale, costa circa 4 €",
        ),
        ("z. B. Brot & Wein bzw. Bier", "de", "zum Beispiel Brot und Wein beziehungsweise Bier"),
        ("The cat sat on no. 5", "en", "The cat sat on number 5"),
        ("It costs 3.50 € (https://mill.example).", "en", "It costs 3.50 €."),
        ("Write to info@mill.example.", "en", "Write to info@mill.example."),
    ],
)
def test_what_is_written_is_made_what_is_said(written: str, language: str, said: str) -> None:
    assert spoken_form(written, language) == said


@settings(deadline=None)
@given(text=st.text(max_size=400), question=st.text(max_size=60))
def test_an_extract_is_never_long(text: str, question: str) -> None:
    assert len(extract(text, question).split()) <= MOST_WORDS
