import re
import string
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from prompts import loader
from prompts.loader import SESSION_KEYS, PromptError, available, load, render

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A copy of the English texts that a test may spoil."""
    language = tmp_path / "en"
    language.mkdir()
    for path in (loader.FOLDER / "en").iterdir():
        (language / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(loader, "FOLDER", tmp_path)
    load.cache_clear()
    yield language
    load.cache_clear()


def test_english_and_italian_are_there() -> None:
    assert {"en", "it"} <= set(available())


@pytest.mark.parametrize("language", available())
def test_every_line_of_the_session_is_there(language: str) -> None:
    texts = load(language)
    assert set(texts.session) == SESSION_KEYS
    assert all(line.strip() for variants in texts.session.values() for line in variants)


@pytest.mark.parametrize("language", available())
def test_the_disclosure_names_the_company_and_the_machine(language: str) -> None:
    for line in load(language).session["disclosure"]:
        assert "{company}" in line
        assert re.search("autom[aá]t", line)


@pytest.mark.parametrize("language", available())
def test_texts_ask_only_for_what_is_filled_in(language: str) -> None:
    texts = load(language)
    dangers = {"number", "hotline"}
    named = {
        "callback_disclosure": {"about"},
        "callback_greeting": {"contact"},
        "menu_choice": {"name", "key"},
        "menu_message": {"key"},
        "menu_person": {"key"},
        "menu_confirm": {"yes", "no"},
        "menu_chose": {"name"},
    }
    for occasion, variants in texts.session.items():
        names = {name for line in variants for name in placeholders(line)}
        in_danger = occasion.startswith(("emergency_", "self_harm_"))
        also = dangers if in_danger else named.get(occasion, set())
        assert names <= {"company"} | also
    assert set(placeholders(texts.assistant)) <= {"company"}


@pytest.mark.parametrize("language", available())
def test_a_language_model_is_told_every_tool_and_that_it_is_one(language: str) -> None:
    rules = load(language).assistant
    tools = ["search_knowledge", "check_hours", "find_contact", "transfer_call", "take_message"]
    assert all(f"`{tool}`" in rules for tool in [*tools, "end_call"])
    assert re.search("autom[aá]t", rules)


def test_a_language_without_texts_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(PromptError, match=r"'xx'.*\ben\b.*\bit\b"):
        load("xx")


def test_a_missing_line_is_an_error_that_names_it(folder: Path) -> None:
    lines = yaml.safe_load((folder / "session.yaml").read_text(encoding="utf-8"))
    del lines["filler"]
    (folder / "session.yaml").write_text(yaml.safe_dump(lines), encoding="utf-8")
    with pytest.raises(PromptError, match="filler"):
        load("en")


def test_a_key_in_two_files_is_an_error(folder: Path) -> None:
    (folder / "concierge-more.yaml").write_text("topics: [x]\n", encoding="utf-8")
    with pytest.raises(PromptError, match="topics"):
        load("en")


@pytest.mark.parametrize("content", ["- a list", "a: [", "1: x", ""])
def test_a_file_that_is_no_mapping_is_an_error_that_names_it(folder: Path, content: str) -> None:
    (folder / "concierge.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(PromptError, match=r"concierge\.yaml"):
        load("en")


def test_no_and_on_are_words(folder: Path) -> None:
    (folder / "concierge-more.yaml").write_text("words: [no, on, yes]\n", encoding="utf-8")
    assert load("en").concierge["words"] == ["no", "on", "yes"]


def test_other_texts_have_another_hash(folder: Path) -> None:
    before = load("en").sha256
    with (folder / "assistant.md").open("a", encoding="utf-8") as file:
        file.write("More.\n")
    load.cache_clear()
    assert load("en").sha256 != before


def test_a_rendered_prompt_keeps_other_braces_and_has_its_own_hash() -> None:
    one, other = render("{company} {x}", company="A"), render("{company} {x}", company="B")
    assert one.text == "A {x}"
    assert one.sha256 != other.sha256


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
