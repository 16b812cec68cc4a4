from time import process_time

import pytest

from guardrails.text.sentences import sentences

pytestmark = pytest.mark.unit

SIZE = 20_000
QUADRATIC_S = 0.5
"""Linear work on that many characters takes a tenth of it; quadratic work many times as long."""


@pytest.mark.parametrize(
    "piece",
    [
        "h",
        "a b ",
        "é-",
        "1a",
        ". ",
        "\n",
        "a.",
        "a...",
        "@a",
        "аb",
        "he-",
        "a$b.",
        "… ",
        "a\n ",
        "é",
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    text = "é" + piece * (SIZE // len(piece))
    started = process_time()
    sentences(text, "en")
    assert process_time() - started < QUADRATIC_S
