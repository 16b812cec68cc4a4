"""The sentences the embedding head is taught with."""

from pathlib import Path
from typing import Any

import pytest

from guardrails.policy.loader import RULES, load_categories
from guardrails.policy.problem import PolicyError
from guardrails.policy.seeds import hash_seeds, load_seeds
from tests.guardrails.policies import write

pytestmark = pytest.mark.unit

KNOWN = ("employment", "emergency")
SEEDS: dict[str, Any] = {
    "en/seeds/annex-iii.yaml": {
        "employment": {"turn": {"hits": ["did I get it"], "passes": ["who hires"]}}
    },
    "en/seeds/ordinary.yaml": {"turn": ["good morning"], "output": ["We open at nine."]},
    "it/seeds/emergencies.yaml": {"emergency": {"turn": {"hits": ["al fuoco"]}}},
}


def test_sentences_are_found_by_language_category_and_stage(tmp_path: Path) -> None:
    seeds = load_seeds(write(tmp_path, SEEDS), KNOWN)
    assert sorted(seeds) == ["en", "it"]
    assert seeds["en"].categories["employment"].turn.passes == ("who hires",)
    assert seeds["en"].ordinary.output == ("We open at nine.",)
    assert seeds["it"].categories["emergency"].turn.hits == ("al fuoco",)
    assert seeds["it"].ordinary.turn == ()


def test_a_category_may_be_in_several_files_and_a_sentence_counts_once(tmp_path: Path) -> None:
    more = {"employment": {"turn": {"hits": ["did I get it", "am I in"]}}}
    seeds = load_seeds(write(tmp_path, SEEDS | {"en/seeds/more.yaml": more}), KNOWN)
    found = seeds["en"].categories["employment"].turn
    assert found.hits == ("did I get it", "am I in")
    assert found.passes == ("who hires",)


def test_a_file_may_be_left_out(tmp_path: Path) -> None:
    tried = {"employment": {"turn": {"hits": ["am I in"]}}}
    folder = write(tmp_path, SEEDS | {"en/seeds/tried.yaml": tried})
    assert "am I in" in load_seeds(folder, KNOWN)["en"].categories["employment"].turn.hits
    without = load_seeds(folder, KNOWN, without=["tried"])
    assert without["en"].categories["employment"].turn.hits == ("did I get it",)


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("en/seeds/terms.yaml", "medical: {}", "en/seeds/terms.yaml:1: medical: is no category"),
        ("en/seeds/ordinary.yaml", "lunch: []", "Extra inputs"),
        ("it/seeds/x.yaml", "employment: {turn: {hits: [x], misses: [y]}}", "Extra inputs"),
        ("it/seeds/x.yaml", "- a list", "no mapping"),
        ("it/seeds/x.yaml", "emergency: [", "is no YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_place(
    tmp_path: Path, file: str, content: str, expected: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        load_seeds(write(tmp_path, SEEDS | {file: content}), KNOWN)
    assert expected in str(caught.value)


def test_the_hash_is_of_names_and_contents_whatever_ends_a_line(tmp_path: Path) -> None:
    before = hash_seeds(write(tmp_path / "before", SEEDS))
    same = write(tmp_path / "same", SEEDS)
    for path in same.glob("*/seeds/*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    other = SEEDS | {"en/seeds/ordinary.yaml": {"turn": ["good evening"]}}
    moved = {name.replace("it/", "pt/"): content for name, content in SEEDS.items()}
    assert hash_seeds(same) == before
    assert hash_seeds(write(tmp_path / "other", other)) != before
    assert hash_seeds(write(tmp_path / "moved", moved)) != before


def test_the_seeds_of_the_product_can_be_read() -> None:
    seeds = load_seeds(RULES, load_categories(RULES))
    assert all(seeds[language].ordinary.turn for language in seeds)
