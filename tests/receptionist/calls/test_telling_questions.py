"""A question that tells something is a claim; one that asks is none."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from receptionist.calls.grounding import Examples, Grounds, Sources

pytestmark = pytest.mark.unit


def strangers(texts: Sequence[str]) -> NDArray[np.float32]:
    """Returns a meaning for each text that is like no other's."""
    return np.eye(1009, dtype=np.float32)[[crc32(text.encode()) % 1009 for text in texts]]


def fault(clause: str, language: str) -> str:
    rows = strangers(["a harmless sentence", "a claim"])
    known = Examples(harmless=rows[:1], claims=rows[1:])
    sources = Sources(texts=("We mend boilers.",), words=(), languages=("en",))
    return Grounds(sources, language, strangers, known).fault(clause)


@pytest.mark.parametrize(
    ("language", "clause"),
    [
        ("en", "Did you know that repairs cost nothing today?"),
        ("en", "Have you heard that the job is yours?"),
        ("it", "Lo sapeva che oggi le riparazioni non si pagano?"),
        ("es", "¿Sabía que hoy las reparaciones no se pagan?"),
        ("fr", "Saviez-vous que les réparations ne coûtent rien aujourd'hui ?"),
        ("de", "Wussten Sie, dass die Reparaturen heute nichts kosten?"),
        ("pt", "Sabia que o lugar já é seu?"),
    ],
)
def test_a_question_that_tells_needs_a_source(language: str, clause: str) -> None:
    assert fault(clause, language)


@pytest.mark.parametrize(
    ("language", "clause"),
    [
        ("en", "Do you know when it began to drip?"),
        ("en", "Do you know whether the tap is closed?"),
        ("it", "Sa che ora preferisce?"),
        ("es", "¿Sabe qué modelo es?"),
        ("fr", "Savez-vous depuis quand ?"),
        ("de", "Wissen Sie, wann das begann?"),
        ("pt", "Sabe que dia prefere?"),
    ],
)
def test_a_question_that_asks_needs_none(language: str, clause: str) -> None:
    assert fault(clause, language) == ""
