"""Numbers to dial are said digit by digit in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.loader import available, load
from receptionist.guard.dialled import spoken_values

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "one one two"),
        ("it", "uno uno due"),
        ("es", "uno uno dos"),
        ("fr", "un un deux"),
        ("de", "eins eins zwei"),
        ("pt", "um um dois"),
    ],
)
def test_a_number_is_said_in_the_language_of_the_call(language: str, said: str) -> None:
    assert spoken_values({"number": "112"}, language)["number"].replace(",", "") == said


def test_a_hotline_keeps_its_groups_and_a_name_its_figures() -> None:
    values = spoken_values({"hotline": "116 123", "company": "Studio 54"}, "en")
    assert values == {"hotline": "one one six, one two three", "company": "Studio 54"}


def test_where_nobody_has_written_how_numbers_are_said_the_figures_stay() -> None:
    assert spoken_values({"number": "112"}, "xx") == {"number": "112"}


@given(number=st.text(max_size=20), language=st.sampled_from(available()))
def test_no_number_is_left_in_figures(number: str, language: str) -> None:
    said = spoken_values({"number": number}, language)["number"]
    assert not any(map(str.isascii, filter(str.isdecimal, said)))


@pytest.mark.parametrize("language", available())
@pytest.mark.parametrize("category", ["emergency", "self_harm"])
def test_every_language_has_a_sentence_for_who_cannot_be_connected(
    language: str, category: str
) -> None:
    lines = load(language).session
    for occasion in (f"{category}_alone", f"{category}_waiting"):
        assert all("{number}" in line for line in lines[occasion])
        assert any("{hotline}" not in line for line in lines[occasion])
